/* SPDX-License-Identifier: EUPL-1.2 */
/* stream_test.c - a thousand streams at once, one that doesn't read, one whose client leaves, heartbeats, drain. */
#include "net/server_test.h"

#include <sys/epoll.h>

#define HOST "Host: localhost\r\n"

enum { STREAMS = 1000, EVENTS = 3 };

struct listener {
    struct http_stream *stream; /* NULL once closed */
};

static struct {
    struct test_server   server;
    struct listener      listeners[STREAMS];
    int                  opened, closed; /* on the loop's thread */
    struct http_request *held;
    sem_t                opened_all, closed_one, held_seen, drained;
    int                  wanted_open;
    bool                 all_gone;
} test;

static void on_close(void *context)
{
    ((struct listener *)context)->stream = NULL;
    test.closed++;
    sem_post(&test.closed_one);
}

static void on_head(void *context, struct http_request *request)
{
    (void)context;
    http_body_memory(request, 1024);
}

static void on_request(void *context, struct http_request *request)
{
    (void)context;
    const char *path = http_request_path(request);
    struct http_answer answer = { .status = 200, .content_type = "text/event-stream", .body = ": hello\n\n",
                                  .body_bytes = 9, .owner = HTTP_BODY_STATIC };
    if (strcmp(path, "/hold") == 0) {
        test.held = request;
        sem_post(&test.held_seen);
    } else if (strcmp(path, "/stream") == 0) {
        struct listener *listener = &test.listeners[test.opened];
        listener->stream = http_stream_start(request, &answer, on_close, listener);
        CHECK(listener->stream);
        if (++test.opened == test.wanted_open) sem_post(&test.opened_all);
    } else http_answer(request, &answer);
}

static void on_end(void *context, struct http_request *request)
{
    (void)context;
    if (request == test.held) test.held = NULL;
}

static void begin(int64_t heartbeat_ms)
{
    struct http_server_options options = { .address = "127.0.0.1", .limits = http_limits_default(), .on_head = on_head,
                                           .on_request = on_request, .on_end = on_end };
    options.limits.connections_per_address = options.limits.connections = STREAMS + 100;
    options.limits.heartbeat_ms = heartbeat_ms, options.limits.tick_ms = 20;
    test.opened = test.closed = 0;
    sem_init(&test.opened_all, 0, 0), sem_init(&test.closed_one, 0, 0);
    sem_init(&test.held_seen, 0, 0), sem_init(&test.drained, 0, 0);
    test_server_start(&test.server, &options);
}

static bool streams_open(int *fds, int count)
{
    test.wanted_open = count;
    for (int i = 0; i < count; i++) {
        fds[i] = client_open(test.server.port);
        CHECK(client_say(fds[i], "GET /stream HTTP/1.1\r\n" HOST "\r\n"));
    }
    return test_wait(&test.opened_all);
}

static bool closed_wait(int count)
{
    for (int i = 0; i < count; i++)
        if (!test_wait(&test.closed_one)) return false;
    return true;
}

static void broadcast(void *context)
{
    char event[64];
    int length = snprintf(event, sizeof event, "id: %d\ndata: event %d\n\n", *(int *)context, *(int *)context);
    for (int i = 0; i < test.opened; i++)
        if (test.listeners[i].stream) CHECK(http_stream_send(test.listeners[i].stream, event, (size_t)length));
}

static void end_all(void *context)
{
    (void)context;
    for (int i = 0; i < test.opened; i++)
        if (test.listeners[i].stream) http_stream_end(test.listeners[i].stream);
}

static bool events_arrive(const int *fds)
{
    static char texts[STREAMS][1024];
    memset(texts, 0, sizeof texts);
    for (int event = 1; event <= EVENTS; event++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "data: event %d\n\n", event);
        test_on_loop(&test.server, broadcast, &event);
        for (int i = 0; i < STREAMS; i++) {
            if (client_read_until(fds[i], texts[i], sizeof texts[i], wanted)) continue;
            printf("not ok - stream: event %d doesn't reach stream %d: %s\n", event, i, texts[i]);
            return false;
        }
    }
    return true;
}

