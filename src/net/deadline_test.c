/* SPDX-License-Identifier: EUPL-1.2 */
/* deadline_test.c - slow, silent, too many and too large: each ends in time, with the right answer, and a good request
 * beside it is served. Deadlines are set to fractions of a second; the test waits for ends, not for time. */
#include "net/server_test.h"

#define HOST "Host: localhost\r\n"
#define PING "GET /ping HTTP/1.1\r\n" HOST "\r\n"

enum { BIG_BYTES = 32 * 1024 * 1024 };

static char *big; /* the answer that a slow reader doesn't read */

static void on_head(void *context, struct http_request *request)
{
    (void)context;
    const char *path = http_request_path(request);
    if (strcmp(path, "/none") == 0) http_answer(request, &(struct http_answer){ .status = 404 });
    else if (strcmp(http_request_method(request), "POST") == 0) http_body_memory(request, 64 * 1024);
}

static void on_request(void *context, struct http_request *request)
{
    (void)context;
    bool is_big = strcmp(http_request_path(request), "/big") == 0;
    http_answer(request, &(struct http_answer){ .status = 200, .body = is_big ? big : "pong",
                                                .body_bytes = is_big ? BIG_BYTES : 4, .owner = HTTP_BODY_STATIC });
}

static struct http_server_options options_with(struct http_limits limits)
{
    return (struct http_server_options){ .address = "127.0.0.1", .limits = limits, .on_head = on_head,
                                         .on_request = on_request };
}

static struct http_limits limits_short(void)
{
    struct http_limits limits = http_limits_default();
    limits.head_ms = 300, limits.idle_ms = 300, limits.body_ms = 1500, limits.linger_ms = 300;
    limits.rate_window_ms = 400, limits.rate_bytes_s = 1000, limits.tick_ms = 20;
    return limits;
}

static bool is_served(uint16_t port)
{
    char text[1024] = "";
    int fd = client_open(port);
    bool served = client_say(fd, PING) && client_read_until(fd, text, sizeof text, "pong");
    close(fd);
    return served;
}

/* Sends `first`, then one byte of filler every 20 ms (poll() is the clock: it returns at once when the end comes),
 * and writes down the answers. False if the connection survives WAIT_MS. */
static bool drip(uint16_t port, const char *first, bool dripping, char *got, size_t room)
{
    char text[4096] = "";
    size_t used = 0;
    int fd = client_open(port);
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    bool sending = client_say(fd, first);
    while (clock_monotonic_ms() < end_ms) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        if (poll(&wait, 1, 20) > 0) {
            ssize_t size = recv(fd, text + used, sizeof text - 1 - used, 0);
            if (size <= 0) break;
            used += (size_t)size;
        } else if (sending && dripping) sending = client_say(fd, "a");
    }
    close(fd);
    text[used] = 0;
    answers_summarise(text, got, room);
    return clock_monotonic_ms() < end_ms;
}

