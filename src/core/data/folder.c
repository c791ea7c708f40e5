/* SPDX-License-Identifier: EUPL-1.2 */
/* folder.c - the canonical list: exactly one text for one folder, so that its hash is the folder's name.
 *
 * Lines are sorted by the bytes of their paths and each ends with a line feed; sizes have no leading zeros; no path runs
 * through a file of the list. What isn't written this way is refused rather than put right. */
#include "core/data/folder.h"

#include <string.h>

SHAPE_TABLE(folder, FOLDER_FIELDS, "a code folder: the list of its files, each named by its hash", "project", NULL, true);
SHAPE_BODY(folder_add, FOLDER_ADD_FIELDS, "the list of a code folder; its files' bytes follow");

bool folder_path_is_safe(const char *path)
{
    size_t length = strlen(path);
    if (!length || length > FOLDER_PATH_MAX || !text_is_plain(path)) return false;
    for (const char *part = path;; part++) {
        size_t size = strcspn(part, "/");
        bool dots = part[0] == '.' && (size == 1 || (size == 2 && part[1] == '.'));
        if (!size || dots || part[0] == '-') return false;
        part += size;
        if (!*part) return true;
    }
}

static struct refusal bad_line(const char *wanted)
{
    return refuse(REFUSAL_INVALID_VALUE, argument_name("list"), argument_name(wanted));
}

static bool is_hash(const char *text)
{
    return strspn(text, "0123456789abcdef") >= HASH_HEX;
}

/* The digits at *at without leading zeros, and the space behind them. */
static bool size_read(const char **at, struct arena *arena, int64_t *size_bytes)
{
    size_t digits = strspn(*at, "0123456789");
    const char *text = arena_text_n(arena, *at, digits);
    if (digits > 16 || !text_to_number(text, size_bytes) || *size_bytes > NUMBER_MAX) return false;
    if ((digits > 1 && *text == '0') || (*at)[digits] != ' ') return false;
    *at += digits + 1;
    return true;
}

/* One line, "HASH SIZE x|- PATH" and its line feed; *at goes behind it. */
static struct refusal line_read(const char **at, struct arena *arena, struct folder_file *file)
{
    const char *wanted = "lines of HASH SIZE x|- PATH, each ended by a line feed";
    if (!is_hash(*at) || (*at)[HASH_HEX] != ' ') return bad_line(wanted);
    memcpy(file->hash, *at, HASH_HEX);
    *at += HASH_HEX + 1;
    if (!size_read(at, arena, &file->size_bytes)) return bad_line(wanted);
    if ((**at != 'x' && **at != '-') || (*at)[1] != ' ') return bad_line(wanted);
    file->executable = **at == 'x';
    *at += 2;
    size_t length = strcspn(*at, "\n");
    if ((*at)[length] != '\n') return bad_line(wanted);
    file->path = arena_text_n(arena, *at, length);
    *at += length + 1;
    if (!folder_path_is_safe(file->path)) return refuse(REFUSAL_INVALID_PATH, argument_name("list"));
    return refusal_none;
}

/* Is there a file named by the first `length` bytes of path? The list is sorted. */
static bool has_file(const struct folder_list *folder, const char *path, size_t length)
{
    int low = 0, high = folder->count;
    while (low < high) {
        int middle = (low + high) / 2;
        const char *found = folder->files[middle].path;
        int order = strncmp(found, path, length);
        if (order == 0 && !found[length]) return true;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return false;
}

/* a and a/b can't both be files. */
static bool paths_run_through_files(const struct folder_list *folder)
{
    for (int i = 0; i < folder->count; i++) {
        const char *path = folder->files[i].path;
        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
            if (has_file(folder, path, (size_t)(slash - path))) return true;
    }
    return false;
}

struct refusal folder_parse(const char *list, struct arena *arena, struct folder_list *folder)
{
    int64_t lines = 0, size_bytes = 0;
    for (const char *at = list; *at; at++) lines += *at == '\n';
    if (!lines) return bad_line("at least one line, ended by a line feed");
    if (lines > FOLDER_FILES_MAX) return refuse(REFUSAL_FOLDER_TOO_MANY_FILES, argument_count(lines), argument_count(FOLDER_FILES_MAX));
    *folder = (struct folder_list){ .files = arena_take(arena, sizeof *folder->files * (size_t)lines) };
    for (const char *at = list; *at; folder->count++) {
        if (folder->count == lines) return bad_line("a line feed at the end");
        struct folder_file *file = &folder->files[folder->count];
        struct refusal refusal = line_read(&at, arena, file);
        if (refusal.code) return refusal;
        if (folder->count && strcmp(file[-1].path, file->path) >= 0) return bad_line("lines sorted by path, each path once");
        if (__builtin_add_overflow(size_bytes, file->size_bytes, &size_bytes)) size_bytes = INT64_MAX;
    }
    if (paths_run_through_files(folder)) return refuse(REFUSAL_INVALID_PATH, argument_name("list"));
    folder->size_bytes = size_bytes;
    if (size_bytes > FOLDER_BYTES_MAX) return refuse(REFUSAL_FOLDER_TOO_LARGE, argument_size(size_bytes), argument_size(FOLDER_BYTES_MAX));
    return refusal_none;
}

char *folder_format(const struct folder_list *folder, struct arena *arena)
{
    struct text list;
    text_init(&list, arena);
    for (int i = 0; i < folder->count; i++) {
        const struct folder_file *file = &folder->files[i];
        CHECK(i == 0 || strcmp(file[-1].path, file->path) < 0);
        text_add_format(&list, "%s %lld %c %s\n", file->hash, (long long)file->size_bytes, file->executable ? 'x' : '-', file->path);
    }
    return list.bytes;
}