/* Every event reaches everybody; an ended stream ends as a whole answer (the last chunk is there). */
static bool thousand(void)
{
    static int fds[STREAMS];
    begin(60 * 1000);
    bool holds = streams_open(fds, STREAMS) && events_arrive(fds);
    if (!holds) printf("not ok - stream: a thousand\n");
    test_on_loop(&test.server, end_all, NULL);
    for (int i = 0; i < STREAMS; i++) {
        char text[256];
        bool ended = client_read_all(fds[i], text, sizeof text) || !holds;
        if (!ended || (holds && !strstr(text, "0\r\n\r\n"))) holds = false;
    }
    bool closed = closed_wait(STREAMS);
    test_server_stop(&test.server);
    if (!holds || !closed) printf("not ok - stream: a thousand: ended %d, closed %d\n", holds, closed);
    return holds && closed && test.closed == STREAMS;
}

static void flood(void *context)
{
    char event[8 * 1024];
    memset(event, 'x', sizeof event);
    int *sent = context;
    /* Nothing goes out before the loop's next turn: 32 of them fill the buffer, the next is too much. */
    while (http_stream_send(test.listeners[0].stream, event, sizeof event)) ++*sent;
    CHECK(!http_stream_send(test.listeners[0].stream, "a", 1));
}

static void pending(void *context)
{
    *(size_t *)context = 0;
    for (int i = 0; i < test.opened; i++)
        if (test.listeners[i].stream) *(size_t *)context += http_stream_pending_bytes(test.listeners[i].stream);
}

/* Their first bytes are on their way: nothing waits any more. */
static bool all_are_silent(void)
{
    size_t waiting = 1;
    for (int64_t end_ms = clock_monotonic_ms() + WAIT_MS; waiting > 0 && clock_monotonic_ms() < end_ms;)
        test_on_loop(&test.server, pending, &waiting);
    return waiting == 0;
}

static bool slow_reader(void)
{
    int fds[2], sent = 0;
    begin(60 * 1000);
    bool opened = streams_open(fds, 2) && all_are_silent();
    test_on_loop(&test.server, flood, &sent);
    bool closed = closed_wait(1) && !test.listeners[0].stream;
    struct pollfd wait = { .fd = fds[0], .events = POLLRDHUP };
    bool ended = poll(&wait, 1, WAIT_MS) > 0;
    int event = 1; /* the neighbour doesn't feel it */
    char text[1024] = "";
    test_on_loop(&test.server, broadcast, &event);
    bool unharmed = client_read_until(fds[1], text, sizeof text, "data: event 1\n\n");
    close(fds[0]), close(fds[1]);
    bool left = closed_wait(1); /* the client left: nothing is sent, and yet it is noticed */
    test_server_stop(&test.server);
    if (opened && closed && ended && unharmed && left && sent == 32) return true;
    printf("not ok - stream: slow reader: opened %d, closed %d, ended %d, neighbour %d, left %d, sent %d\n", opened,
           closed, ended, unharmed, left, sent);
    return false;
}

static bool heartbeats(void)
{
    int fd;
    char text[1024] = "";
    begin(30);
    bool beats = streams_open(&fd, 1) && client_read_until(fd, text, sizeof text, ": \n\n\r\n4\r\n: \n\n");
    close(fd);
    test_server_stop(&test.server);
    if (beats) return true;
    printf("not ok - stream: heartbeats: %s\n", text);
    return false;
}

