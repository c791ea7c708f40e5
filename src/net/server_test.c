/* SPDX-License-Identifier: EUPL-1.2 */
/* server_test.c - requests from head to end: bodies, files, requests kept and answered from elsewhere, clients that
 * disappear meanwhile, many connections at once, a server destroyed in the middle. */
#include "net/server_test.h"

#include <fcntl.h>
#include <sys/stat.h>

#define HOST "Host: localhost\r\n"

enum { SPOOL_MAX = 4 * 1024 * 1024, ROUND_TRIPS = 100 };

static struct {
    char                 folder[64];
    struct test_server   server;
    struct http_request *held; /* by /hold; touched on the loop's thread only */
    sem_t                held_seen, gone_seen, end_seen;
    char                 taken[128];
} test;

/* A worker that answers for the loop: takes a request over, hands it back by loop_post(). */
static struct {
    pthread_t            thread;
    pthread_mutex_t      lock;
    pthread_cond_t       wake;
    struct http_request *request;
    bool                 stop;
    struct loop_task     task;
} worker = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static void worker_answer(void *context)
{
    http_answer(context, &(struct http_answer){ .status = 201, .body = "later", .body_bytes = 5 });
}

static void *worker_main(void *context)
{
    (void)context;
    pthread_mutex_lock(&worker.lock);
    for (;;) {
        while (!worker.request && !worker.stop) pthread_cond_wait(&worker.wake, &worker.lock);
        if (worker.stop) break;
        worker.task = (struct loop_task){ .callback = worker_answer, .context = worker.request };
        worker.request = NULL;
        loop_post(test.server.loop, &worker.task);
    }
    pthread_mutex_unlock(&worker.lock);
    return NULL;
}

static void worker_give(struct http_request *request)
{
    pthread_mutex_lock(&worker.lock);
    worker.request = request;
    pthread_cond_signal(&worker.wake);
    pthread_mutex_unlock(&worker.lock);
}

static bool path_is(const struct http_request *request, const char *path)
{
    return strcmp(http_request_path(request), path) == 0;
}

static void on_head(void *context, struct http_request *request)
{
    (void)context;
    *http_request_user(request) = malloc(1); /* a leak shows if on_end doesn't come exactly once */
    if (path_is(request, "/spool") || path_is(request, "/take")) http_body_spool(request, test.folder, SPOOL_MAX);
    else if (path_is(request, "/nowhere")) http_body_spool(request, "/nonexistent", SPOOL_MAX);
    else http_body_memory(request, 1024 * 1024);
}

static void echo(struct http_request *request)
{
    const char *query = http_request_query(request, "q"), *header = http_request_header(request, "x-test");
    char *text = NULL;
    int length = asprintf(&text, "[%s %s q=%s x=%s from %s] %.*s", http_request_method(request),
                          http_request_path(request), query ? query : "-", header ? header : "-",
                          http_request_peer(request), (int)http_request_body_bytes(request), http_request_body(request));
    static const struct http_header headers[] = { { "ETag", "\"1\"" }, { "X-Evil", "a\r\nInjected: b" } };
    http_answer(request, &(struct http_answer){ .status = 200, .content_type = "text/plain", .body = text,
                                                .body_bytes = (size_t)length, .owner = HTTP_BODY_FREE,
                                                .headers = headers, .header_count = countof(headers) });
}

static void answer_spooled(struct http_request *request, bool take)
{
    char hex[HASH_HEX + 1], text[256];
    struct hash hash = http_request_spool_hash(request);
    struct stat status;
    hex_format(hash.bytes, HASH_BYTES, hex);
    CHECK(fstat(http_request_spool_fd(request), &status) == 0);
    int length = snprintf(text, sizeof text, "%s %lld %lld %o", hex, (long long)http_request_body_bytes(request),
                          (long long)status.st_size, status.st_mode & 0777u);
    snprintf(test.taken, sizeof test.taken, "%s", http_request_spool_path(request));
    if (take) close(http_request_spool_take(request));
    http_answer(request, &(struct http_answer){ .status = 200, .body = text, .body_bytes = (size_t)length });
}