static bool drips_hold(void)
{
    static const struct { const char *name, *first; bool dripping; const char *wanted; } rows[] = {
        { "says nothing", "", false, "" },
        { "drips a request line", "GET /", true, "408 request-timeout" },
        { "drips a header", "GET /ping HTTP/1.1\r\nHost: localhost\r\nX: ", true, "408 request-timeout" },
        { "stops in a header", "GET /ping HTTP/1.1\r\nHost: loc", false, "408 request-timeout" },
        { "drips a body", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\n", true, "408 request-timeout" },
        { "stops in a body", "POST /x HTTP/1.1\r\n" HOST "Content-Length: 60000\r\n\r\nabc", false, "408 request-timeout" },
        { "drips a refused body", "POST /none HTTP/1.1\r\n" HOST "Content-Length: 9000\r\n\r\n", true, "408 request-timeout" },
        { "drips a chunk head", "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;", true, "408 request-timeout" },
        { "stays idle", PING, false, "200" },
        { "drips after a request", PING "GET /", true, "200" },
    };
    struct test_server test;
    struct http_server_options options = options_with(limits_short());
    test_server_start(&test, &options);
    for (int i = 0; i < countof(rows); i++) {
        char got[128];
        bool ended = drip(test.port, rows[i].first, rows[i].dripping, got, sizeof got);
        if (ended && strcmp(got, rows[i].wanted) == 0 && is_served(test.port)) continue;
        printf("not ok - deadline: %s: '%s'%s, not '%s'\n", rows[i].name, got, ended ? "" : " (open)", rows[i].wanted);
        return false;
    }
    test_server_stop(&test);
    return true;
}

/* A chunk's head longer than the library's buffer makes it turn in circles: it must be cut long before the rate says
 * so (the window here is an hour). */
static bool stuck_chunk_ends(void)
{
    static char extension[256 * 1024];
    struct test_server test;
    struct http_limits limits = http_limits_default();
    limits.rate_window_ms = 3600 * 1000, limits.tick_ms = 20;
    struct http_server_options options = options_with(limits);
    test_server_start(&test, &options);
    char text[4096], got[128];
    int fd = client_open(test.port);
    memset(extension, 'x', sizeof extension);
    (void)client_say(fd, "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;");
    (void)client_send(fd, extension, sizeof extension);
    bool ended = client_read_all(fd, text, sizeof text);
    answers_summarise(text, got, sizeof got);
    test_server_stop(&test);
    if (ended && (!*got || strcmp(got, "400 malformed-chunk") == 0)) return true;
    printf("not ok - deadline: a chunk extension of 256 KiB: '%s' %d\n", got, ended);
    return false;
}

static bool slow_reader_ends(void)
{
    struct test_server test;
    struct http_server_options options = options_with(limits_short());
    test_server_start(&test, &options);
    int fd = client_open(test.port);
    (void)client_say(fd, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    /* Reads nothing; the server's hang-up shows as an error or end without reading. */
    struct pollfd wait = { .fd = fd, .events = POLLRDHUP };
    bool ended = poll(&wait, 1, WAIT_MS) > 0;
    close(fd);
    /* A reader that reads gets all of it. */
    size_t read_bytes = 0;
    fd = client_open(test.port);
    (void)client_say(fd, "GET /big HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    for (int size = 1; size > 0; read_bytes += size > 0 ? (size_t)size : 0) {
        static char block[256 * 1024];
        size = client_read(fd, block, sizeof block);
    }
    close(fd);
    test_server_stop(&test);
    if (ended && read_bytes > BIG_BYTES) return true;
    printf("not ok - deadline: a reader that doesn't read is cut %d; one that does read %zu bytes\n", ended, read_bytes);
    return false;
}

/* A client that is still sending must be able to read why it is refused. */
static bool refusals_arrive(void)
{
    static const struct { const char *head, *wanted; } rows[] = {
        { "POST /x HTTP/1.1\r\n" HOST "Content-Length: 4194304\r\n\r\n", "413 body-too-large" },
        { "POST /none HTTP/1.1\r\n" HOST "Content-Length: 4194304\r\n\r\n", "404" },
        { "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n400000\r\n", "413 body-too-large" },
        { "POST /none HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n400000\r\n", "404" },
        { "POST /x HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", "413 body-too-large" },
    };
    static char body[4 * 1024 * 1024];
    struct test_server test;
    struct http_server_options options = options_with(http_limits_default());
    test_server_start(&test, &options);
    for (int i = 0; i < countof(rows); i++) {
        char text[4096], got[128];
        int fd = client_open(test.port);
        bool sent = client_say(fd, rows[i].head) && client_send(fd, body, i == 4 ? 65537 : sizeof body);
        (void)shutdown(fd, SHUT_WR);
        bool ended = client_read_all(fd, text, sizeof text);
        answers_summarise(text, got, sizeof got);
        if (sent && ended && strcmp(got, rows[i].wanted) == 0) continue;
        printf("not ok - deadline: sender of much, row %d: sent %d, '%s', not '%s'\n", i, sent, got, rows[i].wanted);
        return false;
    }
    test_server_stop(&test);
    return true;
}

/* Whoever comes beyond a limit is told 503; the others are served; a place that falls free can be had again. */
static bool crowd_holds(int connections, int per_address)
{
    enum { MOST = 8 };
    struct test_server test;
    struct http_limits limits = http_limits_default();
    limits.connections = connections, limits.connections_per_address = per_address, limits.linger_ms = 100;
    struct http_server_options options = options_with(limits);
    int fds[MOST], count = connections < per_address ? connections : per_address;
    test_server_start(&test, &options);
    for (int i = 0; i < count; i++) {
        char text[1024] = "";
        fds[i] = client_open(test.port);
        CHECK(client_say(fds[i], PING) && client_read_until(fds[i], text, sizeof text, "pong"));
    }
    char text[4096], got[128], again[1024] = "";
    bool ended = client_ask(test.port, PING, text, sizeof text);
    answers_summarise(text, got, sizeof got);
    bool refused = ended && strcmp(got, "503 busy") == 0 && strstr(text, "Retry-After: 1\r\n");
    bool unharmed = client_say(fds[0], PING) && client_read_until(fds[0], again, sizeof again, "pong");
    close(fds[1]);
    bool free_again = false; /* the server learns of the end when it comes to it */
    for (int64_t end_ms = clock_monotonic_ms() + WAIT_MS; !free_again && clock_monotonic_ms() < end_ms;) {
        char more[1024] = "";
        int fd = client_open(test.port);
        free_again = client_say(fd, PING) && client_read_until(fd, more, sizeof more, "pong");
        close(fd);
    }
    for (int i = 0; i < count; i++)
        if (i != 1) close(fds[i]);
    test_server_stop(&test);
    if (refused && unharmed && free_again) return true;
    printf("not ok - deadline: limits %d, %d: refused %d ('%s'), unharmed %d, free again %d\n", connections,
           per_address, refused, got, unharmed, free_again);
    return false;
}

int main(void)
{
    big = calloc(1, BIG_BYTES);
    CHECK(big);
    if (!drips_hold() || !stuck_chunk_ends() || !slow_reader_ends() || !refusals_arrive()) return 1;
    if (!crowd_holds(4, 100) || !crowd_holds(100, 4)) return 1;
    free(big);
    printf("ok - deadline: 10 drips, a stuck chunk, a slow reader, 5 large senders, 2 crowds\n");
    return 0;
}
