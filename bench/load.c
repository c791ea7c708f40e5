/* SPDX-License-Identifier: EUPL-1.2 */
/* load.c - HTTP load on loopback from one thread: enough to keep the server busy, cheap enough to leave it its core. */
#include "bench/bench.h"

#include "base/time.h"
#include "main/home.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAMPLES_MAX = 4000000, ANSWER_MAX = 65536, REQUEST_MAX = 2048, START_LIMIT_MS = 20000, QUIET_LIMIT_MS = 10000 };

struct client {
    int     file;
    bool    busy;
    int64_t due_us;             /* when the request that is under way was due */
    size_t  length;
    char    answer[ANSWER_MAX];
};

struct load { struct client *clients; int count, poll; int64_t *took; int done; int64_t wrong; };

static int dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(file, (struct sockaddr *)&to, sizeof to) != 0) perror("bench: connect"), exit(5);
    return file;
}

static void load_start(struct load *load, uint16_t port, int clients)
{
    *load = (struct load){ .clients = calloc((size_t)clients, sizeof *load->clients), .count = clients, .poll = epoll_create1(EPOLL_CLOEXEC), .took = malloc(sizeof(int64_t) * SAMPLES_MAX) };
    CHECK(load->clients && load->took);
    for (int i = 0; i < clients; i++) {
        load->clients[i].file = dial(port);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &load->clients[i] };
        epoll_ctl(load->poll, EPOLL_CTL_ADD, load->clients[i].file, &event);
    }
}

static struct figure load_end(struct load *load, double seconds)
{
    struct figure figure = { .per_second = load->done / seconds, .wrong = load->wrong };
    figure.each = spread_of(load->took, load->done);
    for (int i = 0; i < load->count; i++) close(load->clients[i].file);
    close(load->poll);
    free(load->clients);
    free(load->took);
    return figure;
}

static void request_send(struct client *client, const char *request, int length, int64_t due_us)
{
    client->length = 0;
    client->busy = true;
    client->due_us = due_us;
    if (write(client->file, request, (size_t)length) != length) perror("bench: write"), exit(5);
}

/* True once a whole answer with a Content-Length is there. */
static bool answer_is_whole(struct client *client)
{
    client->answer[client->length] = 0;
    const char *end = strstr(client->answer, "\r\n\r\n"), *length = strcasestr(client->answer, "\r\nContent-Length:");
    if (!end || !length || length > end) return false;
    return client->length >= (size_t)(end - client->answer) + 4 + (size_t)strtoul(length + 17, NULL, 10);
}

static bool answer_read(struct load *load, struct client *client, const char *wanted)
{
    ssize_t got = read(client->file, client->answer + client->length, ANSWER_MAX - 1 - client->length);
    if (got <= 0) fprintf(stderr, "bench: the server closed a connection after %d answers: %.300s\n", load->done, client->answer), exit(5);
    client->length += (size_t)got;
    if (!answer_is_whole(client)) return false;
    client->busy = false;
    if (load->done < SAMPLES_MAX) load->took[load->done++] = clock_monotonic_us() - client->due_us;
    if (strncmp(client->answer, wanted, strlen(wanted)) != 0 && load->wrong++ == 0) fprintf(stderr, "bench: %.600s\n", client->answer);
    return true;
}

static int submission(char request[REQUEST_MAX], const char *token)
{
    static int64_t number;
    char body[512], key[40];
    int64_t now_ms = clock_now_ms();
    snprintf(key, sizeof key, "%012llx-%010lld", (unsigned long long)now_ms, (long long)++number); /* ordered in time, as the command line's are */
    int length = snprintf(body, sizeof body, "{\"project\":\"bench\",\"script\":\"#!/bin/sh\\n#SBATCH --time=00:00:01\\n./train --epochs 12 --data /data/set-%d\\n\"}", (int)(number % 100));
    return snprintf(request, REQUEST_MAX, "POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", token, key, length, body);
}

