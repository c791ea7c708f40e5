/* SPDX-License-Identifier: EUPL-1.2 */
/* local_job.c - the folder decides, memory follows: every step begins with what stands on disk (job_folder.c has the
 * table), so a step that was cut short by a kill is found and finished by the next look. */
#include "executor/local_job.h"

#include "executor/job_environment.h"
#include "executor/keeper.h"
#include "executor/process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRY_AGAIN_MS = 1000 };

static struct local_job **bucket_of(struct local_jobs *jobs, struct id key)
{
    return &jobs->buckets[text_bucket(key.text, countof(jobs->buckets))];
}

struct local_job *local_jobs_find(struct local_jobs *jobs, struct id key)
{
    struct local_job *job = *bucket_of(jobs, key);
    while (job && !id_equal(job->key, key)) job = job->same_bucket;
    return job;
}

struct local_job *local_jobs_add(struct local_jobs *jobs, struct id key, const char *folder)
{
    struct local_job *job = calloc(1, sizeof *job), **bucket = bucket_of(jobs, key);
    char *copy = strdup(folder);
    CHECK(job && copy);
    *job = (struct local_job){ .key = key, .folder = copy, .watch = -1, .partition = -1,
                               .same_bucket = *bucket, .previous = jobs->last };
    *bucket = job;
    *(jobs->last ? &jobs->last->next : &jobs->first) = job;
    jobs->last = job;
    jobs->count++;
    return job;
}

void local_jobs_drop(struct local_jobs *jobs, struct local_job *job)
{
    struct local_job **at = bucket_of(jobs, job->key);
    while (*at != job) at = &(*at)->same_bucket;
    *at = job->same_bucket;
    *(job->previous ? &job->previous->next : &jobs->first) = job->next;
    *(job->next ? &job->next->previous : &jobs->last) = job->previous;
    jobs->count--;
    free(job->folder);
    free(job);
}

bool local_job_is_active(const struct local_job *job)
{
    return job->state == LOCAL_STARTING || job->state == LOCAL_RUNNING;
}

bool local_job_settle(struct local_job *job, enum executor_end end, enum job_reason reason, int64_t now_ms)
{
    struct error error;
    int folder = job_folder_open(job->folder, &error);
    if (folder < 0) return false;
    int lock = job_folder_lock(folder, "keeper.lock");
    struct job_status status = { .end = end, .reason = reason, .at_ms = now_ms };
    bool is_settled = lock >= 0 && !job_folder_has(folder, "claim") && !job_folder_has(folder, "status") &&
                      job_status_save(folder, &status, &error);
    if (is_settled) {
        job->state = LOCAL_ENDED;
        job->status = status;
    }
    if (lock >= 0) close(lock);
    close(folder);
    return is_settled;
}

/* Lost is said only when nothing of the job is left: whoever still holds job.lock is ended first, and looked for again. */
static void orphan_settle(int folder, int64_t now_ms)
{
    struct error error;
    int keeper_lock = job_folder_lock(folder, "keeper.lock");
    if (keeper_lock < 0) return;
    int job_lock = job_folder_lock(folder, "job.lock");
    if (job_lock < 0) {
        process_kill_holders(folder, "job.lock");
    } else {
        bool is_same_boot = job_folder_claimed_in_this_boot(folder);
        struct job_status status = { .end = END_LOST, .at_ms = now_ms,
                                     .reason = is_same_boot ? REASON_KEEPER_GONE : REASON_RESTARTED };
        job_status_save(folder, &status, &error); /* if the disk refuses, the next look tries again */
        close(job_lock);
    }
    close(keeper_lock);
}

static void start_find(struct local_job *job, int folder)
{
    struct job_start start;
    struct error error;
    if (job->has_started || !job_start_load(folder, &start, &error)) return;
    job->has_started = true;
    job->started_at_ms = start.at_ms;
}

static void end_find(struct local_job *job, int folder, int64_t now_ms)
{
    struct error error;
    if (!job_status_load(folder, &job->status, &error))
        job->status = (struct job_status){ .end = END_LOST, .reason = REASON_UNREADABLE, .at_ms = now_ms };
    start_find(job, folder);
    job->state = LOCAL_ENDED;
}

/* A keeper that died before it claimed: nothing ran. */
static void start_failed(struct local_job *job, int64_t now_ms)
{
    job->slots = 0;
    job->state = LOCAL_WAITING;
    job->try_again_ms = now_ms + TRY_AGAIN_MS;
    if (++job->tries >= START_TRIES_MAX) local_job_settle(job, END_LOST, REASON_NOT_STARTED, now_ms);
}

void local_job_look(struct local_job *job, int64_t now_ms)
{
    struct error error;
    int folder = job_folder_open(job->folder, &error);
    if (folder < 0) return; /* a store that is away for a moment: running is what was last known */
    enum job_phase phase = job_folder_phase(folder);
    if (phase == JOB_ORPHANED) {
        orphan_settle(folder, now_ms);
        phase = job_folder_phase(folder);
    }
    if (phase == JOB_RUNNING) start_find(job, folder);
    if (phase == JOB_ENDED) end_find(job, folder, now_ms);
    else if (phase == JOB_NEW) start_failed(job, now_ms);
    else job->state = phase == JOB_RUNNING && job->has_started ? LOCAL_RUNNING : LOCAL_STARTING;
    close(folder);
}

/* The plan of the submission, with the slots that are known only now. Under the lock. */
static bool plan_complete(int folder, uint64_t slots, bool has_accelerators, struct error *error)
{
    struct arena arena;
    struct job_plan plan;
    arena_init(&arena, RECORD_ARENA_BYTES);
    bool is_saved = job_plan_load(folder, &arena, &plan, error);
    if (is_saved) {
        plan.slots = slots;
        job_environment_add_slots(&plan, &arena, slots, has_accelerators);
        is_saved = job_plan_save(folder, &plan, FILE_DURABLE, error);
    }
    arena_finish(&arena);
    return is_saved;
}

bool local_job_start(struct local_job *job, const char *program, uint64_t slots, bool has_accelerators, int64_t now_ms)
{
    struct error error;
    int folder = job_folder_open(job->folder, &error);
    int lock = folder >= 0 ? job_folder_lock(folder, "keeper.lock") : -1;
    bool is_new = lock >= 0 && !job_folder_has(folder, "claim") && !job_folder_has(folder, "status");
    bool is_started = is_new && plan_complete(folder, slots, has_accelerators, &error) &&
                      keeper_start(program, job->folder, lock, &error);
    if (lock >= 0) close(lock);
    if (folder >= 0) close(folder);
    if (is_started) {
        job->state = LOCAL_STARTING;
        job->slots = slots;
    } else if (lock >= 0 && !is_new) {
        local_job_look(job, now_ms);
    } else {
        start_failed(job, now_ms);
    }
    return is_started;
}
