/* SPDX-License-Identifier: EUPL-1.2 */
/* bytes_test.c - logs, outputs and folder contents over HTTP: by offset, by range, within their limits, at no other place. */
#include "api/limits.h"
#include "api/test_server.h"

#include <fcntl.h>
#include <sys/stat.h>

static struct { char *job, *shard; } given;

/* In order: stream, offset, bytes, status, size said (or code). */
static const struct put { const char *name; int offset; const char *bytes; int status; const char *says; } puts_table[] = {
    { "log", 5, "x", 409, "\"size\":0" },
    { "log", 0, "hello ", 200, "{\"size\":6}" },
    { "log", 0, "hello ", 200, "{\"size\":6}" },
    { "log", 6, "world\n", 200, "{\"size\":12}" },
    { "log", 3, "lo world\nmore\n", 200, "{\"size\":17}" },  /* what is there is left, what is new is added */
    { "log", 0, "HELLO", 200, "{\"size\":17}" },               /* a repetition is never compared, never written */
    { "log", 18, "x", 409, "offset-mismatch" },
    { "log", 17, "", 200, "{\"size\":17}" },
    { "error", 0, "oh\n", 200, "{\"size\":3}" },
    { "out/a", 0, "file", 200, "{\"size\":4}" },
    { "out/a/b", 0, "x", 422, "invalid-path" },                  /* a is a file */
    { "out/d/e/f.txt", 0, "deep", 200, "{\"size\":4}" },
    { "out/d", 0, "x", 422, "invalid-path" },                    /* d is a folder */
    { "out/empty", 0, "", 200, "{\"size\":0}" },
    { "out/w%C3%B6rt%20er", 0, "utf8", 200, "{\"size\":4}" },
    { "out/link", 0, "x", 422, "invalid-path" },                 /* somebody put a link there */
    { "out/linked/x", 0, "x", 422, "invalid-path" },
};

static char *stream_path(struct test_api *test, const char *name, const char *more)
{
    return arena_format(&test->world.arena, "/v1/agent/jobs/%s/streams/%s%s", given.job, name, more);
}

static char *file_path(struct test_api *test, const char *name) { return arena_format(&test->world.arena, "%s/streams/%s/%s/%s", test->data, given.shard, given.job, name); }

static int puts_fail(struct test_api *test)
{
    CHECK(test_ask(test, "PUT", stream_path(test, "out/first", "?offset=0"), "a1", "x") == 200);
    CHECK(symlink("/etc/hostname", file_path(test, "out/link")) == 0 && symlink("/etc", file_path(test, "out/linked")) == 0);
    for (int i = 0; i < countof(puts_table); i++) {
        const struct put *put = &puts_table[i];
        int status = test_ask(test, "PUT", stream_path(test, put->name, arena_format(&test->world.arena, "?offset=%d", put->offset)), "a1", put->bytes);
        if (status == put->status && test_has(test, put->says)) continue;
        printf("not ok - bytes: row %d, %s at %d: %s\n", i + 1, put->name, put->offset, test->answer);
        return 1;
    }
    printf("ok - bytes: %d rows\n", countof(puts_table));
    return 0;
}

