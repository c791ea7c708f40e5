/* SPDX-License-Identifier: EUPL-1.2 */
/* ignore_test.c - patterns against paths, and lines that are refused. */
#include "cli/ignore.h"

#include <stdio.h>
#include <string.h>

/* A path that ends in a slash is a folder. */
static const struct { const char *patterns, *path; bool named; } rows[] = {
    { "", "train.c", false },
    { "", ".git/", true },
    { "", ".git", true },                 /* a file in worktrees */
    { "", "sub/.git/", true },
    { "", "__pycache__/", true },
    { "", "__pycache__", false },
    { "", ".aif/", true },
    { "", ".github/", false },
    { "*.o", "train.o", true },
    { "*.o", "sub/train.o", true },       /* a name, at any depth */
    { "*.o", "train.c", false },
    { "*.o", ".o", true },
    { "*", "x", true },
    { "*", "a/b", true },
    { "data/", "data/", true },
    { "data/", "data", false },
    { "data/", "sub/data/", true },
    { "data", "data/", true },
    { "data", "data", true },
    { "data", "database", false },
    { "/data", "data", true },
    { "/data", "sub/data", false },       /* a slash in front: from the folder on */
    { "sub/data", "sub/data", true },
    { "sub/data", "a/sub/data", false },
    { "sub/*.bin", "sub/x.bin", true },
    { "sub/*.bin", "sub/deep/x.bin", false }, /* a star doesn't cross a slash */
    { "*/x", "a/x", true },
    { "*/x", "a/b/x", false },
    { "a*b*c", "axxbyyc", true },
    { "a*b*c", "axxbyy", false },
    { "a*b*c", "abcbc", true },
    { "?.txt", "a.txt", true },
    { "?.txt", "ä.txt", true },           /* a character, not a byte */
    { "?.txt", "ab.txt", false },
    { "a?b", "a/b", false },
    { "# *.c\n*.o", "train.c", false },
    { "# *.c\n*.o", "train.o", true },
    { "*.o  \r\n", "train.o", true },     /* blanks at the end don't count */
    { "  \n\n*.o\n", "train.o", true },
    { "a#b", "a#b", true },
    { "*.a\n*.b", "x.b", true },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
};

static const struct { const char *patterns, *wanted; } refused[] = {
    { "*.o\n!keep.o", "Line 2 of .aifignore can't be taken: \"!\" (take it after all) isn't supported; name only what stays at home." },
    { "**/x", "Line 1 of .aifignore can't be taken: \"**\" isn't supported; a name without a slash counts at any depth." },
    { "*.py[co]", "Line 1 of .aifignore can't be taken: \"[\" and \"\\\" aren't supported; there are \"*\" and \"?\"." },
    { "a\\ b", "Line 1 of .aifignore can't be taken: \"[\" and \"\\\" aren't supported; there are \"*\" and \"?\"." },
    { "# x\n\n/", "Line 3 of .aifignore can't be taken: it names the whole folder." },
};

static bool named(const char *patterns, const char *path, struct arena *arena)
{
    static struct ignore ignore;
    struct error error;
    char bare[200];
    size_t length = strlen(path);
    bool is_folder = length && path[length - 1] == '/';
    snprintf(bare, sizeof bare, "%.*s", (int)(length - is_folder), path);
    ignore_init(&ignore);
    CHECK(ignore_parse(&ignore, patterns, arena, &error));
    return ignore_names(&ignore, bare, is_folder);
}

int main(void)
{
    struct arena arena;
    static struct ignore ignore;
    int wrong = 0;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < countof(rows); i++) {
        if (named(rows[i].patterns, rows[i].path, &arena) == rows[i].named) continue;
        printf("not ok - %s against %s: wanted %d\n", rows[i].patterns, rows[i].path, rows[i].named);
        wrong++;
    }
    for (int i = 0; i < countof(refused); i++) {
        struct error error = { ERROR_NONE, "" };
        ignore_init(&ignore);
        bool taken = ignore_parse(&ignore, refused[i].patterns, &arena, &error);
        if (!taken && error.code == ERROR_INPUT && strcmp(error.text, refused[i].wanted) == 0) continue;
        printf("not ok - %s: %s\n", refused[i].patterns, taken ? "was taken" : error.text);
        wrong++;
    }
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - .aifignore: %d rows\n", countof(rows) + countof(refused));
    return 0;
}
