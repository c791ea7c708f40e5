/* SPDX-License-Identifier: EUPL-1.2 */
/* site_jobs.c - what is under way for each job, one work at a time, in turns of the loop.
 *
 * A turn does a little and either ends the work, sends one request, or asks for another turn. A new work for a job drops the
 * old one: the machine has moved on. What needs the server waits for it without end; what needs a lane waits for a lane, so
 * that a thousand jobs don't open a thousand files and connections. */
#include "agent/site_internal.h"

#include "agent/files.h"
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORK_BYTES = 16 * 1024 * 1024 };

static const int lane_limits[LANE_COUNT] = { [LANE_BULK] = SITE_BULK_LANES, [LANE_LOG] = SITE_LOG_LANES };

/* ---- queues and lanes ---- */

static void queue_leave(struct site_job *job)
{
    if (!job->queue) return;
    *(job->queue_previous ? &job->queue_previous->queue_next : &job->queue->first) = job->queue_next;
    *(job->queue_next ? &job->queue_next->queue_previous : &job->queue->last) = job->queue_previous;
    job->queue = NULL;
    job->queue_next = job->queue_previous = NULL;
}

static void queue_join(struct site_job *job, struct site_queue *queue)
{
    queue_leave(job);
    job->queue = queue;
    job->queue_previous = queue->last;
    *(queue->last ? &queue->last->queue_next : &queue->first) = job;
    queue->last = job;
}

void job_again(struct site_job *job, int64_t delay_ms)
{
    struct site *site = job->site;
    if (delay_ms > 0) {
        queue_leave(job);
        loop_timer_set(site->loop, &job->timer, delay_ms, 0);
        return;
    }
    loop_timer_cancel(&job->timer);
    queue_join(job, &site->ready);
    loop_timer_set(site->loop, &site->turns, 0, 0);
}

void job_again_later(struct site_job *job, const char *why)
{
    const struct site_pace *pace = &job->site->pace;
    job->pause_ms = job->pause_ms ? job->pause_ms * 2 : pace->reconnect_min_ms;
    if (job->pause_ms > pace->reconnect_max_ms) job->pause_ms = pace->reconnect_max_ms;
    site_log(job->site, "warn", "job-work-failed", "job=%s why=\"%s\" again_ms=%lld", job->id.text, why, (long long)job->pause_ms);
    job_again(job, job->pause_ms);
}

/* Also where none was held: a job that was woken for a lane may be dropped before it takes it. */
static void lane_free(struct site_job *job)
{
    struct site *site = job->site;
    if (job->has_lane) site->lanes[job->lane]--;
    job->has_lane = false;
    for (enum site_lane lane = 0; lane < LANE_COUNT; lane++)
        if (site->lanes[lane] < lane_limits[lane] && site->for_lane[lane].first) job_again(site->for_lane[lane].first, 0);
}

/* Has, or now gets, one of so many; else the turn comes again when one is free. */
static bool lane_take(struct site_job *job, enum site_lane lane)
{
    if (job->has_lane) return true;
    job->has_lane = job->site->lanes[lane] < lane_limits[lane];
    job->lane = lane;
    if (job->has_lane) job->site->lanes[lane]++;
    else queue_join(job, &job->site->for_lane[lane]);
    return job->has_lane;
}

bool job_may_send(struct site_job *job, enum site_lane lane)
{
    if (job->site->session.stream) return lane_take(job, lane);
    lane_free(job);
    queue_join(job, &job->site->for_server);
    return false;
}

void job_sent(struct site_job *job)
{
    job->exchange = NULL;
    lane_free(job);
}

void jobs_wake(struct site *site)
{
    while (site->for_server.first) job_again(site->for_server.first, 0);
}

/* ---- turns ---- */

static void start_turn(struct site_job *job)
{
    struct site *site = job->site;
    struct agent_job asked;
    struct error error;
    char folder[sizeof site->home + ID_MAX + 16];
    bool found;
    arena_reset(&job->arena);
    if (!agent_machine_job(site->machine, job->id, &job->arena, &asked, &found, &error)) {
        site_is_broken(site, &error);
        return;
    }
    if (!found || asked.stage > STAGE_STARTED) {
        job_end(job);
        return;
    }
    snprintf(folder, sizeof folder, "%s/jobs/%s", site->home, job->id.text);
    asked.executor_job.folder = folder;
    bool is_taken = site->executor->operations->submit(site->executor, &asked.executor_job, clock_now_ms(), &error);
    if (is_taken && asked.cancel_asked) site->executor->operations->cancel(site->executor, job->id, clock_now_ms());
    if (is_taken) {
        site_poll_soon(site);
        session_state_soon(site);
        job_end(job); /* its log is followed once it has started */
    } else if (error.code == ERROR_IO || error.code == ERROR_FULL || error.code == ERROR_BUSY) {
        job_again_later(job, error.text); /* of the moment, not of the job */
    } else {
        struct id id = job->id;
        job_end(job);
        site_input(site, &(struct agent_input){ .kind = AGENT_REFUSED, .job = id, .words = error.text });
    }
}

