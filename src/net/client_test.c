/* SPDX-License-Identifier: EUPL-1.2 */
/* client_test.c - the client, waiting and not, against a real server: a table of calls, files both ways, a stream read
 * while sending, calls that end badly. */
#include "net/server_test.h"

#include "net/client.h"
#include "net/sse.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { FILE_BYTES = 300 * 1000, MANY = 100 };

static struct {
    struct test_server  server;
    struct http_stream *stream;
    sem_t               stream_closed;
    char                base[64], big[200 * 1024];
} test;

static void on_head(void *context, struct http_request *request)
{
    (void)context;
    http_body_memory(request, 1024 * 1024);
}

static void on_close(void *context)
{
    (void)context;
    test.stream = NULL;
    sem_post(&test.stream_closed);
}

static void answer(struct http_request *request, int status, const char *body, size_t size, const struct http_header *header)
{
    http_answer(request, &(struct http_answer){ .status = status, .content_type = "text/plain", .body = body, .body_bytes = size,
                                                .headers = header, .header_count = header ? 1 : 0 });
}

static void on_request(void *context, struct http_request *request)
{
    static const struct http_header location = { "Location", "/ok" }, wait = { "Retry-After", "7" }, tag = { "ETag", "\"v1\"" },
                                    replayed = { "Idempotency-Replayed", "true" };
    (void)context;
    const char *path = http_request_path(request), *header = http_request_header(request, "X-Test");
    char text[256];
    if (strcmp(path, "/ok") == 0) answer(request, 200, "fine", 4, &tag);
    else if (strcmp(path, "/moved") == 0) answer(request, 303, "", 0, &location);
    else if (strcmp(path, "/busy") == 0) answer(request, 503, "busy", 4, &wait);
    else if (strcmp(path, "/again") == 0) answer(request, 201, "again", 5, &replayed);
    else if (strcmp(path, "/big") == 0) answer(request, 200, test.big, sizeof test.big, NULL);
    else if (strcmp(path, "/never") == 0) return; /* kept for ever */
    else if (strcmp(path, "/body") == 0) answer(request, 200, http_request_body(request), (size_t)http_request_body_bytes(request), NULL);
    else if (strcmp(path, "/stream") == 0) {
        struct http_answer head = { .status = 200, .content_type = "text/event-stream", .body = "id: 1\ndata: one\n\n", .body_bytes = 17 };
        test.stream = http_stream_start(request, &head, on_close, NULL);
    } else if (strcmp(path, "/next") == 0) {
        answer(request, 200, "", 0, NULL);
        if (test.stream) (void)http_stream_send(test.stream, "id: 2\ndata: two\n\n", 17);
    } else {
        int length = snprintf(text, sizeof text, "%s %s x=%s type=%s %llu", http_request_method(request), http_request_target(request),
                              header ? header : "-", http_request_header(request, "Content-Type") ? "yes" : "no",
                              (unsigned long long)http_request_body_bytes(request));
        answer(request, 404, text, (size_t)length, NULL);
    }
}

