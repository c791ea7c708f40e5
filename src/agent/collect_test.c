/* SPDX-License-Identifier: EUPL-1.2 */
/* collect_test.c - what is an output and what isn't, in a real folder; and that removing it leaves nothing, and nothing else. */
#include "agent/collect.h"
#include "agent/files.h"
#include "core/data/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failures, checks;
static struct arena arena;

static void check(bool holds, const char *what)
{
    checks++;
    if (holds) return;
    failures++;
    printf("not ok - agent collect: %s\n", what);
}

static void make(int folder, const char *path, const char *text)
{
    struct error error;
    int file = files_part(folder, "part", &error);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
    CHECK(files_place(folder, "part", folder, path, false, &error));
}

static const char *collect(int jobs, int64_t *left_out)
{
    struct error error;
    struct text out;
    int count, steps = 0;
    struct collection *collection = collection_create(jobs, id_from("J1"), &error);
    CHECK(collection);
    while (!collection_step(collection)) steps++;
    const struct agent_stream *streams = collection_streams(collection, &count, left_out);
    text_init(&out, &arena);
    for (int i = 0; i < count; i++) text_add_format(&out, "%s %lld %.4s;", streams[i].name, (long long)streams[i].size_bytes, streams[i].hash);
    collection_destroy(collection);
    return out.bytes;
}

static void brought(int folder, const char *path, const char *text)
{
    struct error error;
    struct hash hash = sha256(text, strlen(text));
    struct folder_file file = { .path = path, .size_bytes = (int64_t)strlen(text) };
    hex_format(hash.bytes, HASH_BYTES, file.hash);
    char *list = folder_format(&(struct folder_list){ &file, 1, file.size_bytes }, &arena);
    CHECK(file_save(folder, COLLECT_LIST, list, strlen(list), FILE_DURABLE, &error));
}

static void check_outputs(int jobs)
{
    struct error error;
    int64_t left_out;
    check(strcmp(collect(jobs, &left_out), "") == 0 && left_out == 0, "a folder that isn't there");
    int job = files_folder(jobs, "J1", &error), work = files_folder(job, "work", &error);
    check(strcmp(collect(jobs, &left_out), "") == 0 && left_out == 0, "an empty folder");
    make(job, "log", "hello\n");
    make(work, "b", "bb");
    make(work, "a/x", "x");
    make(work, "in.txt", "input");
    brought(job, "in.txt", "input");
    check(strcmp(collect(jobs, &left_out), "log 6 5891;out/a/x 1 2d71;out/b 2 3b64;") == 0 && left_out == 0, "new files, sorted; what was brought isn't one");
    make(work, "in.txt", "inpuT");
    check(strstr(collect(jobs, &left_out), "out/in.txt 5 ") && left_out == 0, "changed bytes of the same size");
    make(work, "in.txt", "longer input");
    check(strstr(collect(jobs, &left_out), "out/in.txt 12 ") != NULL, "changed size");
    make(job, "error", "");
    check(strncmp(collect(jobs, &left_out), "error 0 e3b0;log ", 17) == 0, "an empty stream");

    const char *before = collect(jobs, &left_out);
    CHECK(symlinkat("/etc/passwd", work, "link") == 0 && symlinkat("/etc", work, "folder") == 0 && mkfifoat(work, "pipe", 0600) == 0);
    make(work, "-rf", "option");
    make(work, "a\nb", "line");
    make(work, "a\xff", "not text");
    make(work, "a\xe2\x80\xae" "b", "turned round");
    check(strcmp(collect(jobs, &left_out), before) == 0 && left_out == 7, "links, pipes and names that could be taken for something else are left out and counted");

    int file = files_part(work, "large", &error);
    CHECK(ftruncate(file, OUTPUTS_BYTES_MAX - 100) == 0 && close(file) == 0);
    file = files_part(work, "larger", &error);
    CHECK(ftruncate(file, OUTPUTS_BYTES_MAX + 1) == 0 && close(file) == 0);
    file = files_part(work, "second", &error);
    CHECK(ftruncate(file, 100) == 0 && close(file) == 0);
    const char *after = collect(jobs, &left_out);
    check(strstr(after, "out/large ") && !strstr(after, "out/larger") && !strstr(after, "out/second") && strstr(after, "out/a/x") && left_out == 9, "256 MiB in all");
    close(work);
    close(job);
}

