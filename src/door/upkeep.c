/* SPDX-License-Identifier: EUPL-1.2 */
/* upkeep.c - small chores, each a command through the door or a call that harms nobody if it fails: it comes again. */
#include "door/upkeep.h"

#include "base/time.h"
#include "core/jobs/job.h"
#include "door/trail.h"
#include "store/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOVED_MAX = 4096, PAGE = 64, EVENTS_PAGE = 2000 };

/* is_held: the job itself may go; else those that wait for it. */
struct moved { struct id job; bool is_held; };

struct chore { struct door_request request; struct arena arena; union { struct job_release release; struct checkpoint checkpoint; } body; struct upkeep *upkeep; };

struct upkeep {
    struct upkeep_options options;
    pthread_t             thread;
    pthread_mutex_t       lock;
    pthread_cond_t        wake;
    struct store         *store, *tidy; /* reading; and a connection of its own for SQLite's log */
    struct trail          trail;
    int64_t               signed_size;  /* durable */
    int                   under_way;    /* requests at the writer */
    struct moved          moved[MOVED_MAX], looked_at[MOVED_MAX]; /* told; and taken from there by the thread */
    int                   moved_count;
    bool                  look_at_all, stopping;
};

static void chore_done(struct door_request *request)
{
    struct chore *chore = request->context;
    struct upkeep *upkeep = chore->upkeep;
    pthread_mutex_lock(&upkeep->lock);
    if (request->command.kind == COMMAND_AUDIT_CHECKPOINT && request->status == 201) upkeep->signed_size = chore->body.checkpoint.size;
    if (request->command.kind == COMMAND_JOB_RELEASE && request->result == DOOR_FAILED) upkeep->look_at_all = true; /* nobody else asks again */
    upkeep->under_way--;
    pthread_cond_signal(&upkeep->wake);
    pthread_mutex_unlock(&upkeep->lock);
    arena_finish(&chore->arena);
    free(chore);
}

static struct chore *chore_create(struct upkeep *upkeep, enum command_kind kind)
{
    struct chore *chore = calloc(1, sizeof *chore);
    CHECK(chore);
    arena_init(&chore->arena, 1024 * 1024);
    chore->upkeep = upkeep;
    chore->request = (struct door_request){ .command = { .kind = kind, .principal = upkeep->options.server, .body = &chore->body },
                                            .principal_kind = PRINCIPAL_SERVER, .arena = &chore->arena, .done = chore_done, .context = chore };
    return chore;
}

static bool chore_send(struct chore *chore)
{
    struct upkeep *upkeep = chore->upkeep;
    pthread_mutex_lock(&upkeep->lock);
    upkeep->under_way++;
    pthread_mutex_unlock(&upkeep->lock);
    if (writer_put(upkeep->options.writer, &chore->request)) return true;
    pthread_mutex_lock(&upkeep->lock);
    upkeep->under_way--;
    pthread_mutex_unlock(&upkeep->lock);
    arena_finish(&chore->arena);
    free(chore);
    return false;
}

/* Waits for what is at the writer, so that one chore of a kind is under way at a time. */
static void settle(struct upkeep *upkeep)
{
    pthread_mutex_lock(&upkeep->lock);
    while (upkeep->under_way) pthread_cond_wait(&upkeep->wake, &upkeep->lock);
    pthread_mutex_unlock(&upkeep->lock);
}

static bool read_rest(struct upkeep *upkeep, struct error *error)
{
    for (uint64_t before = 0, first = 1; first || upkeep->trail.tree.size - before == EVENTS_PAGE; first = 0) {
        before = upkeep->trail.tree.size;
        if (!trail_read(&upkeep->trail, upkeep->store, EVENTS_PAGE, error)) return false;
    }
    return true;
}

static void sign_checkpoint(struct upkeep *upkeep)
{
    struct error error = { 0 };
    if (!read_rest(upkeep, &error)) {
        fprintf(stderr, "aif: no checkpoint: %s\n", error.text);
        return;
    }
    if ((int64_t)upkeep->trail.tree.size == upkeep->signed_size) return;
    struct chore *chore = chore_create(upkeep, COMMAND_AUDIT_CHECKPOINT);
    checkpoint_sign(&chore->body.checkpoint, upkeep->options.network, &upkeep->trail.tree, upkeep->options.now_ms(), upkeep->options.server_key, &chore->arena);
    chore_send(chore);
    settle(upkeep);
}

static bool release(struct upkeep *upkeep, struct id job)
{
    struct chore *chore = chore_create(upkeep, COMMAND_JOB_RELEASE);
    chore->body.release.job = job;
    return chore_send(chore);
}

static bool release_those_behind(struct upkeep *upkeep, struct id on_job)
{
    struct id after = { { 0 } }, *jobs;
    int count;
    do {
        struct arena arena;
        struct error error = { 0 };
        arena_init(&arena, 256 * 1024);
        bool ok = store_held_jobs(upkeep->store, on_job, after, PAGE, &arena, &jobs, &count, &error);
        for (int i = 0; ok && i < count; i++) {
            after = jobs[i];
            ok = release(upkeep, after);
        }
        arena_finish(&arena);
        if (!ok) return false;
        settle(upkeep);
    } while (count == PAGE);
    return true;
}

