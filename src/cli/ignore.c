/* SPDX-License-Identifier: EUPL-1.2 */
/* ignore.c - one pattern a line; "*" stands for any characters but a slash, "?" for one; "/" at the end: folders only; a slash
 * elsewhere: the whole path from the folder on, else any name in it. The matcher goes back to the last star only, so no
 * pattern takes more than length times length steps. */
#include "cli/ignore.h"

#include <string.h>

void ignore_init(struct ignore *ignore)
{
    *ignore = (struct ignore){ .count = 3, .patterns = { { ".git", false, false }, { "__pycache__", true, false }, { ".aif", true, false } } };
}

static bool refuse_line(int line, const char *why, struct error *error)
{
    return error_set(error, ERROR_INPUT, "Line %d of .aifignore can't be taken: %s.", line, why);
}

static const char *unfit(const char *pattern)
{
    if (pattern[0] == '!') return "\"!\" (take it after all) isn't supported; name only what stays at home";
    if (strstr(pattern, "**")) return "\"**\" isn't supported; a name without a slash counts at any depth";
    if (strpbrk(pattern, "[\\")) return "\"[\" and \"\\\" aren't supported; there are \"*\" and \"?\"";
    return NULL;
}

bool ignore_parse(struct ignore *ignore, const char *text, struct arena *arena, struct error *error)
{
    for (int line = 1; *text; line++) {
        size_t length = strcspn(text, "\n"), used = length;
        const char *start = text;
        text += length + (text[length] == '\n');
        while (used && strchr(" \t\r", start[used - 1])) used--;
        if (!used || *start == '#') continue;
        char *pattern = arena_text_n(arena, start, used);
        const char *why = unfit(pattern);
        if (why) return refuse_line(line, why, error);
        if (ignore->count == CLI_IGNORE_PATTERNS) return refuse_line(line, "there are too many patterns, at most 256", error);
        bool folders_only = pattern[used - 1] == '/';
        while (used && pattern[used - 1] == '/') pattern[--used] = 0;
        bool whole_path = strchr(pattern, '/') != NULL;
        while (*pattern == '/') pattern++;
        if (!*pattern) return refuse_line(line, "it names the whole folder", error);
        ignore->patterns[ignore->count++] = (struct ignore_pattern){ pattern, folders_only, whole_path };
    }
    return true;
}

/* Bytes of the character at text. */
static size_t step(const char *text)
{
    uint32_t point;
    size_t length = utf8_read(text, strlen(text), &point);
    return length ? length : 1;
}

static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == '?' && *text != '/') {
            pattern++;
            text += step(text);
        } else if (*pattern && *pattern != '?' && *pattern == *text) {
            pattern++;
            text++;
        } else if (star && *from != '/') {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

bool ignore_names(const struct ignore *ignore, const char *path, bool is_folder)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    for (int i = 0; i < ignore->count; i++) {
        const struct ignore_pattern *pattern = &ignore->patterns[i];
        if (pattern->folders_only && !is_folder) continue;
        if (matches(pattern->text, pattern->whole_path ? path : name)) return true;
    }
    return false;
}