static void check_many(int jobs)
{
    struct error error;
    int64_t left_out;
    int job = files_folder(jobs, "J1", &error), work = files_folder(job, "work", &error), lines = 0;
    for (int i = 0; i < RECORD_OUTPUTS_MAX + 50; i++) make(work, arena_format(&arena, "f%04d", i), "x");
    const char *all = collect(jobs, &left_out);
    for (const char *at = all; *at; at++) lines += *at == ';';
    check(lines == RECORD_OUTPUTS_MAX && left_out == 50, "as many as a record can name");
    int at = dup(work);
    for (int depth = 0; depth < 300; depth++) {
        CHECK(mkdirat(at, "d", 0700) == 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    make(at, "deep", "x");
    CHECK(mkdirat(at, "locked", 0700) == 0);
    close(at);
    (void)collect(jobs, &left_out);
    check(left_out == 51, "folders too deep for a path");
    close(work);
    close(job);
}

static void check_files(int jobs)
{
    struct error error;
    char hex[HASH_HEX + 1], same[HASH_HEX + 1];
    struct hash hash = sha256("text", 4);
    int64_t size;
    hex_format(hash.bytes, HASH_BYTES, same);
    int job = files_folder(jobs, "J2", &error), again = files_folder(jobs, "J2", &error);
    check(job >= 0 && again >= 0, "a folder, made once, found twice");
    check(file_save(job, "script", "text", 4, FILE_DURABLE, &error), "a small file");
    int file = files_open(job, "script");
    check(file >= 0 && file_hash(file, hex, &size) && size == 4 && strcmp(hex, same) == 0, "its hash");
    close(file);
    CHECK(symlinkat("/tmp", job, "out") == 0 && symlinkat("script", job, "alias") == 0);
    check(files_open(job, "alias") < 0 && files_open(job, "out/x") < 0 && files_open(job, "nothing") < 0 && files_open(jobs, "J2") < 0, "links, folders and nothing aren't files");
    int part = files_part(job, "part", &error);
    close(part);
    check(!files_place(job, "part", job, "out/evil", false, &error) && access("/tmp/evil", F_OK) != 0, "a file isn't put behind a link");
    check(files_place(job, "part", job, "a/b/c", true, &error) && faccessat(job, "a/b/c", X_OK, 0) == 0, "a file with its folders and mode");
    CHECK(symlinkat("/etc", jobs, "J3") == 0);
    check(files_folder(jobs, "J3", &error) < 0, "a link isn't a folder");
    check(!files_remove(jobs, "J3", 1000) && access("/etc/passwd", F_OK) == 0, "nor removed as one");
    unlinkat(jobs, "J3", 0);
    close(again);
    close(job);
}

static void check_remove(int jobs)
{
    int turns = 0;
    static const char *const names[] = { "J1", "J2" };
    for (int i = 0; i < countof(names); i++)
        while (!files_remove(jobs, names[i], 100) && turns < 100) turns++;
    check(turns >= 5 && turns < 100 && faccessat(jobs, "J1", F_OK, 0) != 0 && faccessat(jobs, "J2", F_OK, 0) != 0, "removed in several turns, however deep");
    check(access("/etc/passwd", F_OK) == 0 && access("/tmp", F_OK) == 0, "what links led to is there");
    check(files_remove(jobs, "J1", 1), "removed already");
}

int main(void)
{
    char path[] = "/tmp/collect_test.XXXXXX";
    crypto_start();
    arena_init(&arena, 64 * 1024 * 1024);
    CHECK(mkdtemp(path));
    int jobs = open(path, O_RDONLY | O_DIRECTORY);
    check_outputs(jobs);
    while (!files_remove(jobs, "J1", 1000)) {}
    check_many(jobs);
    check_files(jobs);
    check_remove(jobs);
    close(jobs);
    check(rmdir(path) == 0, "nothing is left");
    arena_finish(&arena);
    if (failures) return 1;
    printf("ok - agent collect: %d rows\n", checks);
    return 0;
}