static void release_jobs(struct upkeep *upkeep)
{
    struct moved *moved = upkeep->looked_at;
    pthread_mutex_lock(&upkeep->lock);
    int count = upkeep->moved_count;
    bool all = upkeep->look_at_all;
    memcpy(moved, upkeep->moved, sizeof *moved * (size_t)count);
    upkeep->moved_count = 0;
    upkeep->look_at_all = false;
    pthread_mutex_unlock(&upkeep->lock);
    bool ok = true;
    if (all) ok = release_those_behind(upkeep, (struct id){ { 0 } });
    for (int i = 0; ok && !all && i < count; i++) ok = moved[i].is_held ? release(upkeep, moved[i].job) : release_those_behind(upkeep, moved[i].job);
    if (ok) return;
    pthread_mutex_lock(&upkeep->lock);
    upkeep->look_at_all = true; /* the writer was full: everything again, later */
    pthread_mutex_unlock(&upkeep->lock);
}

static bool wait_for_work(struct upkeep *upkeep)
{
    int64_t until_ms = clock_now_ms() + upkeep->options.tidy_ms;
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    pthread_mutex_lock(&upkeep->lock);
    while (!upkeep->stopping && !upkeep->moved_count)
        if (pthread_cond_timedwait(&upkeep->wake, &upkeep->lock, &until) != 0) break;
    bool go_on = !upkeep->stopping;
    pthread_mutex_unlock(&upkeep->lock);
    return go_on;
}

static void *upkeep_main(void *context)
{
    struct upkeep *upkeep = context;
    int64_t sign_at_ms = 0, tidy_at_ms = 0;
    while (wait_for_work(upkeep)) {
        struct error ignored;
        int64_t now_ms = clock_monotonic_ms();
        release_jobs(upkeep);
        if (now_ms >= sign_at_ms) sign_checkpoint(upkeep), sign_at_ms = now_ms + upkeep->options.sign_ms;
        if (now_ms >= tidy_at_ms) db_checkpoint(store_db(upkeep->tidy), &ignored), tidy_at_ms = now_ms + upkeep->options.tidy_ms;
    }
    settle(upkeep);
    sign_checkpoint(upkeep);
    return NULL;
}

bool upkeep_create(struct upkeep **upkeep, const struct upkeep_options *options, struct error *error)
{
    struct upkeep *u = *upkeep = calloc(1, sizeof *u);
    CHECK(u);
    u->options = *options;
    u->look_at_all = true;
    pthread_mutex_init(&u->lock, NULL);
    pthread_cond_init(&u->wake, NULL);
    struct store_options reading = { .location = options->location, .read_only = true };
    struct store_options tidying = { .location = options->location, .checkpoints_elsewhere = true, .now_ms = options->now_ms() };
    bool ok = store_open(&u->store, &reading, error) && store_open(&u->tidy, &tidying, error) &&
              trail_check(&u->trail, u->store, options->network, options->server_key->public, error);
    u->signed_size = (int64_t)u->trail.tree.size;
    if (ok && pthread_create(&u->thread, NULL, upkeep_main, u) == 0) return true;
    if (ok) error_set(error, ERROR_IO, "no thread for upkeep");
    store_close(u->store);
    store_close(u->tidy);
    free(u);
    *upkeep = NULL;
    return false;
}

void upkeep_stop(struct upkeep *upkeep)
{
    if (!upkeep || upkeep->stopping) return;
    pthread_mutex_lock(&upkeep->lock);
    upkeep->stopping = true;
    pthread_cond_signal(&upkeep->wake);
    pthread_mutex_unlock(&upkeep->lock);
    pthread_join(upkeep->thread, NULL);
}

void upkeep_destroy(struct upkeep *upkeep)
{
    if (!upkeep) return;
    upkeep_stop(upkeep);
    store_close(upkeep->store);
    store_close(upkeep->tidy);
    pthread_mutex_destroy(&upkeep->lock);
    pthread_cond_destroy(&upkeep->wake);
    free(upkeep);
}

static void add_moved(struct upkeep *upkeep, struct id job, bool is_held)
{
    pthread_mutex_lock(&upkeep->lock);
    if (upkeep->moved_count < MOVED_MAX) upkeep->moved[upkeep->moved_count++] = (struct moved){ job, is_held };
    else upkeep->look_at_all = true;
    pthread_cond_signal(&upkeep->wake);
    pthread_mutex_unlock(&upkeep->lock);
}

void upkeep_job_moved(struct upkeep *upkeep, struct id job) { add_moved(upkeep, job, false); }
void upkeep_job_held(struct upkeep *upkeep, struct id job) { add_moved(upkeep, job, true); }