/* What is read back: path behind the job, Range, status, body (NULL: not looked at), header. */
static const struct get { const char *path, *range; int status; const char *body, *header; } gets[] = {
    { "streams/log", NULL, 200, "hello world\nmore\n", "Aif-Complete: false" },
    { "streams/log", NULL, 200, "hello world\nmore\n", "Content-Type: text/plain; charset=utf-8" },
    { "streams/log?offset=6", NULL, 200, "world\nmore\n", "Content-Length: 11" },
    { "streams/log?offset=17", NULL, 200, "", "Content-Length: 0" },
    { "streams/log?offset=99", NULL, 200, "", "Content-Length: 0" },
    { "streams/log", "bytes=0-4", 206, "hello", "Content-Range: bytes 0-4/17" },
    { "streams/log", "bytes=6-", 206, "world\nmore\n", "Content-Range: bytes 6-16/17" },
    { "streams/log", "bytes=-5", 206, "more\n", "Content-Range: bytes 12-16/17" },
    { "streams/log", "bytes=-500", 206, "hello world\nmore\n", "Content-Range: bytes 0-16/17" },
    { "streams/log", "bytes=16-99", 206, "\n", "Content-Range: bytes 16-16/17" },
    { "streams/log", "bytes=17-", 416, NULL, "Content-Range: bytes */17" },
    { "streams/log", "bytes=-0", 416, NULL, "Content-Range: bytes */17" },
    { "streams/log", "bytes=5-2", 200, "hello world\nmore\n", "Content-Length: 17" },
    { "streams/log", "bytes=0-1,3-4", 200, "hello world\nmore\n", "Content-Length: 17" },
    { "streams/log", "lines=1-2", 200, "hello world\nmore\n", "Content-Length: 17" },
    { "streams/error", NULL, 200, "oh\n", "Content-Type: text/plain; charset=utf-8" },
    { "streams/out/a", NULL, 200, "file", "Content-Type: application/octet-stream" },
    { "streams/out/a", NULL, 200, "file", "Content-Disposition: attachment" },
    { "streams/out/a", NULL, 200, "file", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox" },
    { "streams/out/d/e/f.txt", NULL, 200, "deep", NULL },
    { "streams/out/d%2Fe%2Ff.txt", NULL, 200, "deep", NULL },
    { "streams/out/empty", NULL, 200, "", "Content-Length: 0" },
    { "streams/out/link", NULL, 404, NULL, NULL },
    { "streams/out/linked/hostname", NULL, 404, NULL, NULL },
    { "streams/out/d", NULL, 404, NULL, NULL },
    { "streams/out/none", NULL, 404, NULL, NULL },
};

static int gets_fail(struct test_api *test)
{
    for (int i = 0; i < countof(gets); i++) {
        const struct get *get = &gets[i];
        const char *header = get->range ? arena_format(&test->world.arena, "Range: %s\r\n", get->range) : "";
        int status = test_ask_n(test, "GET", arena_format(&test->world.arena, "/v1/jobs/%s/%s", given.job, get->path), "bo", NULL, header, NULL, 0);
        if (status == get->status && (!get->body || strcmp(test_body(test->answer), get->body) == 0) && (!get->header || test_has(test, get->header))) continue;
        printf("not ok - read back: row %d, %s %s: %s\n", i + 1, get->path, get->range ? get->range : "", test->answer);
        return 1;
    }
    printf("ok - read back: %d rows\n", countof(gets));
    return 0;
}

static int list_fails(struct test_api *test)
{
    char *log_hash = arena_take(&test->world.arena, HASH_HEX + 1);
    struct hash hash = sha256("hello world\nmore\n", 17);
    hex_format(hash.bytes, HASH_BYTES, log_hash);
    struct stream_end end = { .job = id_from(given.job), .name = "log", .size_bytes = 17, .hash = log_hash };
    CHECK(test_observe(test, "a1", 1, COMMAND_STREAM_END, &end) == 200);
    CHECK(test_ask(test, "GET", arena_format(&test->world.arena, "/v1/jobs/%s/streams", given.job), "bo", NULL) == 200);
    bool fine = test_has(test, arena_format(&test->world.arena, "\"size_bytes\":17,\"complete\":true,\"hash\":\"%s\"", log_hash)) &&
                test_has(test, "\"name\":\"out/d/e/f.txt\"") && test_has(test, "\"size_bytes\":4,\"complete\":false,\"hash\":null") && !test_has(test, "link");
    fine = fine && test_ask(test, "GET", arena_format(&test->world.arena, "/v1/jobs/%s/streams/log", given.job), "bo", NULL) == 200 && test_has(test, "Aif-Complete: true");
    /* it has ended: repetitions only */
    fine = fine && test_ask(test, "PUT", stream_path(test, "log", "?offset=12"), "a1", "more\n") == 200;
    fine = fine && test_ask(test, "PUT", stream_path(test, "log", "?offset=17"), "a1", "x") == 409 && test_has(test, "\"size\":17");
    if (!fine) return test_fails(test, "the list of streams, and the end of one");
    printf("ok - the list of streams, and the end of one\n");
    return 0;
}

/* The limits are reached with files that are mostly holes. */
static int limits_fail(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    int fd = open(file_path(test, "error"), O_WRONLY);
    CHECK(fd >= 0 && ftruncate(fd, API_LOG_BYTES - 1) == 0 && close(fd) == 0);
    const char *at = arena_format(arena, "?offset=%d", API_LOG_BYTES - 1);
    bool fine = test_ask(test, "PUT", stream_path(test, "error", at), "a1", "xy") == 413 && test_has(test, "stream-too-large");
    fine = fine && test_ask(test, "PUT", stream_path(test, "error", at), "a1", "x") == 200;

    char *other = test_job(test, ""); /* outputs of all together, counted before anything was sent through this server */
    given.job = other, given.shard = other + strlen(other) - 2;
    CHECK(test_ask(test, "PUT", stream_path(test, "log", "?offset=0"), "a1", "x") == 200);
    CHECK(mkdir(file_path(test, "out"), 0700) == 0);
    fd = open(file_path(test, "out/large"), O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0 && ftruncate(fd, API_OUTPUTS_BYTES - 3) == 0 && close(fd) == 0);
    fine = fine && test_ask(test, "PUT", stream_path(test, "out/b", "?offset=0"), "a1", "12") == 200;
    fine = fine && test_ask(test, "PUT", stream_path(test, "out/c", "?offset=0"), "a1", "12") == 413 && test_has(test, "stream-too-large");
    fine = fine && test_ask(test, "PUT", stream_path(test, "out/c", "?offset=0"), "a1", "1") == 200;

    char *third = test_job(test, "");
    given.job = third, given.shard = third + strlen(third) - 2;
    for (int i = 0; i < API_OUTPUTS && fine; i++) fine = test_ask(test, "PUT", stream_path(test, arena_format(arena, "out/%d", i), "?offset=0"), "a1", "x") == 200;
    fine = fine && test_ask(test, "PUT", stream_path(test, "out/more", "?offset=0"), "a1", "x") == 413 && access(file_path(test, "out/more"), F_OK) != 0;
    fine = fine && test_ask(test, "PUT", stream_path(test, "out/1", "?offset=1"), "a1", "y") == 200;
    if (!fine) return test_fails(test, "limits of logs and outputs");
    printf("ok - limits of logs and outputs\n");
    return 0;
}

/* ---- folders */

static char *hash_of(struct test_api *test, const char *text)
{
    char *hex = arena_take(&test->world.arena, HASH_HEX + 1);
    struct hash hash = sha256(text, strlen(text));
    hex_format(hash.bytes, HASH_BYTES, hex);
    return hex;
}

static int send_content(struct test_api *test, const char *hash, const char *bytes)
{
    return test_ask(test, "PUT", arena_format(&test->world.arena, "/v1/files/%s?project=aura", hash), "bo", bytes);
}

static int folders_fail(struct test_api *test)
{
    struct arena *arena = &test->world.arena;
    char *one = hash_of(test, "one"), *two = hash_of(test, "second"), *empty = hash_of(test, "");
    const char *list = arena_format(arena, "{\"project\":\"aura\",\"list\":\"%s 3 - a\\n%s 6 x b/c\\n%s 3 - d\\n%s 0 - e\\n\"}", one, two, one, empty);
    bool fine = send_content(test, one, "one") == 422 && test_has(test, "file-not-announced");
    fine = fine && test_ask(test, "POST", "/v1/folders", "bo", list) == 201 && test_has(test, "\"files\":4") && test_has(test, one) && test_has(test, two);
    char *folder = test_member(test, "folder");
    const char *submission = arena_format(arena, "{\"project\":\"aura\",\"script\":\"#!/bin/sh\\n\",\"options\":[\"--time=1\"],\"folder\":\"%s\"}", folder);
    fine = fine && test_ask_n(test, "POST", "/v1/jobs", "bo", "folder-comes-later", "", submission, strlen(submission)) == 422 && test_has(test, "folder-unknown");
    fine = fine && send_content(test, one, "two") == 409 && test_has(test, "checksum-mismatch");
    fine = fine && send_content(test, empty, "") == 201 && send_content(test, one, "one") == 201 && send_content(test, one, "one") == 200;
    fine = fine && test_ask(test, "POST", "/v1/folders", "bo", list) == 200 && !test_has(test, arena_format(arena, "[\"%s\"", one)) && test_has(test, arena_format(arena, "\"missing\":[\"%s\"]", two));
    fine = fine && test_ask_n(test, "POST", "/v1/jobs", "bo", "folder-comes-later", "", submission, strlen(submission)) == 422;
    fine = fine && send_content(test, two, "second") == 201 && test_ask(test, "POST", "/v1/folders", "bo", list) == 200 && test_has(test, "\"missing\":[]");
    fine = fine && test_ask_n(test, "POST", "/v1/jobs", "bo", "folder-comes-later", "", submission, strlen(submission)) == 201; /* the same key, since nothing was kept */
    char *job = test_member(test, "id");
    fine = fine && test_ask(test, "GET", arena_format(arena, "/v1/agent/jobs/%s/files/%s", job, two), "a1", NULL) == 200 && strcmp(test_body(test->answer), "second") == 0;
    fine = fine && test_ask(test, "GET", arena_format(arena, "/v1/agent/jobs/%s/files/%s", job, hash_of(test, "three")), "a1", NULL) == 404;
    fine = fine && test_ask(test, "GET", arena_format(arena, "/v1/agent/jobs/%s/folder", job), "a1", NULL) == 200 && strcmp(hash_of(test, test_body(test->answer)), folder) == 0;
    fine = fine && test_ask(test, "GET", arena_format(arena, "/v1/agent/scripts/%s", hash_of(test, "#!/bin/sh\n")), "a1", NULL) == 200 && strcmp(test_body(test->answer), "#!/bin/sh\n") == 0;
    const char *spool = arena_format(arena, "%s/spool", test->data);
    fine = fine && rmdir(spool) == 0 && mkdir(spool, 0700) == 0; /* nothing was left behind */
    if (!fine) return test_fails(test, "folders: announced, sent, complete, fetched");
    printf("ok - folders: announced, sent, complete, fetched\n");
    return 0;
}

int main(void)
{
    static struct test_api test;
    files_raise();
    test_api_start(&test);
    given.job = test_job(&test, "");
    given.shard = given.job + strlen(given.job) - 2;
    int failed = puts_fail(&test) || gets_fail(&test) || list_fails(&test) || limits_fail(&test) || folders_fail(&test);
    test_api_stop(&test);
    return failed;
}
