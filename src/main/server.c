/* SPDX-License-Identifier: EUPL-1.2 */
/* server.c - wiring: one loop (HTTP), one writer (the door), two readers, one thread of upkeep; the broker between them.
 *
 * Started in an order in which nothing can be asked of what isn't there yet, and ended in the opposite one. */
#include "main/server.h"

#include "api/api.h"
#include "base/time.h"
#include "broker/broker.h"
#include "core/identity/identity.h"
#include "door/upkeep.h"
#include "main/home.h"
#include "main/seed.h"
#include "store/load.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUEUE_MAX = 8192, READERS = 2, SIGN_MS = 1000, TIDY_MS = 200, DRAIN_MS = 8000, CLOCK_SLACK_MS = 60000 };

struct server {
    const char         *home;
    uint16_t            port;
    bool                demo, failed;
    struct arena        arena;
    char               *location;
    struct id           network, self;
    struct sign_key     key;
    struct store       *store;
    struct broker      *broker;
    struct picture      picture;     /* the writer's copy */
    struct door        *door;
    struct writer      *writer;
    struct readers     *readers;
    struct upkeep      *upkeep;
    struct loop        *loop;
    struct api         *api;
    struct http_server *http;
    struct loop_signal  on_term, on_int;
    bool                draining;
};

/* ---- what the parts ask of each other */

static const struct picture *door_picture(void *context)
{
    struct server *server = context;
    broker_picture(server->broker, &server->picture);
    return &server->picture;
}

static void api_picture(void *context, struct picture *copy) { broker_picture(((struct server *)context)->broker, copy); }

struct told { struct loop_task task; struct server *server; struct arena arena; struct event *events; int count; };

static void tell_api(void *context)
{
    struct told *told = context;
    if (told->server->api) api_committed(told->server->api, told->events, told->count);
    arena_finish(&told->arena);
    free(told);
}

/* On the writer's thread. The broker learns at once, so that the next batch decides with it; streams learn on the loop. */
static void committed(void *context, const struct event *events, int count)
{
    struct server *server = context;
    struct told *told = calloc(1, sizeof *told);
    CHECK(told);
    arena_init(&told->arena, SIZE_MAX);
    told->server = server;
    told->count = count;
    told->events = arena_copy(&told->arena, events, sizeof *events * (size_t)count);
    for (int i = 0; i < count; i++) {
        struct event *event = &told->events[i];
        event->name = arena_text(&told->arena, event->name);
        event->scope = arena_text(&told->arena, event->scope);
        event->command = arena_text(&told->arena, event->command);
        event->payload = arena_text(&told->arena, event->payload);
        broker_event(server->broker, event);
        bool moved = strcmp(event->name, "job.ended") == 0 || strcmp(event->name, "job.started") == 0;
        bool held = strcmp(event->name, "job.submitted") == 0 && strstr(event->payload, "\"state\":\"held\"");
        if (moved && server->upkeep) upkeep_job_moved(server->upkeep, event->subject);
        if (held && server->upkeep) upkeep_job_held(server->upkeep, event->subject);
    }
    told->task = (struct loop_task){ .callback = tell_api, .context = told };
    if (server->loop) loop_post(server->loop, &told->task);
    else tell_api(told);
}

static void agent_heard(void *context, struct id agent, struct id system)
{
    (void)agent;
    broker_heard(((struct server *)context)->broker, system, clock_now_ms());
}

static void agent_state(void *context, struct id agent, struct id system, const struct v1_state *state)
{
    (void)state;
    agent_heard(context, agent, system);
}

static void agent_gone(void *context, struct id agent, struct id system)
{
    (void)agent;
    broker_gone(((struct server *)context)->broker, system);
}

/* ---- starting */

static bool network_name(struct server *server, struct error *error)
{
    struct setting setting = { .name = "network" };
    unsigned char random[8];
    char hex[17];
    bool found = false;
    if (!store_find(server->store, &setting_shape, (const char *const[]){ "network" }, &server->arena, &setting, &found, error)) return false;
    if (!found) {
        random_fill(random, sizeof random);
        hex_format(random, sizeof random, hex);
        setting.name = "network";
        setting.value = hex;
        if (!store_change(server->store, &(struct change){ CHANGE_ADD, &setting_shape, &setting }, error)) return false;
    }
    server->network = id_from(setting.value);
    return true;
}