struct figure bench_submit(const struct running *server, int clients, int seconds)
{
    struct load load;
    char request[REQUEST_MAX];
    load_start(&load, server->port, clients);
    int64_t began_us = clock_monotonic_us(), end_us = began_us + seconds * 1000000;
    for (int i = 0; i < clients; i++) request_send(&load.clients[i], request, submission(request, server->token), clock_monotonic_us());
    for (int busy = clients; busy;) {
        struct epoll_event events[256];
        int ready = epoll_wait(load.poll, events, countof(events), QUIET_LIMIT_MS);
        if (ready <= 0) fprintf(stderr, "bench: no answer for %d s with %d under way\n", QUIET_LIMIT_MS / 1000, busy), exit(5);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!answer_read(&load, client, "HTTP/1.1 201")) continue;
            int64_t now_us = clock_monotonic_us();
            if (now_us < end_us) request_send(client, request, submission(request, server->token), now_us);
            else busy--;
        }
    }
    return load_end(&load, (double)(clock_monotonic_us() - began_us) / 1e6);
}

struct figure bench_read(const struct running *server, const char *target, int clients, int rate, int seconds)
{
    struct load load;
    char request[REQUEST_MAX];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", target, server->token), busy = 0, next = 0;
    load_start(&load, server->port, clients);
    int64_t began_us = clock_monotonic_us(), due_us = began_us, end_us = began_us + seconds * 1000000, step_us = 1000000 / rate;
    while (due_us < end_us || busy) {
        int64_t now_us = clock_monotonic_us();
        /* a request that is due while all connections are busy waits, and its waiting counts */
        for (int tried = 0; due_us <= now_us && due_us < end_us && tried < clients; next = (next + 1) % clients) {
            if (load.clients[next].busy) { tried++; continue; }
            request_send(&load.clients[next], request, length, due_us);
            due_us += step_us, busy++, tried = 0;
        }
        struct epoll_event events[256];
        int64_t wait_us = due_us - clock_monotonic_us();
        struct timespec wait = { .tv_nsec = wait_us > 0 && due_us < end_us ? (wait_us > 900000 ? 900000 : wait_us) * 1000 : busy ? 1000000 : 0 };
        int ready = epoll_pwait2(load.poll, events, countof(events), &wait, NULL);
        for (int i = 0; i < ready; i++) busy -= answer_read(&load, events[i].data.ptr, "HTTP/1.1 200");
        if (clock_monotonic_us() > end_us + QUIET_LIMIT_MS * 1000) fprintf(stderr, "bench: %d requests never answered\n", busy), exit(5);
    }
    return load_end(&load, (double)(clock_monotonic_us() - began_us) / 1e6);
}

static char *status_of(const struct running *server, char answer[ANSWER_MAX])
{
    static const char ask[] = "GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    int file = dial(server->port);
    size_t length = 0;
    if (write(file, ask, sizeof ask - 1) != sizeof ask - 1) perror("bench: write"), exit(5);
    for (ssize_t got; (got = read(file, answer + length, ANSWER_MAX - 1 - length)) > 0;) length += (size_t)got;
    close(file);
    answer[length] = 0;
    return answer;
}

/* So that a stream begins with what is new. */
static int64_t events_so_far(const struct running *server)
{
    static char answer[ANSWER_MAX];
    const char *events = strstr(status_of(server, answer), "\"events\":");
    return events ? strtoll(events + 9, NULL, 10) : 0;
}

double bench_heard_s(const struct running *network)
{
    static char answer[ANSWER_MAX];
    while (!strstr(status_of(network, answer), "\"heard\":true") || strstr(answer, "\"heard\":false")) {
        if (clock_monotonic_ms() - network->began_ms > START_LIMIT_MS) fprintf(stderr, "bench: not every agent is heard: %.500s\n", answer), exit(5);
        usleep(2000);
    }
    return (double)(clock_monotonic_ms() - network->began_ms) / 1000;
}

