/* SPDX-License-Identifier: EUPL-1.2 */
/* simulated.c - what local keeps on disk is here a job of the world, what local keeps in memory is the life number in
 * it: a job that waits belongs to the life that submitted it and is gone with that; a claimed one stays. A job's fate
 * (how long, how it ends) is drawn from the world's generator when it starts, so a seed gives the same world again.
 *
 * Times: a job runs 1 s to limit + grace; over the limit it timed out. A cancel takes 0 s to grace. */
#include "executor/simulated.h"

#include "base/rng.h"
#include "executor/job_check.h"
#include "executor/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum simulated_state { SIMULATED_WAITING, SIMULATED_RUNNING, SIMULATED_ENDED };

struct simulated_job {
    struct simulated_job *next;
    struct id             key;
    enum simulated_state  state;
    int                   partition, pieces, nodes, starts;
    uint64_t              slots;
    int64_t               limit_s, grace_s, started_ms, end_ms;
    struct executor_event end;
    int                   life;    /* that submitted it last; 0: none */
    int                   start_told, end_told; /* the life that was told */
    bool                  is_forgotten; /* stays for the count */
};

struct simulated_world {
    struct rng            rng;
    int                   lost_once_in, life, partition_count;
    char                  names[LOCAL_PARTITIONS_MAX][32];
    struct slots_shape    shapes[LOCAL_PARTITIONS_MAX];
    struct simulated_job *first, **last;
    int64_t               now_ms;
};

struct simulated {
    struct executor         executor;
    struct simulated_world *world;
};

static struct simulated_world *world_of(const struct executor *executor) { return ((const struct simulated *)executor)->world; }

struct simulated_world *simulated_world_create(uint64_t seed, const struct simulated_partition *partitions, int partition_count,
                                               int lost_once_in)
{
    struct simulated_world *world = calloc(1, sizeof *world);
    struct error error;
    CHECK(world && partition_count <= LOCAL_PARTITIONS_MAX);
    *world = (struct simulated_world){ .rng = { seed }, .lost_once_in = lost_once_in, .partition_count = partition_count };
    world->last = &world->first;
    for (int i = 0; i < partition_count; i++) {
        const struct simulated_partition *from = &partitions[i];
        CHECK(strlen(from->name) < sizeof world->names[i]);
        memcpy(world->names[i], from->name, strlen(from->name) + 1);
        CHECK(slots_shape_init(&world->shapes[i], from->slots, from->nodes, from->slots_per_node, &error));
    }
    return world;
}

void simulated_world_destroy(struct simulated_world *world)
{
    if (!world) return;
    for (struct simulated_job *job = world->first, *next; job; job = next) {
        next = job->next;
        free(job);
    }
    free(world);
}

static struct simulated_job *job_find(const struct simulated_world *world, struct id key)
{
    struct simulated_job *job = world->first;
    while (job && !id_equal(job->key, key)) job = job->next;
    return job;
}

static void job_end(struct simulated_job *job, enum executor_end end, int64_t at_ms)
{
    bool has_run = job->state == SIMULATED_RUNNING && end != END_LOST;
    job->end = (struct executor_event){
        .kind = end == END_LOST ? EXECUTOR_LOST : EXECUTOR_ENDED, .key = job->key, .at_ms = at_ms, .end = end,
        .exit_code = has_run && end != END_COMPLETED, .ran_ms = has_run ? at_ms - job->started_ms : 0, .is_measured = has_run,
        .reason = end == END_LOST ? "the simulated machine lost the job" : NULL,
    };
    if (has_run) job->end.cpu_ms = job->end.ran_ms / 2, job->end.memory_max_bytes = 1 << 20;
    job->state = SIMULATED_ENDED;
}

static void job_start(struct simulated_world *world, struct simulated_job *job, uint64_t slots, int64_t now_ms)
{
    int64_t ran_s = rng_between(&world->rng, 1, job->limit_s + job->grace_s);
    bool is_lost = world->lost_once_in && rng_once_in(&world->rng, world->lost_once_in);
    bool has_failed = rng_once_in(&world->rng, 8);
    job->state = SIMULATED_RUNNING;
    job->slots = slots;
    job->starts++;
    job->started_ms = now_ms;
    job->end_ms = now_ms + ran_s * 1000;
    job->end.end = is_lost ? END_LOST : ran_s > job->limit_s ? END_TIMED_OUT : has_failed ? END_FAILED : END_COMPLETED;
}

