/* SPDX-License-Identifier: EUPL-1.2 */
/* directives.c - sbatch's reading of a script: a line that begins with #SBATCH holds options, until the first line that is
 * neither empty nor a comment. "##SBATCH", "# SBATCH" and an indented one are comments.
 *
 * Two things differ, so that nothing is ignored in silence: a #SBATCH line below the first command is refused, where sbatch
 * passes over it; and #PBS and #BSUB lines, which sbatch half understands, are refused. */
#include "core/jobs/directives.h"

#include <string.h>

struct refusal script_check(const char *script)
{
    size_t length = strlen(script);
    if (script[strspn(script, " \t\r\n")] == 0) return refuse(REFUSAL_SCRIPT_EMPTY);
    if (!utf8_is_valid(script, length) || strchr(script, '\r')) return refuse(REFUSAL_SCRIPT_NOT_TEXT);
    if (strncmp(script, "#!", 2) != 0 || script[2 + strspn(script + 2, " \t")] != '/') return refuse(REFUSAL_SCRIPT_NO_INTERPRETER);
    return refusal_none;
}

struct directives directives_of(const char *script) { return (struct directives){ .at = script }; }

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }

static bool begins(const char *line, size_t length, const char *with)
{
    return length >= strlen(with) && strncmp(line, with, strlen(with)) == 0;
}

static bool is_command(const char *line, size_t length)
{
    size_t blank = 0;
    while (blank < length && is_space(line[blank])) blank++;
    return blank < length && line[blank] != '#';
}

/* One word from *at to `end` goes to *to: quotes of both kinds hold spaces together, a backslash takes the next character
 * as it is. A word with its 0 is no longer than what it was read from and the space behind it. NULL: a quote stays open. */
static const char *word_read(const char **at, const char *end, char **to)
{
    char *word = *to, quote = 0;
    for (; *at < end && (quote || !is_space(**at)); (*at)++) {
        if (**at == '\\' && *at + 1 < end) *(*to)++ = *++*at;
        else if (**at == quote) quote = 0;
        else if (!quote && (**at == '"' || **at == '\'')) quote = **at;
        else *(*to)++ = **at;
    }
    *(*to)++ = 0;
    return quote ? NULL : word;
}

static struct refusal unfit(const struct directives *directives, const char *wanted)
{
    return refuse(REFUSAL_OPTION_VALUE, argument_name("#SBATCH"), argument_count(directives->line), argument_name(wanted));
}

static struct refusal words_read(struct directives *directives, const char *at, const char *end, struct arena *arena, struct texts *words)
{
    const char *items[DIRECTIVE_OPTIONS_MAX];
    char *to = arena_take(arena, (size_t)(end - at) + 1);
    int count = 0;
    for (;;) {
        while (at < end && is_space(*at)) at++;
        if (at == end || *at == '#') break;
        if (directives->words == DIRECTIVE_OPTIONS_MAX) return unfit(directives, "at most 256 words in all such lines");
        const char *word = word_read(&at, end, &to);
        if (!word) return unfit(directives, "a closing quote");
        items[count++] = word;
        directives->words++;
    }
    *words = (struct texts){ arena_copy(arena, items, sizeof items[0] * (size_t)count), count };
    return refusal_none;
}

struct refusal directives_next(struct directives *directives, struct arena *arena, struct texts *words)
{
    *words = (struct texts){ NULL, 0 };
    while (directives->at && !words->count) {
        const char *line = directives->at;
        size_t length = strcspn(line, "\n");
        directives->at = line[length] ? line + length + 1 : NULL;
        directives->line++;
        if (begins(line, length, "#SBATCH")) {
            if (directives->below) return refuse(REFUSAL_DIRECTIVE_TOO_LATE, argument_count(directives->line));
            struct refusal refusal = words_read(directives, line + strlen("#SBATCH"), line + length, arena, words);
            if (refusal.code) return refusal;
        } else if (!directives->below && (begins(line, length, "#PBS") || begins(line, length, "#BSUB"))) {
            const char *system = begins(line, length, "#PBS") ? "#PBS" : "#BSUB";
            return refuse(REFUSAL_DIRECTIVE_NOT_ALLOWED, argument_count(directives->line), argument_name(system));
        } else if (is_command(line, length)) {
            directives->below = true;
        }
    }
    return refusal_none;
}
