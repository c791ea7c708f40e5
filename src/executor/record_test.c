/* SPDX-License-Identifier: EUPL-1.2 */
/* record_test.c - what is written comes back byte by byte; what isn't a record is refused. */
#include "executor/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const values[] = { "", "plain", "two\nlines", "back\\slash", "\\n", "\\\n\\", " leading and = signs ", "ä€" };

static const struct { const char *bytes; bool is_record; } files[] = {
    { "name value\n", true }, { "name \n", true },        { "", true },          { "name value", false },
    { "name\n", false },      { "name a\\x\n", false },   { "name a\\", false }, { "a b\n\n", false },
};

static bool values_return(int folder)
{
    struct arena arena;
    struct text text;
    struct record record;
    struct error error;
    const char *found[countof(values)];
    arena_init(&arena, 1 << 20);
    text_init(&text, &arena);
    for (int i = 0; i < countof(values); i++) record_add(&text, "value", values[i]);
    record_add_number(&text, "number", INT64_MIN);
    bool holds = record_save(folder, "values", &text, FILE_DURABLE, &error) && record_load(folder, "values", &arena, &record, &error) &&
                 record_find_all(&record, "value", found, countof(found)) == countof(values) &&
                 record_find_number(&record, "number", 0) == INT64_MIN && record_find_number(&record, "value", 7) == 7 &&
                 faccessat(folder, "values.new", F_OK, 0) != 0;
    for (int i = 0; holds && i < countof(values); i++) holds = same_text(found[i], values[i]);
    arena_finish(&arena);
    unlinkat(folder, "values", 0);
    return holds;
}

static bool file_holds(int folder, const char *bytes, bool is_record)
{
    struct arena arena;
    struct record record;
    struct error error;
    int file = openat(folder, "file", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, bytes, strlen(bytes)) == (ssize_t)strlen(bytes) && close(file) == 0);
    arena_init(&arena, 1 << 20);
    bool holds = record_load(folder, "file", &arena, &record, &error) == is_record;
    arena_finish(&arena);
    unlinkat(folder, "file", 0);
    return holds;
}

int main(void)
{
    char path[] = "/tmp/record-test-XXXXXX";
    CHECK(mkdtemp(path));
    int folder = open(path, O_RDONLY | O_DIRECTORY), failed = 0;
    if (!values_return(folder)) failed = printf("not ok - record: values come back\n");
    for (int i = 0; i < countof(files); i++)
        if (!file_holds(folder, files[i].bytes, files[i].is_record)) failed = printf("not ok - record: %s\n", files[i].bytes);
    close(folder);
    rmdir(path);
    if (failed) return 1;
    printf("ok - record: %d rows\n", countof(values) + countof(files));
    return 0;
}