static bool simulated_submit(struct executor *executor, const struct executor_job *job, int64_t now_ms, struct error *error)
{
    struct simulated_world *world = world_of(executor);
    struct simulated_job *known = job_find(world, job->key);
    int partition = 0;
    (void)now_ms;
    if (known) {
        known->life = world->life;
        return true;
    }
    while (partition < world->partition_count && !same_text(world->names[partition], job->partition)) partition++;
    if (partition == world->partition_count)
        return error_set(error, ERROR_INPUT, "this system has no partition %.32s", job->partition);
    if (!job_check(job, &world->shapes[partition], error)) return false;
    struct simulated_job *taken = calloc(1, sizeof *taken);
    CHECK(taken);
    *taken = (struct simulated_job){ .key = job->key, .partition = partition, .pieces = job->pieces, .nodes = job->nodes,
                                     .limit_s = job->limit_s, .grace_s = job->grace_s, .life = world->life };
    *world->last = taken;
    world->last = &taken->next;
    return true;
}

static void simulated_cancel(struct executor *executor, struct id key, int64_t now_ms)
{
    struct simulated_world *world = world_of(executor);
    struct simulated_job *job = job_find(world, key);
    if (!job || job->state == SIMULATED_ENDED) return;
    if (job->state == SIMULATED_WAITING) {
        job_end(job, END_CANCELLED, now_ms);
        return;
    }
    int64_t end_ms = now_ms + rng_between(&world->rng, 0, job->grace_s) * 1000;
    if (end_ms >= job->end_ms) return; /* it ends by itself before that */
    job->end_ms = end_ms;
    if (job->end.end != END_LOST) job->end.end = END_CANCELLED;
}

static void slots_busy(const struct simulated_world *world, uint64_t busy[LOCAL_PARTITIONS_MAX])
{
    memset(busy, 0, LOCAL_PARTITIONS_MAX * sizeof *busy);
    for (const struct simulated_job *job = world->first; job; job = job->next)
        if (job->state == SIMULATED_RUNNING) busy[job->partition] |= job->slots;
}

static void jobs_start(struct simulated_world *world, int64_t now_ms)
{
    bool is_held_up[LOCAL_PARTITIONS_MAX] = { false };
    uint64_t busy[LOCAL_PARTITIONS_MAX], slots;
    slots_busy(world, busy);
    for (struct simulated_job *job = world->first; job; job = job->next) {
        if (job->state != SIMULATED_WAITING || is_held_up[job->partition]) continue;
        if (slots_choose(&world->shapes[job->partition], busy[job->partition], job->pieces, job->nodes, &slots)) {
            job_start(world, job, slots, now_ms);
            busy[job->partition] |= slots;
        } else {
            is_held_up[job->partition] = true;
        }
    }
}

static bool start_is_due(const struct simulated_world *world, const struct simulated_job *job)
{
    return job->life == world->life && job->starts && job->start_told != world->life && !job->is_forgotten;
}

static bool end_is_due(const struct simulated_world *world, const struct simulated_job *job)
{
    return job->life == world->life && job->state == SIMULATED_ENDED && job->end_told != world->life && !job->is_forgotten;
}

static int simulated_poll(struct executor *executor, int64_t now_ms, struct executor_event *events, int room)
{
    struct simulated_world *world = world_of(executor);
    int told = 0;
    for (struct simulated_job *job = world->first; job; job = job->next)
        if (job->state == SIMULATED_RUNNING && job->end_ms <= now_ms) job_end(job, job->end.end, job->end_ms);
    jobs_start(world, now_ms);
    for (struct simulated_job *job = world->first; job && told < room; job = job->next) {
        if (start_is_due(world, job)) {
            struct executor_event *event = &events[told++];
            *event = (struct executor_event){ .kind = EXECUTOR_STARTED, .key = job->key, .at_ms = job->started_ms };
            event->slot_count = slots_list(job->slots, event->slots);
            job->start_told = world->life;
        }
        if (told < room && end_is_due(world, job)) {
            events[told++] = job->end;
            job->end_told = world->life;
        }
    }
    world->now_ms = now_ms;
    return told;
}

