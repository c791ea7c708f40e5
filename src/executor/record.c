/* SPDX-License-Identifier: EUPL-1.2 */
/* record.c - why not JSON: a keeper reads and writes these files, and a keeper shall link and initialise as little as
 * it can. Escaping is two pairs, \\ and \n, so any value comes back byte by byte. */
#include "executor/record.h"

#include "executor/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void record_add(struct text *to, const char *name, const char *value)
{
    text_add(to, name);
    text_add_char(to, ' ');
    for (const char *c = value; *c; c++) {
        if (*c == '\\') text_add(to, "\\\\");
        else if (*c == '\n') text_add(to, "\\n");
        else text_add_char(to, *c);
    }
    text_add_char(to, '\n');
}

void record_add_number(struct text *to, const char *name, int64_t value)
{
    text_add(to, name);
    text_add_char(to, ' ');
    text_add_number(to, value);
    text_add_char(to, '\n');
}

bool record_save(int folder, const char *file, const struct text *text, enum file_care care, struct error *error)
{
    return file_save(folder, file, text->bytes, text->length, care, error);
}

static bool read_all(int file, char *bytes, size_t size)
{
    while (size) {
        ssize_t got = read(file, bytes, size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

/* Undoes the escapes in place; false at an escape that record_add doesn't write. */
static bool unescape(char *value)
{
    char *to = value;
    for (const char *from = value; *from; from++) {
        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        from++;
        if (*from != '\\' && *from != 'n') return false;
        *to++ = *from == 'n' ? '\n' : '\\';
    }
    *to = 0;
    return true;
}

static bool record_parse(char *bytes, size_t size, struct arena *arena, struct record *record)
{
    int lines = 0;
    for (size_t i = 0; i < size; i++) {
        if (!bytes[i]) return false;
        lines += bytes[i] == '\n';
    }
    if (lines > RECORD_LINES_MAX || (size && bytes[size - 1] != '\n')) return false;
    *record = (struct record){ .lines = arena_take(arena, (size_t)(lines + 1) * sizeof *record->lines) };
    for (char *line = bytes, *end; record->count < lines; line = end + 1) {
        end = strchr(line, '\n');
        *end = 0;
        char *blank = strchr(line, ' ');
        if (!blank || !unescape(blank + 1)) return false;
        *blank = 0;
        record->lines[record->count++] = (struct record_line){ line, blank + 1 };
    }
    return true;
}

bool record_load(int folder, const char *file, struct arena *arena, struct record *record, struct error *error)
{
    int from = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0) return error_set_errno(error, ERROR_IO, "%s can't be opened", file);
    struct stat about;
    char *bytes = NULL;
    if (fstat(from, &about) == 0 && S_ISREG(about.st_mode) && about.st_size <= RECORD_BYTES_MAX) {
        bytes = arena_take(arena, (size_t)about.st_size + 1);
        if (!read_all(from, bytes, (size_t)about.st_size)) bytes = NULL;
    }
    close(from);
    if (!bytes) return error_set(error, ERROR_IO, "%s can't be read or is too large", file);
    if (record_parse(bytes, (size_t)about.st_size, arena, record)) return true;
    return error_set(error, ERROR_IO, "%s isn't made of lines of name and value", file);
}

const char *record_find(const struct record *record, const char *name, const char *missing)
{
    for (int i = 0; i < record->count; i++)
        if (same_text(record->lines[i].name, name)) return record->lines[i].value;
    return missing;
}

int64_t record_find_number(const struct record *record, const char *name, int64_t missing)
{
    int64_t number;
    const char *value = record_find(record, name, NULL);
    return value && text_to_number(value, &number) ? number : missing;
}

int record_find_all(const struct record *record, const char *name, const char **values, int room)
{
    int found = 0;
    for (int i = 0; i < record->count && found < room; i++)
        if (same_text(record->lines[i].name, name)) values[found++] = record->lines[i].value;
    return found;
}