static void answer_file(struct http_request *request)
{
    int fd = open(test.taken, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    http_answer_file(request, &(struct http_answer){ .status = 206, .content_type = "application/octet-stream" }, fd, 3, 5);
}

static void on_request(void *context, struct http_request *request)
{
    (void)context;
    if (path_is(request, "/later")) worker_give(request);
    else if (path_is(request, "/hold")) {
        test.held = request;
        sem_post(&test.held_seen);
    } else if (path_is(request, "/spool") || path_is(request, "/take")) answer_spooled(request, path_is(request, "/take"));
    else if (path_is(request, "/file")) answer_file(request);
    else echo(request);
}

static void on_gone(void *context, struct http_request *request)
{
    (void)context;
    CHECK(request == test.held && http_request_is_gone(request));
    sem_post(&test.gone_seen);
}

static void on_end(void *context, struct http_request *request)
{
    (void)context;
    free(*http_request_user(request));
    if (request != test.held) return;
    test.held = NULL;
    sem_post(&test.end_seen);
}

static void on_fault(void *context, const struct http_request *request, const char *code, struct http_answer *answer)
{
    (void)context, (void)request;
    char *text = NULL;
    answer->body_bytes = (size_t)asprintf(&text, "own words: \"code\":\"%s\"", code);
    answer->body = text, answer->owner = HTTP_BODY_FREE;
}

static void begin(struct http_limits limits)
{
    static const struct http_header headers[] = { { "X-Content-Type-Options", "nosniff" } };
    static const char *const hosts[] = { "aif.example.eu" };
    struct http_server_options options = {
        .address = "127.0.0.1", .hosts = hosts, .host_count = 1, .headers = headers, .header_count = 1,
        .limits = limits, .on_head = on_head, .on_request = on_request, .on_gone = on_gone, .on_end = on_end,
        .on_fault = on_fault,
    };
    test_server_start(&test.server, &options);
}

static bool says(const char *name, const char *request, const char *const *wanted, const char *unwanted)
{
    char text[16384];
    bool held = client_ask(test.server.port, request, text, sizeof text);
    for (int i = 0; wanted[i]; i++) held = held && strstr(text, wanted[i]);
    if (held && !(unwanted && strstr(text, unwanted))) return true;
    printf("not ok - server: %s: %s\n", name, text);
    return false;
}

#define WANT(...) (const char *const[]){ __VA_ARGS__, NULL }

static bool plain_requests(void)
{
    return says("echo", "POST /a%20b?q=%C3%A9 HTTP/1.1\r\n" HOST "X-Test: y\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
                WANT("HTTP/1.1 200 OK\r\n", "[POST /a b q=\xc3\xa9 x=y from 127.0.0.1] abc", "X-Content-Type-Options: nosniff\r\n",
                     "ETag: \"1\"\r\n", "Content-Type: text/plain\r\n", "Date: "), "Injected") &&
           says("configured host", "GET /x HTTP/1.1\r\nHost: AIF.example.eu\r\nConnection: close\r\n\r\n", WANT("[GET /x "), NULL) &&
           says("HEAD", "HEAD /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", WANT("200 OK", "Content-Length: 33\r\n"), "[HEAD") &&
           says("own words for a fault", "GET / HTTP/1.1\r\nHost: evil\r\n\r\n",
                WANT("HTTP/1.1 421 ", "X-Content-Type-Options: nosniff\r\n", "own words: \"code\":\"wrong-host\""), NULL) &&
           says("own words past the library", "POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999\r\n\r\n",
                WANT("HTTP/1.1 413 ", "X-Content-Type-Options: nosniff\r\n", "own words: \"code\":\"body-too-large\""), NULL) &&
           says("a folder that isn't there", "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
                WANT("HTTP/1.1 507 ", "storage-full"), NULL) &&
           says("kept and answered", "GET /later HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", WANT("201 Created", "later"), NULL) &&
           says("kept and pipelined", "GET /later HTTP/1.1\r\n" HOST "\r\nGET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
                WANT("201 Created", "later", "[GET /x "), NULL);
}

/* A body of size random bytes, by length or in chunks of odd sizes, comes out with the hash it went in with. */
static bool spool_holds(const char *path, size_t size, bool chunked, bool fits)
{
    static unsigned char body[SPOOL_MAX + 1];
    char head[256], text[4096], wanted[256], hex[HASH_HEX + 1];
    random_fill(body, size);
    struct hash hash = sha256(body, size);
    hex_format(hash.bytes, HASH_BYTES, hex);
    int fd = client_open(test.server.port);
    int length = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\n" HOST "Connection: close\r\n", path);
    snprintf(head + length, sizeof head - (size_t)length, chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: %zu\r\n\r\n", size);
    bool sent = client_say(fd, head);
    for (size_t at = 0, piece; chunked && at < size; at += piece) {
        piece = size - at < 77777 ? size - at : 77777;
        snprintf(head, sizeof head, "%zx\r\n", piece);
        sent = client_say(fd, head) && client_send(fd, (char *)body + at, piece) && client_say(fd, "\r\n") && sent;
    }
    sent = (chunked ? client_say(fd, "0\r\n\r\n") : client_send(fd, (char *)body, size)) && sent;
    bool ended = client_read_all(fd, text, sizeof text);
    snprintf(wanted, sizeof wanted, fits ? "%s %zu %zu 600" : "\"code\":\"body-too-large\"", hex, size, size);
    if (ended && strstr(text, wanted) && (sent || !fits)) return true;
    printf("not ok - server: spool %s %zu chunked %d: %s, not %s\n", path, size, chunked, text, wanted);
    return false;
}

static bool folder_is_empty(void)
{
    if (rmdir(test.folder) != 0) return false;
    return mkdir(test.folder, 0700) == 0;
}

static bool spools(void)
{
    if (!spool_holds("/spool", 0, false, true) || !spool_holds("/spool", 1, true, true) ||
        !spool_holds("/spool", SPOOL_MAX, false, true) || !spool_holds("/spool", SPOOL_MAX, true, true) ||
        !spool_holds("/spool", SPOOL_MAX + 1, false, false) || !spool_holds("/spool", SPOOL_MAX + 1, true, false)) return false;
    /* Ends are told in order of the connections, so after one more request the files are gone. */
    bool empty = says("after spools", "GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", WANT("[GET /x"), NULL) && folder_is_empty();
    if (!empty) printf("not ok - server: a spooled file was left behind\n");
    if (!empty || !spool_holds("/take", 100, false, true)) return false;
    bool served = says("file", "GET /file HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
                       WANT("206 Partial Content", "Content-Length: 5\r\n", "Content-Type: application/octet-stream"), NULL) &&
                  says("HEAD of a file", "HEAD /file HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", WANT("Content-Length: 5\r\n"), NULL);
    return unlink(test.taken) == 0 && served;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* One client, one request after the other, each suspended and answered through loop_post(): a loop that doesn't ask
 * the library for its time-out takes 100 ms for each. The bound is against a stall; the figure is printed. */
static bool round_trips(void)
{
    int64_t took_us[ROUND_TRIPS];
    int fd = client_open(test.server.port);
    for (int i = 0; i < ROUND_TRIPS; i++) {
        char text[1024] = "";
        int64_t start_us = clock_monotonic_us();
        if (!client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n") || !client_read_until(fd, text, sizeof text, "later")) return false;
        took_us[i] = clock_monotonic_us() - start_us;
        if (took_us[i] < 1000 * 1000) continue;
        printf("not ok - server: round trip %d took %lld us\n", i, (long long)took_us[i]);
        return false;
    }
    close(fd);
    qsort(took_us, ROUND_TRIPS, sizeof took_us[0], by_time);
    printf("# kept and posted: p50 %lld us, p99 %lld us\n", (long long)took_us[ROUND_TRIPS / 2], (long long)took_us[ROUND_TRIPS - 2]);
    return true;
}

/* Holds the loop still between hold_begin() and hold_end(). */
static struct { sem_t inside, release; struct loop_task task; } hold;

static void hold_loop(void *context)
{
    (void)context;
    sem_post(&hold.inside);
    CHECK(test_wait(&hold.release));
}

static void hold_begin(void)
{
    hold.task = (struct loop_task){ .callback = hold_loop };
    loop_post(test.server.loop, &hold.task);
    CHECK(test_wait(&hold.inside));
}

static void hold_end(void) { sem_post(&hold.release); }

/* All of count connections become ready in the same instant (the loop is held until they are), several times over:
 * 128, 256 and 512 are the sizes of the library's batches, at which its own thread stops. */
static bool crowd(int count)
{
    int *fds = calloc((size_t)count, sizeof *fds);
    bool served = true;
    CHECK(fds);
    for (int i = 0; i < count; i++) fds[i] = client_open(test.server.port);
    for (int round = 0; round < 3 && served; round++) {
        hold_begin();
        for (int i = 0; i < count; i++) CHECK(client_say(fds[i], "GET /crowd HTTP/1.1\r\n" HOST "\r\n"));
        hold_end();
        for (int i = 0; i < count && served; i++) {
            char text[1024] = "";
            served = client_read_until(fds[i], text, sizeof text, "127.0.0.1] ");
        }
    }
    for (int i = 0; i < count; i++) close(fds[i]);
    free(fds);
    if (!served) printf("not ok - server: %d connections at once stall\n", count);
    return served;
}

static void held_answer(void *context)
{
    (void)context;
    http_answer(test.held, &(struct http_answer){ .status = 200, .body = "at last", .body_bytes = 7 });
}

/* The client leaves while its request is kept: the keeper is told, the request stays valid, its answer is harmless.
 * A client that only closed its sending side gets the answer. */
static bool gone(bool half)
{
    char text[1024] = "";
    int fd = client_open(test.server.port);
    (void)client_say(fd, "GET /hold HTTP/1.1\r\n" HOST "X-Test: still here\r\n\r\n");
    bool kept = test_wait(&test.held_seen);
    if (half) (void)shutdown(fd, SHUT_WR);
    else close(fd);
    bool told = test_wait(&test.gone_seen) && sem_trywait(&test.end_seen) != 0;
    test_on_loop(&test.server, held_answer, NULL);
    bool ended = test_wait(&test.end_seen);
    bool answered = !half || (client_read_until(fd, text, sizeof text, "at last") && close(fd) == 0);
    if (kept && told && ended && answered) return true;
    printf("not ok - server: gone (half %d): kept %d, told %d, ended %d, answered %d\n", half, kept, told, ended, answered);
    return false;
}

/* The client sent everything and left before the request was even ready. */
static bool gone_before(void)
{
    int fd = client_open(test.server.port);
    hold_begin();
    (void)client_say(fd, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    close(fd);
    hold_end();
    bool told = test_wait(&test.held_seen) && test_wait(&test.gone_seen);
    test_on_loop(&test.server, held_answer, NULL);
    bool ended = test_wait(&test.end_seen);
    if (!told || !ended) printf("not ok - server: gone before it was kept: told %d, ended %d\n", told, ended);
    return told && ended;
}

/* All bodies together have a limit; it is given back. */
static bool bodies_are_limited(void)
{
    struct http_limits limits = http_limits_default();
    limits.bodies_bytes = 100 * 1024;
    begin(limits);
    static char body[90 * 1024];
    memset(body, 'x', sizeof body);
    bool holds = true;
    for (int i = 0; i < 3 && holds; i++) { /* the second would fail if the first weren't given back */
        char text[256 * 1024] = "";
        int fd = client_open(test.server.port);
        (void)(client_say(fd, "POST /x HTTP/1.1\r\n" HOST "Connection: close\r\nContent-Length: 92160\r\n\r\n") &&
               client_send(fd, body, sizeof body));
        holds = client_read_all(fd, text, sizeof text) && strstr(text, " 200 OK");
    }
    int first = client_open(test.server.port);
    char text[256 * 1024] = "", got[128] = "";
    bool waits = client_say(first, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 92160\r\n\r\n") &&
                 client_send(first, body, sizeof body - 1) &&
                 says("beside", "GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", WANT(" 200 OK"), NULL);
    int second = client_open(test.server.port);
    (void)(client_say(second, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 92160\r\n\r\n") &&
           client_send(second, body, sizeof body));
    bool refused = client_read_all(second, text, sizeof text);
    answers_summarise(text, got, sizeof got);
    close(first);
    test_server_stop(&test.server);
    if (holds && waits && refused && strcmp(got, "503 busy") == 0) return true;
    printf("not ok - server: bodies: held %d, beside %d, '%s'\n", holds, waits, got);
    return false;
}

static bool destroyed_while_kept(void)
{
    begin(http_limits_default());
    int fd = client_open(test.server.port), other = client_open(test.server.port);
    (void)client_say(fd, "GET /hold HTTP/1.1\r\n" HOST "\r\n");
    (void)client_say(other, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\nhalf");
    bool kept = test_wait(&test.held_seen);
    test_server_stop(&test.server);
    bool ended = sem_trywait(&test.end_seen) == 0;
    char text[256];
    bool closed = client_read_all(fd, text, sizeof text) && client_read_all(other, text, sizeof text);
    if (kept && ended && closed) return true;
    printf("not ok - server: destroyed while kept: kept %d, ended %d, closed %d\n", kept, ended, closed);
    return false;
}

static bool second_server_is_refused(void)
{
    begin(http_limits_default());
    struct error error;
    struct loop *loop = loop_create(&error);
    struct http_server_options options = { .address = "127.0.0.1", .port = test.server.port, .on_head = on_head,
                                           .on_request = on_request, .limits = http_limits_default() };
    struct http_server *second = http_server_create(loop, &options, &error);
    bool refused = !second && error.code == ERROR_BUSY;
    options.address = "localhost", options.port = 0;
    struct http_server *named = http_server_create(loop, &options, &error);
    refused = refused && !named && error.code == ERROR_CONFIG;
    loop_destroy(loop);
    test_server_stop(&test.server);
    if (!refused) printf("not ok - server: a second one on the same port: %s\n", error.text);
    return refused;
}

static bool one_server(void)
{
    begin(http_limits_default());
    CHECK(pthread_create(&worker.thread, NULL, worker_main, NULL) == 0);
    bool holds = plain_requests() && spools() && round_trips() && gone(false) && gone(true) && gone_before();
    pthread_mutex_lock(&worker.lock);
    worker.stop = true;
    pthread_cond_signal(&worker.wake);
    pthread_mutex_unlock(&worker.lock);
    pthread_join(worker.thread, NULL);
    test_server_stop(&test.server);
    return holds;
}

static bool crowds(void)
{
    static const int counts[] = { 127, 128, 129, 256, 512 };
    begin(http_limits_default());
    bool holds = true;
    for (int i = 0; i < countof(counts) && holds; i++) holds = crowd(counts[i]);
    test_server_stop(&test.server);
    return holds;
}

int main(void)
{
    crypto_start();
    files_raise();
    snprintf(test.folder, sizeof test.folder, "/tmp/server-test-XXXXXX");
    CHECK(mkdtemp(test.folder));
    sem_init(&test.held_seen, 0, 0), sem_init(&test.gone_seen, 0, 0), sem_init(&test.end_seen, 0, 0);
    sem_init(&hold.inside, 0, 0), sem_init(&hold.release, 0, 0);
    bool holds = one_server() && crowds() && bodies_are_limited() && destroyed_while_kept() && second_server_is_refused();
    rmdir(test.folder);
    if (!holds) return 1;
    printf("ok - server: plain, spooled, kept, gone, crowded, limited, destroyed\n");
    return 0;
}