/* method, path or url, header, body | status or error code, and the answer's body or a field of it */
static const struct {
    const char *method, *url;
    struct http_header header;
    const char *body;
    size_t max_bytes;
    int status;
    enum error_code error;
    const char *text;
} rows[] = {
    { NULL, "/ok", { 0 }, NULL, 0, 200, ERROR_NONE, "fine" },
    { "HEAD", "/ok", { 0 }, NULL, 0, 200, ERROR_NONE, "" },
    { NULL, "/x?a=b%20c", { "X-Test", "v" }, NULL, 0, 404, ERROR_NONE, "GET /x?a=b%20c x=v type=no 0" },
    { NULL, "/x", { "X-Test", "" }, NULL, 0, 404, ERROR_NONE, "GET /x x= type=no 0" },
    { "DELETE", "/x", { 0 }, NULL, 0, 404, ERROR_NONE, "DELETE /x x=- type=no 0" },
    { "POST", "/x", { 0 }, NULL, 0, 404, ERROR_NONE, "POST /x x=- type=no 0" },
    { "POST", "/x", { "Content-Type", "a/b" }, "abc", 0, 404, ERROR_NONE, "POST /x x=- type=yes 3" },
    { "PUT", "/x", { 0 }, "abc", 0, 404, ERROR_NONE, "PUT /x x=- type=no 3" },
    { "PATCH", "/body", { 0 }, "abc", 0, 200, ERROR_NONE, "abc" },
    { NULL, "/moved", { 0 }, NULL, 0, 303, ERROR_NONE, "" },
    { NULL, "/busy", { 0 }, NULL, 0, 503, ERROR_NONE, "busy" },
    { NULL, "/again", { 0 }, NULL, 0, 201, ERROR_NONE, "again" },
    { NULL, "/big", { 0 }, NULL, 200 * 1024, 200, ERROR_NONE, NULL },
    { NULL, "/big", { 0 }, NULL, 200 * 1024 - 1, 0, ERROR_PROTOCOL, "larger than 204799 bytes" },
    { NULL, "/never", { 0 }, NULL, 0, 0, ERROR_TIMEOUT, NULL },
    { NULL, "file:///etc/passwd", { 0 }, NULL, 0, 0, ERROR_CONFIG, NULL },
    { NULL, "gopher://127.0.0.1/", { 0 }, NULL, 0, 0, ERROR_CONFIG, NULL },
    { NULL, "http://", { 0 }, NULL, 0, 0, ERROR_CONFIG, NULL },
    { NULL, "http://127.0.0.1:1/", { 0 }, NULL, 0, 0, ERROR_NETWORK, NULL },
    { NULL, "/ok", { "X", "a\r\nY: b" }, NULL, 0, 0, ERROR_CONFIG, NULL },
    { NULL, "/ok", { "X: a\r\nY", "b" }, NULL, 0, 0, ERROR_CONFIG, NULL },
};

static struct http_call row_call(int row, char url[128])
{
    snprintf(url, 128, "%s%s", *rows[row].url == '/' ? test.base : "", rows[row].url);
    return (struct http_call){ .method = rows[row].method, .url = url, .headers = &rows[row].header,
                               .header_count = rows[row].header.name ? 1 : 0, .body = rows[row].body,
                               .body_bytes = rows[row].body ? strlen(rows[row].body) : 0,
                               .max_bytes = rows[row].max_bytes, .total_ms = strcmp(rows[row].url, "/never") == 0 ? 100 : WAIT_MS };
}

static bool row_holds(int row, const struct http_result *result)
{
    bool holds = result->error.code == rows[row].error;
    if (holds && rows[row].error == ERROR_NONE)
        holds = result->status == rows[row].status && (!rows[row].text || strcmp(result->body, rows[row].text) == 0);
    else if (holds && rows[row].text) holds = strstr(result->error.text, rows[row].text);
    if (holds && result->status == 200 && strcmp(rows[row].url, "/ok") == 0) holds = same_text(result->etag, "\"v1\"") && !result->location;
    if (holds && result->status == 303) holds = same_text(result->location, "/ok");
    if (holds) holds = result->retry_after_s == (result->status == 503 ? 7 : -1) || result->error.code != ERROR_NONE;
    if (holds) holds = result->replayed == (result->status == 201);
    if (!holds)
        printf("not ok - client: row %d %s: error %d (%s), status %d, %s\n", row, rows[row].url, (int)result->error.code,
               result->error.text, result->status, result->body ? result->body : "");
    return holds;
}

static bool fetches(void)
{
    for (int i = 0; i < countof(rows); i++) {
        char url[128];
        struct arena arena;
        struct http_result result = { .retry_after_s = -1 };
        struct http_call call = row_call(i, url);
        arena_init(&arena, 1024 * 1024);
        if (!http_fetch(&call, &arena, &result, &result.error)) result.status = 0;
        bool holds = row_holds(i, &result);
        arena_finish(&arena);
        if (!holds) return false;
    }
    return true;
}

