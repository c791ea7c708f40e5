/* SPDX-License-Identifier: EUPL-1.2 */
/* code_folder_test.c - real folders: what becomes a list, what is refused, and that nothing is followed out of the folder. */
#include "cli/code_folder.h"

#include "cli/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int wrong, count;
static char root[64];

static void check(const char *what, bool good, const char *got)
{
    count++;
    if (good) return;
    printf("not ok - %s: %s\n", what, got);
    wrong++;
}

static char *at(struct arena *arena, const char *path) { return arena_format(arena, "%s/%s", root, path); }

static void put(struct arena *arena, const char *path, const char *text, int mode)
{
    int fd = open(at(arena, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, (mode_t)mode) == 0 && close(fd) == 0);
}

static void make(struct arena *arena, const char *path) { CHECK(mkdir(at(arena, path), 0700) == 0); }

/* One line a file: x|- PATH SIZE. */
static const char *shown(struct arena *arena, const struct code_folder *folder)
{
    struct text out;
    text_init(&out, arena);
    for (int i = 0; i < folder->list.count; i++)
        text_add_format(&out, "%c %s %lld\n", folder->list.files[i].executable ? 'x' : '-', folder->list.files[i].path, (long long)folder->list.files[i].size_bytes);
    return out.bytes;
}

static void check_list(struct arena *arena, const char *what, const char *wanted)
{
    struct code_folder folder;
    struct refusal refusal;
    struct error error = { ERROR_NONE, "" };
    bool read = code_folder_read(&folder, root, arena, &refusal, &error);
    check(what, read && strcmp(shown(arena, &folder), wanted) == 0, read ? shown(arena, &folder) : error.text);
    if (read) {
        struct folder_list again;
        check("its list is canonical", folder_parse(folder.text, arena, &again).code == REFUSAL_NONE && again.count == folder.list.count, folder.text);
    }
    code_folder_finish(&folder);
}

static void check_refused(struct arena *arena, const char *what, const char *sentence, const char *named)
{
    struct code_folder folder;
    struct refusal refusal;
    struct error error = { ERROR_NONE, "" };
    bool read = code_folder_read(&folder, root, arena, &refusal, &error);
    check(what, !read && !refusal.code && error.code == ERROR_INPUT && strstr(error.text, sentence), error.text);
    check(what, !read && (!*named || (folder.refused && strstr(folder.refused, named))), folder.refused ? folder.refused : "nothing named");
    code_folder_finish(&folder);
}

static void check_entries(struct arena *arena)
{
    check_refused(arena, "an empty folder", "no file to send", "");
    put(arena, "train.sh", "#!/bin/sh\n", 0700);
    put(arena, "train.c", "int main;", 0600);
    make(arena, "a");
    put(arena, "a/z", "", 0600);
    put(arena, "a.c", "x", 0600);
    make(arena, ".git");
    put(arena, ".git/HEAD", "ref", 0600);
    make(arena, "__pycache__");
    put(arena, "__pycache__/x.pyc", "x", 0600);
    make(arena, "empty");
    /* sorted by bytes: '.' comes before '/' */
    check_list(arena, "files, sorted by path", "- a.c 1\n- a/z 0\n- train.c 9\nx train.sh 10\n");
    put(arena, ".aifignore", "*.c\n/a/\n", 0600);
    check_list(arena, "what .aifignore names stays at home", "- .aifignore 8\nx train.sh 10\n");
    put(arena, ".aifignore", "*.c\n!a.c\n", 0600);
    check_refused(arena, "a pattern that isn't one", "Line 2 of .aifignore", "");
    put(arena, ".aifignore", "*.c\n", 0600);
    CHECK(symlink("/etc/passwd", at(arena, "link")) == 0 && mkfifo(at(arena, "pipe"), 0600) == 0);
    put(arena, "-dash", "x", 0600);
    put(arena, "tab\there", "x", 0600);
    check_refused(arena, "what can't travel", "4 entries that can't travel", "  link: a symbolic link\n");
    check_refused(arena, "what can't travel", "4 entries that can't travel", "  pipe: neither a file nor a folder\n");
    check_refused(arena, "a name for the terminal", "4 entries that can't travel", "tab␉here");
    put(arena, ".aifignore", "*.c\nlink\npipe\n-*\ntab*\n", 0600);
    check_list(arena, "unless it stays at home", "- .aifignore 22\n- a/z 0\nx train.sh 10\n");
}

static void check_beneath(struct arena *arena)
{
    int64_t size_bytes;
    int folder = open(root, O_RDONLY | O_DIRECTORY);
    const char *name;
    CHECK(folder >= 0 && symlink("/tmp", at(arena, "out")) == 0);
    int fd = beneath_open(folder, "a/z", &size_bytes);
    check("a file below", fd >= 0 && size_bytes == 0, "not opened");
    if (fd >= 0) close(fd);
    errno = 0;
    check("a link as a folder on the way", beneath_open(folder, "out/x", &size_bytes) < 0 && errno == ELOOP, strerror(errno));
    check("a link as the file", beneath_open(folder, "link", &size_bytes) < 0 && errno == ELOOP, strerror(errno));
    check("a pipe doesn't hang", beneath_open(folder, "pipe", &size_bytes) < 0, "opened");
    check("nothing there", beneath_open(folder, "none", &size_bytes) < 0 && errno == ENOENT, strerror(errno));
    check("no folder is made through a link", beneath_make(folder, "out/sub/x", &name) < 0, "made");
    fd = beneath_make(folder, "deep/er/x", &name);
    check("folders that are missing are made", fd >= 0 && strcmp(name, "x") == 0 && access(at(arena, "deep/er"), F_OK) == 0, "not made");
    if (fd >= 0) close(fd);
    close(folder);
}

static void check_limits(struct arena *arena)
{
    struct code_folder folder;
    struct refusal refusal;
    struct error error = { ERROR_NONE, "" };
    int fd = open(at(arena, "huge"), O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && ftruncate(fd, FOLDER_BYTES_MAX) == 0 && close(fd) == 0); /* a hole: refused before it's read */
    check("too large", !code_folder_read(&folder, root, arena, &refusal, &error) && refusal.code == REFUSAL_FOLDER_TOO_LARGE, error.text);
    code_folder_finish(&folder);
    CHECK(unlink(at(arena, "huge")) == 0);
    make(arena, "many");
    for (int i = 0; i < FOLDER_FILES_MAX; i++) put(arena, arena_format(arena, "many/%d", i), "", 0600);
    check("too many", !code_folder_read(&folder, root, arena, &refusal, &error) && refusal.code == REFUSAL_FOLDER_TOO_MANY_FILES, error.text);
    code_folder_finish(&folder);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 64 << 20);
    snprintf(root, sizeof root, "/tmp/aif-folder-XXXXXX");
    CHECK(mkdtemp(root));
    check_entries(&arena);
    check_beneath(&arena);
    CHECK(unlink(at(&arena, "out")) == 0);
    check_limits(&arena);
    CHECK(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - code folders: %d rows\n", count);
    return 0;
}
