/* SPDX-License-Identifier: EUPL-1.2 */
/* server.c - the server's life and its queue.
 *
 * Killing it drops what waits and whatever hasn't been answered; what the door has committed is in the database file. It is
 * started as in production: the trail is held against the newest checkpoint, the broker's picture made of the store. */
#include "sim/server.h"

#include "sim/check.h"
#include "sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORK_BYTES = 24 * 1024 * 1024, GATHER_MS = 60, DOWN_MS = 8000, ONCE_DISK = 12, ONCE_DISK_AGAIN = 2, ONCE_KILLED_BEFORE_ANSWER = 400, STEPS_OF_A_COMMAND = 24 };

int64_t sim_server_now(const struct sim_server *server) { return server->run->now_ms + server->skew_ms; }

/* ---- work ---- */

struct sim_work *sim_work_create(struct sim_server *server, enum command_kind kind, struct id principal, int principal_kind)
{
    struct sim_work *work = calloc(1, sizeof *work);
    CHECK(work);
    arena_init(&work->arena, WORK_BYTES);
    work->server = server;
    work->request = (struct door_request){ .command = { .kind = kind, .principal = principal }, .principal_kind = principal_kind, .arena = &work->arena };
    return work;
}

void sim_work_destroy(struct sim_work *work)
{
    arena_finish(&work->arena);
    free(work);
}

static void wake(void *context);

static void plan_wake(struct sim_server *server)
{
    if (server->wake_is_planned) return;
    server->wake_is_planned = true;
    run_plan(server->run, rng_between(&server->run->wires, 0, GATHER_MS), wake, server);
}

void sim_work_put(struct sim_work *work)
{
    struct sim_server *server = work->server;
    if (!server->is_up) {
        sim_work_destroy(work);
        return;
    }
    *server->last = work;
    server->last = &work->next;
    plan_wake(server);
}

static void drop_queue(struct sim_server *server)
{
    for (struct sim_work *work = server->first, *next; work; work = next) {
        next = work->next;
        sim_work_destroy(work);
    }
    server->first = NULL;
    server->last = &server->first;
}

/* ---- one batch ---- */

/* The queue isn't empty. */
static struct sim_work *take_batch(struct sim_server *server)
{
    int64_t most = rng_between(&server->run->wires, 1, BATCH_MAX), count = 1;
    struct sim_work *batch = server->first, *last = batch;
    CHECK(batch);
    for (; last->next && count < most; last = last->next, count++) last->request.next = &last->next->request;
    server->first = last->next;
    if (!server->first) server->last = &server->first;
    last->next = NULL;
    run_tally(server->run, TALLY_BATCHES);
    if (count > BATCH_MAX / 2) run_tally(server->run, TALLY_FULL_BATCHES);
    return batch;
}

static int length_of(const struct sim_work *batch)
{
    int count = 0;
    for (; batch; batch = batch->next) count++;
    return count;
}

/* A step of the database fails now and then: a read, a write, the commit. */
static void plan_disk_failure(struct sim_server *server, int64_t once_in, int commands)
{
    struct faults *faults = &server->run->faults;
    if (!faults->on || !rng_once_in(&faults->rng, once_in)) return;
    db_fail_at(store_db(server->store), (int)rng_between(&faults->rng, 1, 3 + (int64_t)commands * STEPS_OF_A_COMMAND));
    server->disk_may_fail = true;
}

static void look_for_disk_failure(struct sim_server *server)
{
    if (server->disk_may_fail && db_fail_left(store_db(server->store)) == 0) fault_count(&server->run->faults, FAULT_DISK);
    db_fail_at(store_db(server->store), 0);
    server->disk_may_fail = false;
}

/* Unless the server was killed since `life`. */
static void answer_all(struct sim_server *server, struct sim_work *batch, int64_t life)
{
    for (struct sim_work *work = batch, *next; work; work = next) {
        next = work->next;
        if (work->done && server->life == life) work->done(work);
        sim_work_destroy(work);
    }
}

static void execute(struct sim_server *server, struct sim_work *batch)
{
    struct run *run = server->run;
    plan_disk_failure(server, ONCE_DISK, length_of(batch));
    int64_t before = door_last_event(server->door);
    struct door_request *rest = door_execute(server->door, &batch->request, sim_server_now(server));
    RUN_CHECK(run, !rest, "the door left a request of a batch that has room for it");
    look_for_disk_failure(server);
    check_batch(run, before);
}