/* A clock that has gone back would give new events older times than signed ones. */
static bool clock_is_sane(struct server *server, struct error *error)
{
    int64_t newest_ms;
    if (!store_number(server->store, "SELECT max(at_ms) FROM event", NULL, 0, &newest_ms, error)) return false;
    if (clock_now_ms() + CLOCK_SLACK_MS >= newest_ms) return true;
    char text[TIME_TEXT];
    time_format(newest_ms, text);
    return error_set(error, ERROR_CONFIG, "this machine's clock is behind the newest event (%s): set the clock, then start again", text);
}

static bool store_start(struct server *server, struct error *error)
{
    struct store_options options = { .location = server->location, .checkpoints_elsewhere = true, .now_ms = clock_now_ms() };
    struct door_options door = { .id_seed = { 0 }, .server_key = &server->key, .network = server->network.text, .picture = door_picture,
                                 .committed = committed, .context = server, .work_us = clock_monotonic_us };
    if (!key_file(home_path(server->home, &server->arena, "server.key"), &server->key, error)) return false;
    if (!store_open(&server->store, &options, error) || !clock_is_sane(server, error) || !network_name(server, error)) return false;
    random_fill(door.id_seed, sizeof door.id_seed);
    door.store = server->store;
    server->broker = broker_create();
    server->self = id_from("server");
    if (!door_create(&server->door, &door, error)) return false;
    struct seed_options seeds = { .door = server->door, .server = server->self, .home = server->home, .demo = server->demo, .now_ms = clock_now_ms(), .server_key = &server->key };
    return seed(&seeds, error);
}

/* All partitions, then live jobs by pages: a job that hasn't ended is in the picture. */
static bool picture_start(struct server *server, struct error *error)
{
    struct id after = { { 0 } };
    struct store_list list = { 0 };
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    bool ok = store_select(server->store, &partition_shape, "ORDER BY id", NULL, 0, PICTURE_PARTITIONS_MAX, &arena, &list, error);
    for (int i = 0; ok && i < list.count; i++) broker_add_partition(server->broker, &((const struct partition *)list.rows)[i]);
    do {
        arena_reset(&arena);
        ok = ok && store_select(server->store, &job_shape, "WHERE state <> 'ended' AND id > $1 ORDER BY id", &STORE_TEXT(after.text), 1, 1000, &arena, &list, error);
        for (int i = 0; ok && i < list.count; i++) broker_add_job(server->broker, &((const struct job *)list.rows)[i]);
        if (ok && list.count) after = ((const struct job *)list.rows)[list.count - 1].id;
    } while (ok && list.count == 1000);
    arena_finish(&arena);
    return ok;
}

static bool threads_start(struct server *server, struct error *error)
{
    struct readers_options readers = { .location = server->location, .threads = READERS, .queue_max = QUEUE_MAX };
    struct upkeep_options upkeep = { .location = server->location, .network = server->network.text, .server_key = &server->key, .server = server->self,
                                     .now_ms = clock_now_ms, .sign_ms = SIGN_MS, .tidy_ms = TIDY_MS };
    if (!readers_create(&server->readers, &readers, error)) return false;
    server->writer = writer_create(server->door, QUEUE_MAX, clock_now_ms);
    upkeep.writer = server->writer;
    return upkeep_create(&server->upkeep, &upkeep, error);
}

static bool http_start(struct server *server, const struct api_options *api, struct http_server_options *http, struct error *error)
{
    if (!api_create(&server->api, api, error)) return false;
    api_serve(server->api, http);
    server->http = http_server_create(server->loop, http, error);
    if (!server->http) return false;
    char url[64], names[200];
    snprintf(url, sizeof url, "http://127.0.0.1:%u\n", (unsigned)http_server_port(server->http));
    char key[2 * SIGN_PUBLIC_BYTES + 1];
    hex_format(server->key.public, sizeof server->key.public, key);
    snprintf(names, sizeof names, "%s %s\n", server->network.text, key);
    return file_write(home_path(server->home, &server->arena, "network"), names, error) &&
           file_write(home_path(server->home, &server->arena, "address"), url, error);
}

/* ---- ending */