int bench_streams(const struct running *server, int count)
{
    char request[REQUEST_MAX], first[512];
    int length = snprintf(request, sizeof request, "GET /v1/events?after=%lld HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", (long long)events_so_far(server), server->token), open = 0;
    for (; open < count; open++) {
        int file = dial(server->port);
        if (write(file, request, (size_t)length) != length) break;
        ssize_t got = read(file, first, sizeof first - 1);
        if (got <= 0 || strncmp(first, "HTTP/1.1 200", 12) != 0) {
            first[got > 0 ? got : 0] = 0;
            fprintf(stderr, "bench: stream %d: %.200s\n", open, first);
            break;
        }
    }
    return open;
}

struct running bench_start(const char *aif, const char *verb, const char *home)
{
    struct running running = { 0 };
    struct arena arena;
    struct error error;
    char url[64];
    arena_init(&arena, 65536);
    const char *address = home_path(home, &arena, "address");
    int64_t began_ms = clock_monotonic_ms();
    int said[2];
    unlink(address);
    CHECK(pipe(said) == 0);
    running.said = said[0];
    running.process = fork();
    if (running.process == 0) {
        dup2(said[1], STDERR_FILENO);
        close(said[0]), close(said[1]);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a benchmark that ends half way leaves nothing running */
        if (strcmp(verb, "server") == 0) execl(aif, aif, "server", "--home", home, "--port", "0", "--demo", (char *)NULL);
        else execl(aif, aif, "up", "--home", home, "--port", "0", (char *)NULL);
        perror(aif);
        _exit(127);
    }
    close(said[1]);
    while (access(address, F_OK) != 0) {
        if (clock_monotonic_ms() - began_ms > START_LIMIT_MS || waitpid(running.process, NULL, WNOHANG) != 0) fprintf(stderr, "bench: aif %s didn't start\n", verb), exit(5);
        usleep(1000);
    }
    running.began_ms = began_ms;
    running.start_s = (double)(clock_monotonic_ms() - began_ms) / 1000;
    if (file_load(address, FILE_OPEN, url, sizeof url, &error) < 0 || file_load(home_path(home, &arena, "persons/ana.token"), FILE_SECRET, running.token, sizeof running.token, &error) < 0) fprintf(stderr, "bench: %s\n", error.text), exit(5);
    running.token[strcspn(running.token, "\n")] = 0;
    running.port = (uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10);
    arena_finish(&arena);
    return running;
}

void bench_stop(struct running *running)
{
    char text[4096];
    size_t length = 0;
    kill(running->process, SIGTERM);
    for (ssize_t got; (got = read(running->said, text + length, sizeof text - 1 - length)) > 0;) length += (size_t)got;
    text[length] = 0;
    close(running->said);
    waitpid(running->process, NULL, 0);
    const char *line = strstr(text, "aif server: ");
    long long commands = 0, batches = 0, all_us = 0;
    if (!line || sscanf(line, "aif server: %lld commands in %lld batches, %lld us", &commands, &batches, &all_us) != 3) return;
    running->mean_batch = batches ? (double)commands / (double)batches : 0;
    running->command_us = commands ? (double)all_us / (double)commands : 0;
}

static int64_t pss_of(const char *process)
{
    char path[64], line[200];
    long long kib = 0;
    snprintf(path, sizeof path, "/proc/%.20s/smaps_rollup", process);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %lld", &kib) == 1) break;
    fclose(file);
    return kib;
}

int64_t bench_pss_kib(pid_t process)
{
    char path[64], line[4096] = "";
    snprintf(path, sizeof path, "%d", (int)process);
    int64_t sum = pss_of(path);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)process, (int)process);
    FILE *file = fopen(path, "re");
    if (file && !fgets(line, sizeof line, file)) line[0] = 0;
    if (file) fclose(file);
    for (char *at = line, *end; *at; at = end) {
        pid_t child = (pid_t)strtol(at, &end, 10);
        if (end == at) break;
        sum += bench_pss_kib(child);
    }
    return sum;
}