/* A HEAD request for a stream, and one from a client that can't take chunks, end well too. */
static bool other_clients(void)
{
    char text[1024];
    begin(60 * 1000);
    int fd = client_open(test.server.port);
    test.wanted_open = 2;
    (void)client_say(fd, "HEAD /stream HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    bool head = client_read_all(fd, text, sizeof text) && strstr(text, "200 OK") && !strstr(text, "hello") && closed_wait(1);
    fd = client_open(test.server.port);
    (void)client_say(fd, "GET /stream HTTP/1.0\r\n" HOST "\r\n");
    bool opened = test_wait(&test.opened_all);
    test_on_loop(&test.server, end_all, NULL);
    bool old = opened && client_read_all(fd, text, sizeof text) && strstr(text, "\r\n\r\n: hello\n\n") && closed_wait(1);
    test_server_stop(&test.server);
    if (!head || !old) printf("not ok - stream: HEAD %d, HTTP/1.0 %d\n", head, old);
    return head && old;
}

static void held_stream(void *context)
{
    (void)context;
    struct http_answer answer = { .status = 200, .content_type = "text/event-stream" };
    test.listeners[0].stream = http_stream_start(test.held, &answer, on_close, &test.listeners[0]);
    test.opened = 1;
    CHECK(http_stream_send(test.listeners[0].stream, ": at last\n\n", 11));
}

/* A stream begun from a kept request, as when somebody else had to look first whether it may be opened. */
static bool begun_later(void)
{
    char text[1024] = "";
    int event = 1;
    begin(60 * 1000);
    int fd = client_open(test.server.port);
    bool kept = client_say(fd, "GET /hold HTTP/1.1\r\n" HOST "\r\n") && test_wait(&test.held_seen);
    test_on_loop(&test.server, held_stream, NULL);
    bool first = client_read_until(fd, text, sizeof text, ": at last\n\n");
    test_on_loop(&test.server, broadcast, &event);
    bool second = client_read_until(fd, text, sizeof text, "data: event 1\n\n");
    test_on_loop(&test.server, end_all, NULL);
    bool ended = client_read_all(fd, text, sizeof text) && strstr(text, "0\r\n\r\n") && closed_wait(1);
    test_server_stop(&test.server);
    if (kept && first && second && ended) return true;
    printf("not ok - stream: begun later: kept %d, first %d, second %d, ended %d\n", kept, first, second, ended);
    return false;
}

static void on_drained(void *context, bool all_gone)
{
    (void)context;
    test.all_gone = all_gone;
    sem_post(&test.drained);
}

static void drain(void *context) { http_server_drain(test.server.server, *(int64_t *)context, on_drained, NULL); }

static void held_answer(void *context)
{
    (void)context;
    http_answer(test.held, &(struct http_answer){ .status = 200, .body = "at last", .body_bytes = 7 });
}

/* Streams end, idle connections end, what was begun is finished: a half-sent request, a kept one. */
static bool drains(void)
{
    enum { COUNT = 20 };
    int fds[COUNT], idle, half, kept;
    int64_t limit_ms = WAIT_MS;
    char text[2048] = "", again[2048] = "";
    begin(60 * 1000);
    bool begun = streams_open(fds, COUNT);
    idle = client_open(test.server.port), half = client_open(test.server.port), kept = client_open(test.server.port);
    begun = client_say(idle, "GET /x HTTP/1.1\r\n" HOST "\r\n") && client_read_until(idle, text, sizeof text, "hello") && begun;
    begun = client_say(half, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nhalf") && begun;
    begun = client_say(kept, "GET /hold HTTP/1.1\r\n" HOST "\r\n") && test_wait(&test.held_seen) && begun;
    test_on_loop(&test.server, drain, &limit_ms);
    bool refused = client_try(test.server.port) < 0;
    bool streams_ended = true;
    for (int i = 0; i < COUNT; i++)
        streams_ended = client_read_all(fds[i], text, sizeof text) && strstr(text, "0\r\n\r\n") && streams_ended;
    bool idle_ended = client_read_all(idle, text, sizeof text);
    bool waits = sem_trywait(&test.drained) != 0;
    test_on_loop(&test.server, held_answer, NULL);
    (void)client_say(half, " whole");
    bool finished = client_read_all(half, text, sizeof text) && strstr(text, "hello") && strstr(text, "Connection: close") &&
                    client_read_all(kept, again, sizeof again) && strstr(again, "at last");
    bool drained = test_wait(&test.drained) && test.all_gone;
    test_server_stop(&test.server);
    if (begun && refused && streams_ended && idle_ended && waits && finished && drained) return true;
    printf("not ok - stream: drain: begun %d, refused %d, streams %d, idle %d, waits %d, finished %d, drained %d\n",
           begun, refused, streams_ended, idle_ended, waits, finished, drained);
    return false;
}

static bool drain_has_a_limit(void)
{
    int64_t limit_ms = 50;
    begin(60 * 1000);
    int kept = client_open(test.server.port);
    bool begun = client_say(kept, "GET /hold HTTP/1.1\r\n" HOST "\r\n") && test_wait(&test.held_seen);
    test_on_loop(&test.server, drain, &limit_ms);
    bool told = test_wait(&test.drained) && !test.all_gone && test.held;
    test_server_stop(&test.server);
    close(kept);
    if (begun && told && !test.held) return true;
    printf("not ok - stream: drain's limit: begun %d, told %d\n", begun, told);
    return false;
}

int main(void)
{
    files_raise();
    if (!thousand() || !slow_reader() || !heartbeats() || !other_clients() || !begun_later() || !drains() || !drain_has_a_limit()) return 1;
    printf("ok - stream: %d streams, slow reader, heartbeats, HEAD, HTTP/1.0, begun later, drain\n", STREAMS);
    return 0;
}
