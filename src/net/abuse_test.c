/* SPDX-License-Identifier: EUPL-1.2 */
/* abuse_test.c - what must not get through, and that it harms nobody else. Each row is sent with a good request behind
 * it and read to the end of the connection, so a row also says whether the connection lived. */
#include "net/server_test.h"

#include "net/limits.h"

#define HOST "Host: localhost\r\n"
#define LAST "GET /ping HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
#define ROW(request, wanted) { request, sizeof(request) - 1, wanted }

/* request | answers. A star: the library's own refusal, whose head it may write twice (0.9.75); no 200 may follow. */
static const struct { const char *request; size_t size; const char *wanted; } rows[] = {
    ROW("GET /ping HTTP/1.1\r\n" HOST "\r\n", "200 200"),
    ROW("\r\nGET /ping HTTP/1.1\r\n" HOST "\r\n", "200 200"), /* RFC 9112, 2.2: one empty line is forgiven */
    ROW("GET /ping HTTP/1.1\r\n" HOST "X:\r\nY:v\r\nZ: \t v\r\n\r\n", "200 200"),
    ROW("HEAD /ping HTTP/1.1\r\n" HOST "\r\n", "200 200"),
    ROW("GET /ping?a=%C3%A9&b=1+2 HTTP/1.1\r\n" HOST "\r\n", "200 200"),
    ROW("GET http://localhost/ping HTTP/1.1\r\n" HOST "\r\n", "200 200"),
    ROW("GET /ping HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", "200 200"),
    ROW("GET /ping HTTP/1.0\r\n" HOST "\r\n", "200"),
    ROW("GET /none HTTP/1.1\r\n" HOST "\r\n", "404 200"),
    ROW("POST /ping HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "405 200"),
    ROW("POST /ping HTTP/1.1\r\n" HOST "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n\r\n", "405 200"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", "200 200"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "200 200"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n", "200 200"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", "200 200"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "100 200 200"),
    ROW("POST /ping HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", "405"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "\r\nGET /ping HTTP/1.1\r\n" HOST "\r\n", "200 200 200"),

    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
        "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 2\r\nContent-Length: 13\r\n\r\n{}GET /x HTTP",
        "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}", "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 ambiguous-framing"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: +2\r\n\r\n{}", "400*"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: -2\r\n\r\n{}", "400*"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 0x2\r\n\r\n{}", "400*"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 2,2\r\n\r\n{}", "400*"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", "413*"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\n", "400 ambiguous-framing"),

    ROW("GET /ping HTTP/1.1\nHost: localhost\n\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X: y\r\n\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", "400 malformed-request"), /* folded */
    ROW("GET /ping HTTP/1.1\r\nHos: localhost\r\n t\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "Content-Lengt: 5\r\n\th\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X : y\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\nHost : localhost\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X\0: a\r\n\r\n", "400"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST ": a\r\n\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "no colon\r\n\r\n", "400"),
    ROW("GET  /ping HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /ping  HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /ping\0 HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("G\0T /ping HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1 \r\n" HOST "\r\n", "400"),
    ROW("GET /ping HTTP/1.2\r\n" HOST "\r\n", "505 version-not-supported"),
    ROW("GET /ping HTTP/2.0\r\n" HOST "\r\n", "505"),
    ROW("GET /ping\r\n\r\n", "400"),
    ROW("nonsense\r\n\r\n", ""), /* closed without a word */
    ROW("GET /%00 HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /%ff HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /%4 HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /ping?a=%zz HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n\r\n", "400 malformed-request"),

    ROW("GET /ping HTTP/1.1\r\n\r\n", "400 wrong-host"),
    ROW("GET /ping HTTP/1.0\r\n\r\n", "400 wrong-host"),
    ROW("GET /ping HTTP/1.1\r\n" HOST HOST "\r\n", "400 wrong-host"),
    ROW("GET /ping HTTP/1.1\r\nHost: evil.example\r\n\r\n", "421 wrong-host"),
    ROW("GET /ping HTTP/1.1\r\nHost:\r\n\r\n", "421 wrong-host"),
    ROW("GET http://evil.example/ping HTTP/1.1\r\n" HOST "\r\n", "421 wrong-host"),

    ROW("POST /body HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        "415 encoding-not-supported"),
    ROW("GET /ping HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", "413 body-too-large"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\n", "413"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"),
    ROW("POST /body HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", "400"),
};

static void ping_head(void *context, struct http_request *request)
{
    (void)context;
    bool is_ping = strcmp(http_request_path(request), "/ping") == 0, is_body = strcmp(http_request_path(request), "/body") == 0;
    bool is_post = strcmp(http_request_method(request), "POST") == 0;
    struct http_answer answer = { .status = is_ping || is_body ? 405 : 404 };
    if ((!is_ping && !is_body) || is_ping == is_post) http_answer(request, &answer);
    else if (is_body) http_body_memory(request, 1024);
}

static void ping_request(void *context, struct http_request *request)
{
    (void)context;
    http_answer(request, &(struct http_answer){ .status = 200, .content_type = "text/plain", .body = "pong",
                                                .body_bytes = 4, .owner = HTTP_BODY_STATIC });
}

static struct http_server_options ping_options(void)
{
    return (struct http_server_options){ .address = "127.0.0.1", .limits = http_limits_default(),
                                         .on_head = ping_head, .on_request = ping_request };
}

static bool holds(uint16_t port, const char *name, const char *request, size_t size, const char *wanted)
{
    char text[8192], got[128];
    int fd = client_open(port);
    (void)(client_send(fd, request, size) && client_say(fd, LAST));
    bool ended = client_read_all(fd, text, sizeof text);
    answers_summarise(text, got, sizeof got);
    size_t length = strcspn(wanted, "*");
    if (ended && !wanted[length] && strcmp(got, wanted) == 0) return true;
    if (ended && wanted[length] && strncmp(got, wanted, length) == 0 && !strstr(got, "200")) return true;
    printf("not ok - abuse: %s: %s%s, not %s\n", name, got, ended ? "" : " (still open)", wanted);
    return false;
}

/* Requests too long to write down: a head or target filled up to a size. */
static bool sizes_hold(uint16_t port)
{
    static const struct { const char *before; size_t fill; const char *after, *wanted; } sizes[] = {
        { "GET /ping HTTP/1.1\r\n" HOST "X: ", 16000, "\r\n\r\n", "200 200" },
        { "GET /ping HTTP/1.1\r\n" HOST "Cookie: a=", 16000, "\r\n\r\n", "200 200" },
        { "GET /ping HTTP/1.1\r\n" HOST "X: ", 17000, "\r\n\r\n", "431 headers-too-large" },
        { "GET /ping HTTP/1.1\r\n" HOST "X: ", 64 * 1024, "\r\n\r\n", "431" },
        { "POST /body HTTP/1.1\r\n" HOST "Content-Length: 1024\r\n\r\n", 1024, "", "200 200" },
        { "POST /body HTTP/1.1\r\n" HOST "Content-Length: 1025\r\n\r\n", 1025, "", "413 body-too-large" },
        { "GET /ping?", 4000, " HTTP/1.1\r\n" HOST "\r\n", "200 200" },
        { "GET /ping?", 5000, " HTTP/1.1\r\n" HOST "\r\n", "414 uri-too-long" },
        { "GET /ping?", 64 * 1024, " HTTP/1.1\r\n" HOST "\r\n", "414" },
    };
    static char request[80 * 1024];
    for (int i = 0; i < countof(sizes); i++) {
        size_t before = strlen(sizes[i].before), after = strlen(sizes[i].after);
        memcpy(request, sizes[i].before, before);
        memset(request + before, 'a', sizes[i].fill);
        memcpy(request + before + sizes[i].fill, sizes[i].after, after);
        if (!holds(port, sizes[i].before, request, before + sizes[i].fill + after, sizes[i].wanted)) return false;
    }
    return true;
}

/* head, then `more` so many times, then tail: as long as that gets. */
static bool repeated_holds(uint16_t port, const char *head, const char *more, int times, const char *tail, const char *wanted)
{
    char request[8192];
    int used = snprintf(request, sizeof request, "%s", head);
    for (int i = 0; i < times; i++) used += snprintf(request + used, sizeof request - (size_t)used, "%s", more);
    used += snprintf(request + used, sizeof request - (size_t)used, "%s", tail);
    CHECK((size_t)used < sizeof request);
    return holds(port, request, request, (size_t)used, wanted);
}

/* Many fields, many parameters: the last hangs the HTTP library (0.9.75) if it may index them itself. */
static bool counts_hold(uint16_t port)
{
    const char *head = "GET /ping HTTP/1.1\r\n" HOST, *end = " HTTP/1.1\r\n" HOST "\r\n";
    return repeated_holds(port, head, "X: y\r\n", HTTP_HEAD_FIELDS - 1, "\r\n", "200 200") &&
           repeated_holds(port, head, "X: y\r\n", HTTP_HEAD_FIELDS, "\r\n", "431 headers-too-large") &&
           repeated_holds(port, "GET /ping?", "a&", HTTP_PARAMETERS, end, "200 200") &&
           repeated_holds(port, "GET /ping?", "a&", HTTP_PARAMETERS, "a HTTP/1.1\r\n" HOST "\r\n", "400 malformed-request") &&
           repeated_holds(port, "GET /ping?", "a&", 2000, end, "400 malformed-request");
}

int main(void)
{
    struct test_server test;
    struct http_server_options options = ping_options();
    test_server_start(&test, &options);
    for (int i = 0; i < countof(rows); i++)
        if (!holds(test.port, rows[i].request, rows[i].request, rows[i].size, rows[i].wanted)) return 1;
    if (!sizes_hold(test.port) || !counts_hold(test.port)) return 1;
    test_server_stop(&test);
    printf("ok - abuse: %d rows\n", countof(rows) + 9 + 5);
    return 0;
}
