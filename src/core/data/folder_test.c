/* SPDX-License-Identifier: EUPL-1.2 */
/* folder_test.c - one row a case: paths, and lists in which H stands for a hash. */
#include "core/data/folder.h"

#include <stdio.h>
#include <string.h>

static const struct { const char *path; bool safe; } paths[] = {
    { "a", true },
    { "a/b/c.py", true },
    { ".gitignore", true },
    { "a/.b", true },
    { "..a", true },
    { "a..b/...", true },
    { "a b/\xc3\xa9", true },
    { "a-b", true },
    { "", false },
    { "/", false },
    { "/a", false },
    { "a/", false },
    { "a//b", false },
    { ".", false },
    { "..", false },
    { "./a", false },
    { "a/.", false },
    { "a/..", false },
    { "../a", false },
    { "a/../b", false },
    { "-rf", false },
    { "a/-rf", false },
    { "a\nb", false },
    { "a\tb", false },
    { "a\x7f", false },
    { "a\xff", false },
    { "\xe2\x80\xaegnp.exe", false },
};

#define H "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* outcome: files and bytes, or a refusal's code */
static const struct { const char *list, *outcome; } lists[] = {
    { H " 0 - a\n", "1 files 0 bytes" },
    { H " 5 - a\n" H " 7 x b/c\n", "2 files 12 bytes" },
    { H " 5 - a b\n", "1 files 5 bytes" },
    { H " 1 - B\n" H " 1 - a\n", "2 files 2 bytes" },
    { H " 1 - a-b\n" H " 1 - a/b\n", "2 files 2 bytes" },
    { H " 268435456 - a\n", "1 files 268435456 bytes" },
    { "", "invalid-value" },
    { "\n", "invalid-value" },
    { H " 5 - a", "invalid-value" },
    { H " 5 - a\n" H " 5 - b", "invalid-value" },
    { H " 5 - a\n\n", "invalid-value" },
    { H " 5 - a\r\n", "invalid-path" },
    { H " 05 - a\n", "invalid-value" },
    { H " 00 - a\n", "invalid-value" },
    { H " -5 - a\n", "invalid-value" },
    { H " +5 - a\n", "invalid-value" },
    { H "  5 - a\n", "invalid-value" },
    { H " 5  - a\n", "invalid-value" },
    { H " 5 y a\n", "invalid-value" },
    { H " 5 - \n", "invalid-path" },
    { H " 5 -\n", "invalid-value" },
    { H " 5\n", "invalid-value" },
    { H "\n", "invalid-value" },
    { "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 5 - a\n", "invalid-value" },
    { "e3b0 5 - a\n", "invalid-value" },
    { "0" H " 5 - a\n", "invalid-value" },
    { H " 5 - b\n" H " 5 - a\n", "invalid-value" },
    { H " 5 - a\n" H " 5 - a\n", "invalid-value" },
    { H " 5 - a\n" H " 5 - a/b\n", "invalid-path" },
    { H " 5 - a\n" H " 5 - a-b\n" H " 5 - a/b\n", "invalid-path" },
    { H " 5 - a/b\n" H " 5 - a/b.c\n" H " 5 - a/b/c/d\n", "invalid-path" },
    { H " 5 - ../a\n", "invalid-path" },
    { H " 5 - /a\n", "invalid-path" },
    { H " 268435457 - a\n", "folder-too-large" },
    { H " 268435456 - a\n" H " 1 - b\n", "folder-too-large" },
    { H " 9007199254740991 - a\n", "folder-too-large" },
    { H " 9007199254740992 - a\n", "invalid-value" },
    { H " 99999999999999999999 - a\n", "invalid-value" },
};

static bool list_holds(const char *list, const char *outcome, struct arena *arena)
{
    struct folder_list folder;
    struct refusal refusal = folder_parse(list, arena, &folder);
    const char *got = refusal.code ? refusal_code_text(refusal.code)
                                   : arena_format(arena, "%d files %lld bytes", folder.count, (long long)folder.size_bytes);
    if (strcmp(got, outcome) == 0 && (refusal.code || strcmp(folder_format(&folder, arena), list) == 0)) return true;
    printf("not ok - folder: %.400s: wanted %s, got %s\n", list, outcome, got);
    return false;
}

/* What a row says ends up in its file. */
static bool fields_hold(struct arena *arena)
{
    struct folder_list folder;
    struct refusal refusal = folder_parse(H " 5 x a/b\n", arena, &folder);
    const struct folder_file *file = folder.files;
    return !refusal.code && file->size_bytes == 5 && file->executable && strcmp(file->path, "a/b") == 0 && strcmp(file->hash, H) == 0;
}

static bool limits_hold(struct arena *arena)
{
    for (int count = FOLDER_FILES_MAX; count <= FOLDER_FILES_MAX + 1; count++) {
        struct text list;
        text_init(&list, arena);
        for (int i = 0; i < count; i++) text_add_format(&list, H " 1 - f%05d\n", i);
        if (!list_holds(list.bytes, count > FOLDER_FILES_MAX ? "folder-too-many-files" : "2000 files 2000 bytes", arena)) return false;
    }
    char path[FOLDER_PATH_MAX + 2] = { 0 };
    memset(path, 'a', FOLDER_PATH_MAX);
    bool holds = folder_path_is_safe(path);
    path[FOLDER_PATH_MAX] = 'a';
    if (holds && !folder_path_is_safe(path)) return true;
    printf("not ok - folder: the longest path\n");
    return false;
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 8 * 1024 * 1024);
    bool ok = true;
    for (int i = 0; ok && i < countof(paths); i++) {
        ok = folder_path_is_safe(paths[i].path) == paths[i].safe;
        if (!ok) printf("not ok - folder: path %s\n", paths[i].path);
    }
    for (int i = 0; ok && i < countof(lists); i++) ok = list_holds(lists[i].list, lists[i].outcome, &arena);
    ok = ok && limits_hold(&arena);
    if (ok && !fields_hold(&arena)) printf("not ok - folder: fields\n"), ok = false;
    arena_finish(&arena);
    if (ok) printf("ok - folder: %d rows\n", countof(paths) + countof(lists));
    return !ok;
}