static void drained(void *context, bool all_gone)
{
    struct server *server = context;
    if (!all_gone) fprintf(stderr, "aif server: some connections didn't end in time and were cut\n");
    loop_stop(server->loop);
}

static void on_signal(void *context)
{
    struct server *server = context;
    if (server->draining) return;
    server->draining = true;
    api_drain(server->api);
    http_server_drain(server->http, DRAIN_MS, drained, server);
}

static void server_stop(struct server *server)
{
    upkeep_stop(server->upkeep);
    if (server->writer) {
        struct writer_statistics done = writer_statistics(server->writer);
        fprintf(stderr, "aif server: %lld commands in %lld batches, %lld us in all\n", (long long)done.commands, (long long)done.batches, (long long)done.execute_us);
    }
    writer_destroy(server->writer); /* what it commits until then is still told to upkeep */
    upkeep_destroy(server->upkeep);
    readers_destroy(server->readers);
    http_server_destroy(server->http);
    api_destroy(server->api);
    loop_destroy(server->loop);
    door_destroy(server->door);
    store_close(server->store);
    broker_destroy(server->broker);
    arena_finish(&server->arena);
}

static bool server_run(struct server *server, struct error *error)
{
    struct api_options api = { .data_folder = home_path(server->home, &server->arena, "data"), .now_ms = clock_now_ms, .context = server, .picture = api_picture,
                               .agent_heard = agent_heard, .agent_state = agent_state, .agent_gone = agent_gone };
    struct http_server_options http = { .address = "127.0.0.1", .port = server->port, .limits = http_limits_default() };
    http.limits.connections_per_address = http.limits.connections; /* on loopback all come from one address, a proxy's too */
    server->loop = loop_create(error);
    if (!server->loop) return false;
    server->on_term = (struct loop_signal){ .number = SIGTERM, .callback = on_signal, .context = server };
    server->on_int = (struct loop_signal){ .number = SIGINT, .callback = on_signal, .context = server };
    if (!loop_on_signal(server->loop, &server->on_term, error) || !loop_on_signal(server->loop, &server->on_int, error)) return false;
    server->location = home_path(server->home, &server->arena, "aif.db");
    if (!store_start(server, error) || !picture_start(server, error) || !threads_start(server, error)) return false;
    api.loop = server->loop, api.writer = server->writer, api.readers = server->readers, api.location = server->location;
    api.network = server->network, api.server = server->self, api.server_key = &server->key;
    random_fill(&api.trace_seed, sizeof api.trace_seed);
    if (!http_start(server, &api, &http, error)) return false;
    loop_run(server->loop);
    return true;
}

static const char help[] =
    "aif server - the network's server\n\n"
    "  --home DIR   its folder: database, keys, contents (required)\n"
    "  --port N     the port on 127.0.0.1 (default 8424; 0: any free one)\n"
    "  --demo       with the demo's partitions, persons and projects\n\n"
    "It runs until SIGTERM, then finishes what was begun. `aif up` starts it together with agents.\n\n"
    "Example: aif server --home /var/lib/aif --port 8424\n"
    "Exit status: 0 ended by SIGTERM, 2 wrong usage, 5 it can't start or the machine failed.\n";

static int usage(bool asked) { return fputs(help, asked ? stdout : stderr), asked ? 0 : 2; }

int server_main(int argc, char **argv)
{
    static const struct option options[] = { { "home", required_argument, NULL, 'h' }, { "port", required_argument, NULL, 'p' }, { "demo", no_argument, NULL, 'd' },
                                             { "help", no_argument, NULL, 'H' }, { 0 } };
    static struct server server;
    struct error error = { 0 };
    int option;
    int64_t port = 8424;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') server.home = optarg;
        else if (option == 'p' && text_to_number(optarg, &port) && port >= 0 && port <= 65535) continue;
        else if (option == 'd') server.demo = true;
        else return usage(option == 'H');
    }
    if (!server.home || optind != argc) return usage(false);
    server.port = (uint16_t)port;
    umask(077);
    arena_init(&server.arena, 256 * 1024 * 1024);
    bool ok = folder_make(server.home, &error) && home_lock(home_path(server.home, &server.arena, "server.lock"), &error) && server_run(&server, &error);
    if (!ok) fprintf(stderr, "aif server: %s\n", error.text);
    server_stop(&server);
    return ok ? 0 : 5;
}
