/* SPDX-License-Identifier: EUPL-1.2 */
/* file_test.c - a file is whole or as it was, nothing is written through what a stranger put there, and a secret that others may
 * read is no secret. */
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int rows, failures;
static char root[] = "/tmp/aif-file-test-XXXXXX", path[200];

static void check(bool holds, const char *what)
{
    rows++;
    if (holds) return;
    failures++;
    printf("not ok - file: %s\n", what);
}

static const char *at(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static bool holds(const char *name, const char *wanted)
{
    char text[100];
    struct error error;
    return file_load(at(name), FILE_OPEN, text, sizeof text, &error) == (ssize_t)strlen(wanted) && strcmp(text, wanted) == 0;
}

static void check_save(int folder)
{
    struct error error;
    struct stat status;
    check(file_save(folder, "a", "one", 3, FILE_DURABLE, &error) && holds("a", "one"), "a new file");
    check(file_save(folder, "a", "second", 6, FILE_QUICK, &error) && holds("a", "second"), "in place of another");
    check(fstatat(folder, "a", &status, 0) == 0 && (status.st_mode & 0777) == 0600, "for its owner only");
    check(fstatat(folder, "a.new", &status, 0) != 0, "nothing else stays");
    CHECK(symlinkat("a", folder, "b.new") == 0);
    check(file_save(folder, "b", "x", 1, FILE_DURABLE, &error) && holds("a", "second") && holds("b", "x"), "not through a link that lay in its way");
    CHECK(mkdirat(folder, "full", 0700) == 0 && mkdirat(folder, "full/in", 0700) == 0);
    check(!file_save(folder, "full", "x", 1, FILE_DURABLE, &error) && error.code == ERROR_IO, "not over a folder");
    check(!file_save(-1, "a", "x", 1, FILE_DURABLE, &error), "not where no folder is");
}

static void check_load(int folder)
{
    char text[7];
    struct error error;
    check(file_load(at("a"), FILE_SECRET, text, sizeof text, &error) == 6 && strcmp(text, "second") == 0, "a secret that just fits");
    check(file_load(at("a"), FILE_SECRET, text, sizeof text - 1, &error) < 0 && error.code == ERROR_CONFIG, "one byte too long");
    CHECK(fchmodat(folder, "a", 0640, 0) == 0);
    check(file_load(at("a"), FILE_OPEN, text, sizeof text, &error) == 6, "what others may read");
    check(file_load(at("a"), FILE_SECRET, text, sizeof text, &error) < 0 && error.code == ERROR_CONFIG, "is no secret");
    CHECK(mkfifoat(folder, "pipe", 0600) == 0);
    check(file_load(at("pipe"), FILE_OPEN, text, sizeof text, &error) < 0 && file_load(at("full"), FILE_OPEN, text, sizeof text, &error) < 0, "a pipe or a folder is no file");
    check(file_load(at("none"), FILE_OPEN, text, sizeof text, &error) < 0, "nothing is there");
}

static void check_bytes(int folder)
{
    char hex[HASH_HEX + 1];
    int64_t size;
    int file = openat(folder, "bytes", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check(file >= 0 && file_write_all(file, "abc", 3) && file_write_all_at(file, "c", 1, 2), "written");
    check(file_hash(file, hex, &size) && size == 3 && strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0, "FIPS 180-4's example, from the beginning");
    check(!file_write_all(-1, "a", 1) && !file_write_all_at(-1, "a", 1, 0) && !file_hash(-1, hex, &size) && file_write_all(-1, "", 0), "no file");
    close(file);
}

static void check_folders(void)
{
    struct error error;
    struct stat status;
    check(folder_make(at("x/y/z"), &error) && stat(at("x/y/z"), &status) == 0 && S_ISDIR(status.st_mode), "three folders");
    check(folder_make(at("x/y/z"), &error) && folder_make(at("x/y/"), &error), "once more");
    check(!folder_make(at("a/b"), &error) && error.code == ERROR_IO, "below a file");
}

int main(void)
{
    static const char *const names[] = { "a", "b", "pipe", "bytes" }, *const folders[] = { "full/in", "full", "x/y/z", "x/y", "x", "" };
    crypto_start();
    CHECK(mkdtemp(root));
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check_save(folder);
    check_load(folder);
    check_bytes(folder);
    check_folders();
    for (int i = 0; i < countof(names); i++) unlinkat(folder, names[i], 0);
    close(folder);
    for (int i = 0; i < countof(folders); i++) rmdir(at(folders[i]));
    if (failures) return 1;
    printf("ok - file: %d rows\n", rows);
    return 0;
}