static void simulated_forget(struct executor *executor, struct id key)
{
    struct simulated_job *job = job_find(world_of(executor), key);
    if (job && job->state == SIMULATED_ENDED) job->is_forgotten = true;
}

static int simulated_state(const struct executor *executor, struct executor_partition_state *states, int room)
{
    const struct simulated_world *world = world_of(executor);
    int count = world->partition_count < room ? world->partition_count : room;
    uint64_t busy[LOCAL_PARTITIONS_MAX];
    slots_busy(world, busy);
    for (int i = 0; i < count; i++) {
        states[i] = (struct executor_partition_state){ .slots = world->shapes[i].slots, .busy = slots_count(busy[i]) };
        memcpy(states[i].name, world->names[i], sizeof states[i].name);
        for (const struct simulated_job *job = world->first; job; job = job->next) {
            if (job->partition != i) continue;
            states[i].waiting_jobs += job->state == SIMULATED_WAITING;
            states[i].running_jobs += job->state == SIMULATED_RUNNING;
        }
    }
    return count;
}

static int simulated_watch_fd(const struct executor *executor)
{
    (void)executor;
    return -1;
}

static void simulated_destroy(struct executor *executor)
{
    struct simulated_world *world = world_of(executor);
    world->last = &world->first;
    while (*world->last) {
        struct simulated_job *job = *world->last;
        if (job->state == SIMULATED_WAITING) {
            *world->last = job->next;
            free(job);
        } else {
            world->last = &job->next;
        }
    }
    free(executor);
}

static const struct executor_operations simulated_operations = {
    .submit = simulated_submit, .cancel = simulated_cancel, .poll = simulated_poll, .forget = simulated_forget,
    .state = simulated_state, .watch_fd = simulated_watch_fd, .destroy = simulated_destroy,
};

struct executor *simulated_create(struct simulated_world *world)
{
    struct simulated *simulated = calloc(1, sizeof *simulated);
    CHECK(simulated);
    *simulated = (struct simulated){ { &simulated_operations }, world };
    world->life++;
    return &simulated->executor;
}

void simulated_world_restart(struct simulated_world *world, int64_t now_ms)
{
    for (struct simulated_job *job = world->first; job; job = job->next) {
        if (job->state != SIMULATED_RUNNING) continue;
        bool was_over = job->end_ms <= now_ms;
        job_end(job, was_over ? job->end.end : END_LOST, was_over ? job->end_ms : now_ms);
    }
}

bool simulated_next_ms(const struct simulated_world *world, int64_t *at_ms)
{
    bool is_found = false;
    uint64_t busy[LOCAL_PARTITIONS_MAX], slots;
    bool is_held_up[LOCAL_PARTITIONS_MAX] = { false };
    slots_busy(world, busy);
    *at_ms = INT64_MAX;
    for (const struct simulated_job *job = world->first; job; job = job->next) {
        int64_t due_ms = INT64_MAX;
        if (start_is_due(world, job) || end_is_due(world, job)) due_ms = world->now_ms;
        else if (job->state == SIMULATED_RUNNING) due_ms = job->end_ms;
        else if (job->state == SIMULATED_WAITING && !is_held_up[job->partition]) {
            if (slots_choose(&world->shapes[job->partition], busy[job->partition], job->pieces, job->nodes, &slots)) due_ms = world->now_ms;
            is_held_up[job->partition] = true;
        }
        is_found = is_found || due_ms != INT64_MAX;
        if (due_ms < *at_ms) *at_ms = due_ms;
    }
    return is_found;
}

int simulated_starts(const struct simulated_world *world, struct id key)
{
    const struct simulated_job *job = job_find(world, key);
    return job ? job->starts : 0;
}

int simulated_starts_max(const struct simulated_world *world)
{
    int most = 0;
    for (const struct simulated_job *job = world->first; job; job = job->next)
        if (job->starts > most) most = job->starts;
    return most;
}
