/* SPDX-License-Identifier: EUPL-1.2 */
/* observe.c - what agents tell of jobs: started, ended, refused, a stream is complete.
 *
 * Agents repeat and restart, so a late "started" is no news. What contradicts what is known is counted and kept apart as an
 * event; it never moves the ledger. */
#include "core/command.h"
#include "core/jobs/observation.h"
#include "core/jobs/settle.h"
#include "core/rules.h"

#include <string.h>

/* A site's clock may be off; by more than a day it would spoil the estimates of when its jobs end. */
#define CLOCK_AHEAD_MAX_MS ((int64_t)86400 * 1000)

static char *stream_payload(const struct stream *stream, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "name", stream->name);
    json_number_field(&writer, "size_bytes", stream->size_bytes);
    json_text_field(&writer, "hash", stream->hash);
    json_close(&writer, '}');
    return out.bytes;
}

static char *start_payload(const struct job_start *start, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_number_field(&writer, "at_ms", start->at_ms);
    json_text_field(&writer, "slots", start->slots);
    json_close(&writer, '}');
    return out.bytes;
}

void job_start_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct job_start *body = command->body;
    struct agent agent;
    if (!observation_is_new(body->journal, body->number, facts, &agent, outcome)) return;
    if (!facts->job || facts->job->state == JOB_HELD) {
        observation_quarantine("job.start", body->job, facts->job ? "nobody asked for its start" : "no such job at this system", &agent, outcome);
        return;
    }
    if (body->at_ms > facts->now_ms + CLOCK_AHEAD_MAX_MS) { /* the end will come all the same, and be counted */
        observation_quarantine("job.start", body->job, "it lies in the future", &agent, outcome);
        return;
    }
    outcome_put(outcome, &agent_shape, &agent);
    if (facts->job->state != JOB_WAITING) return;
    struct job job = *facts->job;
    job.state = JOB_RUNNING;
    job.started_ms = body->at_ms;
    outcome_put(outcome, &job_shape, &job);
    outcome_event(outcome, "job.started", job.id, outcome_scope(outcome, "project", job.project),
                  start_payload(body, outcome->arena));
}

void job_end_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct job_ended *body = command->body;
    struct agent agent;
    if (!observation_is_new(body->journal, body->number, facts, &agent, outcome)) return;
    if (!facts->job || facts->job->state == JOB_ENDED || facts->job->state == JOB_HELD) {
        observation_quarantine("job.end", body->job, facts->job ? "the job doesn't run" : "no such job at this system", &agent, outcome);
        return;
    }
    struct job job = *facts->job;
    job.ended_as = observation_end(body->end);
    job.exit_code = body->exit_code;
    job.signal = body->signal;
    job.ran_ms = body->ran_ms;
    job.cpu_ms = body->cpu_ms;
    job.memory_max_bytes = body->memory_max_bytes;
    job.reason = body->reason;
    job.ended_ms = body->at_ms;
    int64_t seconds = body->ran_ms / 1000 + (body->ran_ms % 1000 != 0), measured = 0; /* begun seconds count */
    bool post = body->end != OBSERVED_LOST && body->ran_ms > 0;
    if (__builtin_mul_overflow(job.pieces, seconds, &measured) || measured > NUMBER_MAX) measured = NUMBER_MAX; /* posted up to the hold; the event shows it */
    outcome_put(outcome, &agent_shape, &agent);
    job_settle(&job, post, measured, facts, outcome);
}

void job_refuse_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct job_refuse *body = command->body;
    struct agent agent;
    if (!observation_is_new(body->journal, body->number, facts, &agent, outcome)) return;
    if (!facts->job || facts->job->state != JOB_WAITING) {
        observation_quarantine("job.refuse", body->job, facts->job ? "the job doesn't wait" : "no such job at this system", &agent, outcome);
        return;
    }
    struct job job = *facts->job;
    job.ended_as = JOB_END_REFUSED;
    job.reason = body->reason;
    outcome_put(outcome, &agent_shape, &agent);
    job_settle(&job, false, 0, facts, outcome);
}

void stream_end_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct stream_end *body = command->body;
    unsigned char hash[HASH_BYTES];
    struct agent agent;
    if (!observation_is_new(body->journal, body->number, facts, &agent, outcome)) return;
    if (!facts->job || facts->stream || !hex_parse(body->hash, hash, sizeof hash)) {
        observation_quarantine("stream.end", body->job, facts->stream ? "that stream has ended already" : "no such job at this system, or no hash", &agent, outcome);
        return;
    }
    struct stream stream = { .job = body->job, .name = body->name, .project = facts->job->project, .size_bytes = body->size_bytes, .hash = body->hash,
                             .ended_ms = facts->now_ms };
    outcome_put(outcome, &agent_shape, &agent);
    outcome_add(outcome, &stream_shape, &stream);
    /* a file's name may be personal, so it stays in the row; the event commits to it */
    stream.name = strcmp(body->name, "log") == 0 || strcmp(body->name, "error") == 0 ? body->name : "out";
    outcome_event(outcome, "stream.ended", stream.job, outcome_scope(outcome, "project", stream.project), stream_payload(&stream, outcome->arena));
}