/* Files: sent from an offset, received at one; a refusal isn't written into the file but told. */
static bool files(void)
{
    char url[128];
    static unsigned char bytes[FILE_BYTES], back[FILE_BYTES];
    char path[] = "/tmp/client-test-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    struct arena arena;
    struct http_result result;
    struct error error = { 0 };
    random_fill(bytes, sizeof bytes);
    CHECK(fd >= 0 && unlink(path) == 0 && write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
    arena_init(&arena, 1024 * 1024);
    snprintf(url, sizeof url, "%s/body", test.base);
    struct http_file piece = { fd, 1000, FILE_BYTES - 1000 }, place = { fd, FILE_BYTES, FILE_BYTES - 1000 }, small = { fd, 0, 10 };
    struct http_call call = { .method = "PUT", .url = url, .upload = &piece, .download = &place };
    bool moved = http_fetch(&call, &arena, &result, &error) && result.status == 200 && result.body_bytes == 0 &&
                 result.received_bytes == FILE_BYTES - 1000 && pread(fd, back, sizeof back, FILE_BYTES) == FILE_BYTES - 1000 &&
                 memcmp(back, bytes + 1000, FILE_BYTES - 1000) == 0;
    call.download = &small;
    bool limited = !http_fetch(&call, &arena, &result, &error) && error.code == ERROR_PROTOCOL;
    snprintf(url, sizeof url, "%s/none", test.base);
    bool told = http_fetch(&call, &arena, &result, &error) && result.status == 404 && strstr(result.body, "PUT /none");
    bool untouched = pread(fd, back, 10, 0) == 10 && memcmp(back, bytes, 10) == 0;
    piece.bytes = FILE_BYTES * 3; /* more than there is */
    bool noticed = !http_fetch(&call, &arena, &result, &error) && error.code == ERROR_IO;
    arena_finish(&arena);
    close(fd);
    if (moved && limited && told && untouched && noticed) return true;
    printf("not ok - client: files: moved %d, limited %d, told %d, untouched %d, short %d: %s\n", moved, limited, told, untouched, noticed, error.text);
    return false;
}

/* The loop's side: the same rows all at once, and a stream. */
static struct {
    struct loop          *loop;
    struct http_client   *client;
    int                   left, wrong;
    struct http_exchange *stream;
    struct sse_parser     parser;
    char                  heard[64];
    struct loop_timer     limit;
} side;

static void row_done(void *context, const struct http_result *result)
{
    if (!row_holds((int)(intptr_t)context, result)) side.wrong++;
    if (--side.left == 0) loop_stop(side.loop);
}

static void side_late(void *context)
{
    (void)context;
    printf("not ok - client: calls don't end\n");
    side.wrong++;
    loop_stop(side.loop);
}

static void side_run(void)
{
    side.limit = (struct loop_timer){ .callback = side_late };
    loop_timer_set(side.loop, &side.limit, 2 * WAIT_MS, 0);
    loop_run(side.loop);
    loop_timer_cancel(&side.limit);
}

static bool rows_at_once(void)
{
    side.left = 1;
    for (int i = 0; i < countof(rows) + MANY; i++) {
        int row = i < countof(rows) ? i : 0;
        char url[128];
        struct error error;
        struct http_call call = row_call(row, url);
        call.on_done = row_done, call.context = (void *)(intptr_t)row;
        side.left++;
        if (http_client_send(side.client, &call, &error)) continue;
        side.left--; /* refused at once: then it must be one of those that can't be made */
        if (error.code != rows[row].error) side.wrong++;
    }
    if (--side.left > 0) side_run();
    return side.wrong == 0;
}

static void next_done(void *context, const struct http_result *result)
{
    (void)context;
    if (result->error.code != ERROR_NONE || result->status != 200) side.wrong++;
}

/* First event: send from inside on_data. Second: cancel from inside on_data. */
static void heard(void *context, const struct sse_event *event)
{
    (void)context;
    char url[128];
    struct error error;
    size_t used = strlen(side.heard);
    snprintf(side.heard + used, sizeof side.heard - used, "%s=%s;", event->id, event->data);
    snprintf(url, sizeof url, "%s/next", test.base);
    struct http_call call = { .method = "POST", .url = url, .on_done = next_done };
    if (strcmp(event->id, "1") == 0) CHECK(http_client_send(side.client, &call, &error));
    else {
        http_exchange_cancel(side.stream);
        loop_stop(side.loop);
    }
}

static bool heard_data(void *context, const void *bytes, size_t size)
{
    (void)context;
    return sse_parser_feed(&side.parser, bytes, size);
}

static bool stream_is_heard(void)
{
    char url[128];
    struct error error;
    snprintf(url, sizeof url, "%s/stream", test.base);
    struct http_call call = { .url = url, .on_data = heard_data, .on_done = next_done, .total_ms = -1 };
    sse_parser_init(&side.parser, 1024, 1024, heard, NULL);
    side.stream = http_client_send(side.client, &call, &error);
    CHECK(side.stream);
    side_run();
    sse_parser_finish(&side.parser);
    bool closed = test_wait(&test.stream_closed); /* the server sees the cancelled one go */
    if (strcmp(side.heard, "1=one;2=two;") == 0 && closed && side.wrong == 0) return true;
    printf("not ok - client: stream: %s closed %d, wrong %d\n", side.heard, closed, side.wrong);
    return false;
}

static bool never_data(void *context, const void *bytes, size_t size)
{
    (void)context, (void)bytes, (void)size;
    return false;
}

static void ended_done(void *context, const struct http_result *result)
{
    (void)context;
    if (result->error.code != ERROR_PROTOCOL) side.wrong++;
    loop_stop(side.loop);
}

static void must_not_come(void *context, const struct http_result *result)
{
    (void)context, (void)result;
    side.wrong++;
}

/* A receiver that has enough; a cancelled call; calls still under way when the client goes. */
static bool ends(void)
{
    char url[128], never[128];
    struct error error;
    snprintf(url, sizeof url, "%s/big", test.base), snprintf(never, sizeof never, "%s/never", test.base);
    struct http_call call = { .url = url, .on_data = never_data, .on_done = ended_done };
    struct http_call other = { .url = never, .on_done = must_not_come };
    struct http_exchange *cancelled = http_client_send(side.client, &other, &error);
    CHECK(cancelled && http_client_send(side.client, &other, &error) && http_client_send(side.client, &call, &error));
    http_exchange_cancel(cancelled);
    side_run();
    return side.wrong == 0;
}

static void stop_due(void *context) { loop_stop(context); }

static void turn_for(int64_t ms)
{
    struct loop_timer stop = { .callback = stop_due, .context = side.loop };
    loop_timer_set(side.loop, &stop, ms, 0);
    loop_run(side.loop);
}

/* A call is cancelled while it connects, and a process that was forked meanwhile still has its socket. What happens to that
 * socket later is nobody's business: its watch is gone. The queue of the one who listens is full, so connecting takes until he
 * goes; then the kernel says so by its next try, within a second. */
static bool forked_sockets_are_left(void)
{
    char url[64];
    struct error error;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), full = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 0) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0 && connect(full, (struct sockaddr *)&address, size) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    struct http_call call = { .url = url, .on_done = must_not_come };
    struct http_exchange *connecting = http_client_send(side.client, &call, &error);
    CHECK(connecting);
    turn_for(50);
    pid_t other = fork();
    if (other == 0) {
        close(listener);
        for (;;) pause();
    }
    http_exchange_cancel(connecting);
    close(listener);
    turn_for(2500);
    CHECK(other > 0 && kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
    close(full);
    return side.wrong == 0;
}

int main(void)
{
    struct error error;
    struct http_server_options options = { .address = "127.0.0.1", .limits = http_limits_default(), .on_head = on_head,
                                           .on_request = on_request };
    crypto_start();
    setenv("http_proxy", "http://127.0.0.1:1", 1), setenv("all_proxy", "http://127.0.0.1:1", 1); /* must not matter */
    memset(test.big, 'x', sizeof test.big);
    sem_init(&test.stream_closed, 0, 0);
    test_server_start(&test.server, &options);
    snprintf(test.base, sizeof test.base, "http://127.0.0.1:%d", test.server.port);
    side.loop = loop_create(&error);
    side.client = side.loop ? http_client_create(side.loop, &error) : NULL;
    CHECK(side.client);
    bool holds = fetches() && files() && rows_at_once() && stream_is_heard() && ends() && forked_sockets_are_left();
    http_client_destroy(side.client);
    loop_destroy(side.loop);
    test_server_stop(&test.server);
    if (!holds || side.wrong) return 1;
    printf("ok - client: %d rows twice, %d at once, files, stream, ends, forks\n", countof(rows), MANY);
    return 0;
}