static void wake(void *context)
{
    struct sim_server *server = context;
    server->wake_is_planned = false;
    if (!server->is_up || !server->first) return;
    int64_t life = server->life;
    struct sim_work *batch = take_batch(server);
    execute(server, batch);
    if (fault_strikes(&server->run->faults, FAULT_ANSWERS_LOST, ONCE_KILLED_BEFORE_ANSWER)) sim_server_kill(server);
    answer_all(server, batch, life);
    if (server->is_up && server->first) plan_wake(server);
}

void sim_server_do(struct sim_server *server, enum command_kind kind, struct id principal, const char *key, const void *body)
{
    struct sim_work *work = sim_work_create(server, kind, principal, PRINCIPAL_SERVER);
    const char *name = door_command_name(kind);
    work->request.command.key = key;
    work->request.command.body = body;
    work->request.command.request_hash = sha256_2(name, strlen(name), key ? key : "", key ? strlen(key) : 0);
    execute(server, work);
    RUN_CHECK(server->run, work->request.result == DOOR_ANSWERED && work->request.status < 300, "%s %s was answered %s", name, key ? key : "", work->request.answer);
    sim_work_destroy(work);
}

/* ---- start and end ---- */

static const struct picture *picture(void *context)
{
    struct sim_server *server = context;
    broker_picture(server->broker, &server->picture);
    return &server->picture;
}

static void committed(void *context, const struct event *events, int count)
{
    struct sim_server *server = context;
    for (int i = 0; i < count; i++) {
        model_event(server->run->model, &events[i]);
        broker_event(server->broker, &events[i]);
        sim_server_event_told(server, &events[i]);
    }
    if (server->disk_may_fail && db_fail_left(store_db(server->store)) == 0) { /* the batch failed, and its commands are tried alone: so may the next one */
        look_for_disk_failure(server);
        plan_disk_failure(server, ONCE_DISK_AGAIN, 1);
    }
}

static void open_all(struct sim_server *server)
{
    struct run *run = server->run;
    struct error error = { 0 };
    const struct store_options opening = { .location = server->location, .checkpoints_elsewhere = true, .now_ms = sim_server_now(server) };
    RUN_CHECK(run, store_open(&server->store, &opening, &error), "the store doesn't open: %s", error.text);
    const uint64_t high = rng_next(&run->wires), low = rng_next(&run->wires);
    const struct door_options options = {
        .store = server->store, .id_seed = { high, low }, .server_key = &run->world->server_key, .network = RUN_NETWORK,
        .picture = picture, .committed = committed, .context = server };
    RUN_CHECK(run, door_create(&server->door, &options, &error), "the door doesn't open: %s", error.text);
    server->broker = check_broker_of(run);
    memset(&server->trail, 0, sizeof server->trail);
    RUN_CHECK(run, trail_check(&server->trail, server->store, RUN_NETWORK, run->world->server_key.public, &error), "the trail: %s", error.text);
    server->signed_size = (int64_t)server->trail.tree.size;
    server->is_up = true;
    server->life++;
}

static void close_all(struct sim_server *server)
{
    drop_queue(server);
    broker_destroy(server->broker);
    door_destroy(server->door);
    store_close(server->store);
    server->broker = NULL, server->door = NULL, server->store = NULL;
    server->is_up = false;
    server->life++;
}

static void start(void *context)
{
    struct sim_server *server = context;
    open_all(server);
    run_say(server->run, "server started", "%s", "");
    check_start(server->run);
    sim_server_chores_begin(server);
}

void sim_server_kill(struct sim_server *server)
{
    if (!server->is_up) return;
    run_say(server->run, "server killed", "%s", "");
    close_all(server);
    sim_server_connections_end(server);
    run_plan(server->run, rng_between(&server->run->wires, 1, DOWN_MS), start, server);
}

void sim_server_file(const struct run *run, int index, char *path, size_t room)
{
    static const char *const behind[SERVER_FILES] = { "", "-wal", "-shm" };
    snprintf(path, room, "%s/network.db%s", run->folder, behind[index]);
}

void sim_server_create(struct run *run)
{
    struct sim_server *server = run->server = calloc(1, sizeof *server);
    CHECK(server);
    server->run = run;
    server->last = &server->first;
    sim_server_file(run, 0, server->location, sizeof server->location);
    open_all(server);
}

void sim_server_reopen(struct sim_server *server)
{
    close_all(server);
    open_all(server);
}

void sim_server_destroy(struct sim_server *server)
{
    if (!server) return;
    if (server->is_up) close_all(server);
    free(server);
}