static void collect_turn(struct site_job *job)
{
    struct site *site = job->site;
    struct agent_input input = { .kind = AGENT_COLLECTED, .job = job->id };
    struct error error;
    if (!lane_take(job, LANE_BULK)) return;
    if (!job->collection && !(job->collection = collection_create(site->jobs_folder, job->id, &error))) {
        lane_free(job);
        job_again_later(job, error.text);
        return;
    }
    if (!collection_step(job->collection)) {
        job_again(job, 0);
        return;
    }
    input.streams = collection_streams(job->collection, &input.stream_count, &input.left_out);
    site_log(site, "info", "job-collected", "job=%s streams=%d left_out=%lld", job->id.text, input.stream_count, (long long)input.left_out);
    struct collection *collection = job->collection; /* its texts are in the input */
    job->collection = NULL;
    job_end(job);
    site_input(site, &input);
    collection_destroy(collection);
}

static void remove_turn(struct site_job *job)
{
    struct site *site = job->site;
    struct agent_input input = { .kind = AGENT_FORGOTTEN, .job = job->id };
    if (!files_remove(site->jobs_folder, job->id.text, REMOVE_SLICE)) {
        if (job->tries++ < COLLECT_ENTRIES / REMOVE_SLICE * 10) job_again(job, 1);
        else job_again_later(job, "its folder can't be removed");
        return;
    }
    job_end(job);
    site_log(site, "info", "job-settled", "job=%s", input.job.text);
    site_input(site, &input);
}

static void turn(struct site_job *job)
{
    switch (job->work) {
    case WORK_FETCH: fetch_turn(job); return;
    case WORK_START: start_turn(job); return;
    case WORK_FOLLOW: follow_turn(job); return;
    case WORK_COLLECT: collect_turn(job); return;
    case WORK_UPLOAD: upload_turn(job); return;
    case WORK_REMOVE: remove_turn(job); return;
    }
}

void jobs_turns(void *context)
{
    struct site *site = context;
    for (int i = 0; i < SITE_TURNS && site->ready.first && !site->is_broken; i++) {
        struct site_job *job = site->ready.first;
        queue_leave(job);
        turn(job);
    }
    if (site->ready.first && !site->is_broken) loop_timer_set(site->loop, &site->turns, 0, 0);
}

static void on_pause_over(void *context) { job_again(context, 0); }

/* ---- begin and end ---- */

static void close_file(int *file)
{
    if (*file >= 0) close(*file);
    *file = -1;
}

/* Drops what is under way; the node stays. */
static void work_drop(struct site_job *job)
{
    loop_timer_cancel(&job->timer);
    if (job->exchange) http_exchange_cancel(job->exchange);
    job->exchange = NULL;
    queue_leave(job);
    lane_free(job);
    close_file(&job->folder);
    close_file(&job->work_folder);
    close_file(&job->part);
    collection_destroy(job->collection);
    job->collection = NULL;
    job->streams = NULL;
    job->stream_count = job->stream = job->tries = 0;
    job->pause_ms = 0;
    arena_reset(&job->arena);
}

static struct site_job **bucket_of(struct site *site, struct id id)
{
    return &site->jobs[text_bucket(id.text, SITE_JOB_BUCKETS)];
}

static struct site_job *job_add(struct site *site, struct id id, struct site_job **bucket)
{
    struct site_job *job = calloc(1, sizeof *job);
    CHECK(job);
    *job = (struct site_job){ .site = site, .id = id, .next = *bucket, .link = bucket, .folder = -1, .work_folder = -1, .part = -1 };
    job->timer = (struct loop_timer){ .callback = on_pause_over, .context = job };
    arena_init(&job->arena, WORK_BYTES);
    if (job->next) job->next->link = &job->next;
    return *bucket = job;
}

void job_begin(struct site *site, struct id id, enum site_work work)
{
    struct site_job **bucket = bucket_of(site, id), *job = *bucket;
    while (job && !id_equal(job->id, id)) job = job->next;
    if (job) work_drop(job);
    else job = job_add(site, id, bucket);
    job->work = work;
    job->files_done = -2;
    job_again(job, 0);
}

void job_end(struct site_job *job)
{
    work_drop(job);
    arena_finish(&job->arena);
    if (job->next) job->next->link = job->link;
    *job->link = job->next;
    free(job);
}

void jobs_end(struct site *site)
{
    loop_timer_cancel(&site->turns);
    for (int i = 0; i < SITE_JOB_BUCKETS; i++)
        while (site->jobs[i]) job_end(site->jobs[i]);
}
