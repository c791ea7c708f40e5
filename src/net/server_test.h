/* SPDX-License-Identifier: EUPL-1.2 */
/* server_test.h - for the server's tests: a real server on a free loopback port in a thread of its own, and a client
 * that writes raw bytes. Nothing here sleeps: whoever waits, waits for a byte, an end or a semaphore, with a limit. */
#ifndef NET_SERVER_TEST_H
#define NET_SERVER_TEST_H

#include "net/server.h"

#include "base/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 20 * 1000 }; /* far above what anything here takes, also under a sanitizer */

struct test_server {
    struct loop        *loop;
    struct http_server *server;
    pthread_t           thread;
    uint16_t            port;
    void              (*call)(void *context);
    void               *call_context;
    sem_t               call_done;
    struct loop_task    call_task;
};

static inline void *test_server_main(void *context)
{
    loop_run(((struct test_server *)context)->loop);
    return NULL;
}

static inline void test_server_start(struct test_server *test, const struct http_server_options *options)
{
    struct error error;
    *test = (struct test_server){ .loop = loop_create(&error) };
    CHECK(test->loop);
    test->server = http_server_create(test->loop, options, &error);
    if (!test->server) printf("not ok - %s\n", error.text);
    CHECK(test->server);
    test->port = http_server_port(test->server);
    sem_init(&test->call_done, 0, 0);
    CHECK(pthread_create(&test->thread, NULL, test_server_main, test) == 0);
}

static inline bool test_wait(sem_t *semaphore)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    while (sem_timedwait(semaphore, &until) != 0)
        if (errno != EINTR) return false;
    return true;
}

static inline void test_server_called(void *context)
{
    struct test_server *test = context;
    test->call(test->call_context);
    sem_post(&test->call_done);
}

/* Runs call on the loop's thread and waits until it did. */
static inline void test_on_loop(struct test_server *test, void (*call)(void *context), void *context)
{
    test->call = call, test->call_context = context;
    test->call_task = (struct loop_task){ .callback = test_server_called, .context = test };
    loop_post(test->loop, &test->call_task);
    CHECK(test_wait(&test->call_done));
}

static inline void test_loop_stop(void *context) { loop_stop(context); }

/* The loop's thread has ended before the server goes, as in production. */
static inline void test_server_stop(struct test_server *test)
{
    test_on_loop(test, test_loop_stop, test->loop);
    pthread_join(test->thread, NULL);
    http_server_destroy(test->server);
    loop_destroy(test->loop);
    sem_destroy(&test->call_done);
}

static inline int client_try(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

static inline int client_open(uint16_t port)
{
    int fd = client_try(port);
    CHECK(fd >= 0);
    return fd;
}

/* Sends all of it; false if the other side won't take it. */
static inline bool client_send(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent, size -= (size_t)sent;
    }
    return true;
}

static inline bool client_say(int fd, const char *text) { return client_send(fd, text, strlen(text)); }

/* One read, at most WAIT_MS from now: > 0 bytes, 0 the end (also a reset), -1 nothing came in time. */
static inline int client_read(int fd, char *to, size_t room)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    if (poll(&wait, 1, WAIT_MS) <= 0) return -1;
    ssize_t size = recv(fd, to, room, 0);
    return size < 0 ? 0 : (int)size;
}

/* Reads to the end of the connection and closes it; to is a text. False if the end doesn't come. */
static inline bool client_read_all(int fd, char *to, size_t room)
{
    size_t used = 0;
    int size = 1;
    while (size > 0) {
        char more[4096];
        size = client_read(fd, more, sizeof more);
        if (size <= 0) continue;
        size_t keep = (size_t)size < room - 1 - used ? (size_t)size : room - 1 - used;
        memcpy(to + used, more, keep);
        used += keep;
    }
    to[used] = 0;
    close(fd);
    return size == 0;
}

/* Reads until to (a text) contains wanted. */
static inline bool client_read_until(int fd, char *to, size_t room, const char *wanted)
{
    size_t used = strlen(to);
    while (!strstr(to, wanted)) {
        int size = used + 1 < room ? client_read(fd, to + used, room - 1 - used) : -1;
        if (size <= 0) return false;
        used += (size_t)size;
        to[used] = 0;
    }
    return true;
}

/* Asks and reads to the end of the connection. */
static inline bool client_ask(uint16_t port, const char *request, char *to, size_t room)
{
    int fd = client_open(port);
    (void)client_say(fd, request);
    return client_read_all(fd, to, room);
}

/* "200 404 some-code": the status of each answer, then the first problem code. */
static inline void answers_summarise(const char *text, char *to, size_t room)
{
    int used = 0;
    to[0] = 0;
    for (const char *at = strstr(text, "HTTP/1."); at; at = strstr(at + 8, "HTTP/1."))
        used += snprintf(to + used, room - (size_t)used, "%s%.3s", used ? " " : "", at + 9);
    const char *code = strstr(text, "\"code\":\"");
    if (code) snprintf(to + used, room - (size_t)used, " %.*s", (int)strcspn(code + 8, "\""), code + 8);
}

static inline void files_raise(void)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
