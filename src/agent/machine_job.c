/* SPDX-License-Identifier: EUPL-1.2 */
/* machine_job.c - a job's way through the site: taken, fetched, started, ended, collected, recorded, settled; or refused.
 *
 * Each function moves a job from one stage to the next and says what is to be done for the one after. An input that doesn't
 * fit the stage is old news (told again after a restart) and ignored. Only the first `fetched` and what follows is given to
 * the executor, and only the executor says how a job ended, but for one that it never had. */
#include "agent/machine_internal.h"

#include <string.h>

/* The job of the input, or of an event; *found is false where the journal has none in a stage from first to last. */
static bool find_in(struct step *step, struct id id, enum journal_stage first, enum journal_stage last, struct journal_job *job, bool *found)
{
    if (!journal_job_find(step->machine->journal, id, step->arena, job, found, step->error)) return false;
    if (*found && (job->stage < first || job->stage > last)) *found = false;
    return true;
}

static bool put(struct step *step, struct journal_job *job, enum journal_stage stage)
{
    job->stage = stage;
    return journal_job_put(step->machine->journal, job, step->error);
}

static bool move(struct step *step, struct journal_job *job, enum journal_stage stage, enum agent_output_kind next)
{
    step_output(step, next, job->id);
    return put(step, job, stage);
}

static bool refuse_job(struct step *step, struct journal_job *job, const char *words)
{
    struct job_refuse refuse = { .job = job->id, .reason = step_words(step, words) };
    if (!step_observe(step, COMMAND_JOB_REFUSE, &refuse)) return false;
    job->last = step->machine->mark.made;
    return put(step, job, STAGE_REFUSED);
}

/* An event of our own, for a job that the executor doesn't have. */
static bool end_job(struct step *step, struct journal_job *job, const struct executor_event *event)
{
    static const enum observed_end ends[] = { [END_COMPLETED] = OBSERVED_COMPLETED, [END_FAILED] = OBSERVED_FAILED, [END_TIMED_OUT] = OBSERVED_TIMED_OUT,
                                              [END_CANCELLED] = OBSERVED_CANCELLED, [END_LOST] = OBSERVED_LOST };
    job->ended_as = event->kind == EXECUTOR_LOST ? OBSERVED_LOST : ends[event->end];
    job->ended_ms = event->at_ms > 0 ? event->at_ms : step->now_ms;
    job->exit_code = event->exit_code & 255;
    job->signal = event->signal & 127;
    job->ran_ms = event->ran_ms > 0 ? event->ran_ms : 0;
    job->cpu_ms = event->cpu_ms > 0 ? event->cpu_ms : 0;
    job->memory_max_bytes = event->memory_max_bytes > 0 ? event->memory_max_bytes : 0;
    struct job_ended ended = {
        .job = job->id, .at_ms = job->ended_ms, .end = job->ended_as, .exit_code = job->exit_code, .signal = job->signal, .ran_ms = job->ran_ms,
        .cpu_ms = job->cpu_ms, .memory_max_bytes = job->memory_max_bytes, .reason = event->reason ? step_words(step, event->reason) : NULL,
    };
    return step_observe(step, COMMAND_JOB_END, &ended) && move(step, job, STAGE_ENDED, AGENT_COLLECT);
}

static bool cancel_before_start(struct step *step, struct journal_job *job)
{
    return end_job(step, job, &(struct executor_event){ .kind = EXECUTOR_ENDED, .end = END_CANCELLED });
}

/* ---- instructions ---- */

static bool job_add(struct step *step, const struct v1_instruction *start, struct journal_job *job, bool *is_new)
{
    bool found;
    if (!journal_job_find(step->machine->journal, start->job, step->arena, job, &found, step->error)) return false;
    *is_new = !found;
    if (found) step_alarm(step, "instruction %lld starts job %s again: ignored", (long long)start->number, start->job.text);
    else *job = (struct journal_job){ .id = start->job, .number = start->number, .expires_ms = start->expires_ms, .body = step->input->body };
    return true;
}

bool job_take_refused(struct step *step, const struct v1_instruction *start, const char *words)
{
    struct journal_job job;
    bool is_new;
    return job_add(step, start, &job, &is_new) && (!is_new || refuse_job(step, &job, words));
}

bool job_take(struct step *step, const struct v1_instruction *start)
{
    struct journal *journal = step->machine->journal;
    struct journal_job job;
    bool is_new;
    int64_t jobs_today;
    if (!journal_day_count(journal, step->now_ms, &jobs_today, step->error)) return false;
    const char *words = agent_policy_refuses(step->machine->options.policy, start, jobs_today, step->arena);
    if (start->expires_ms < step->now_ms) {
        step_alarm(step, "instruction %lld for job %s has expired: not started", (long long)start->number, start->job.text);
        words = "the instruction to start it came after its expiry";
    }
    if (words) return job_take_refused(step, start, words);
    if (!job_add(step, start, &job, &is_new) || (is_new && !journal_day_add(journal, step->now_ms, step->error))) return false;
    return !is_new || move(step, &job, STAGE_TAKEN, AGENT_FETCH);
}

/* Nobody here knows whether it ran. Should it run now, it is ended; what it did isn't counted. */
bool job_take_unsure(struct step *step, struct id job)
{
    struct job_ended lost = { .job = job, .at_ms = step->now_ms, .end = OBSERVED_LOST, .reason = "the site's journal was lost; whether the job ran isn't known" };
    step_output(step, AGENT_CANCEL, job);
    return step_observe(step, COMMAND_JOB_END, &lost);
}

bool job_cancel(struct step *step, struct id id)
{
    struct journal_job job;
    bool found;
    if (!find_in(step, id, STAGE_TAKEN, STAGE_STARTED, &job, &found)) return false;
    if (!found) return true; /* unknown here, or over */
    if (job.stage == STAGE_TAKEN) return cancel_before_start(step, &job);
    job.cancel_asked = true;
    return move(step, &job, job.stage, AGENT_CANCEL);
}

/* ---- what the shell and the executor tell ---- */

bool step_fetched(struct step *step)
{
    struct journal_job job;
    bool found;
    if (!find_in(step, step->input->job, STAGE_TAKEN, STAGE_TAKEN, &job, &found)) return false;
    if (!found) return true;
    if (step->input->words) return refuse_job(step, &job, step->input->words);
    if (job.expires_ms < step->now_ms) return refuse_job(step, &job, "its instruction expired before its files were here");
    return move(step, &job, STAGE_FETCHED, AGENT_START);
}

bool step_refused(struct step *step)
{
    struct journal_job job;
    bool found;
    if (!find_in(step, step->input->job, STAGE_FETCHED, STAGE_STARTED, &job, &found)) return false;
    if (!found) return true;
    if (job.stage == STAGE_FETCHED) return refuse_job(step, &job, step->input->words);
    return end_job(step, &job, &(struct executor_event){ .kind = EXECUTOR_LOST, .end = END_LOST, .reason = step->input->words });
}

static bool start_job(struct step *step, struct journal_job *job, const struct executor_event *event)
{
    struct text slots;
    text_init(&slots, step->arena);
    for (int i = 0; i < event->slot_count; i++) text_add_format(&slots, "%s%d", i ? "," : "", event->slots[i]);
    job->started_ms = event->at_ms > 0 ? event->at_ms : step->now_ms;
    struct job_start start = { .job = job->id, .at_ms = job->started_ms, .slots = slots.bytes };
    return step_observe(step, COMMAND_JOB_START, &start) && put(step, job, STAGE_STARTED);
}

bool step_executed(struct step *step)
{
    const struct executor_event *event = step->input->event;
    struct journal_job job;
    bool found;
    if (!find_in(step, event->key, STAGE_FETCHED, STAGE_STARTED, &job, &found)) return false;
    if (!found) return true;
    if (event->kind != EXECUTOR_STARTED) return end_job(step, &job, event);
    return job.stage == STAGE_STARTED || start_job(step, &job, event);
}

bool step_collected(struct step *step)
{
    const struct agent_input *input = step->input;
    struct journal_job job;
    bool found;
    CHECK(input->stream_count <= AGENT_STREAMS);
    if (!find_in(step, input->job, STAGE_ENDED, STAGE_ENDED, &job, &found)) return false;
    if (!found) return true;
    for (int i = 0; i < input->stream_count; i++) {
        const struct agent_stream *stream = &input->streams[i];
        struct journal_stream row = { .job = job.id, .name = stream->name, .size_bytes = stream->size_bytes, .hash = stream->hash };
        if (!journal_stream_put(step->machine->journal, &row, step->error)) return false;
    }
    job.left_out = input->left_out;
    return move(step, &job, STAGE_COLLECTED, AGENT_UPLOAD);
}

/* ---- the record ---- */

static void record_fill_streams(struct record_facts *facts, const struct journal_streams *streams, struct arena *arena)
{
    struct record_output *outputs = arena_take(arena, sizeof *outputs * (size_t)(streams->count + 1));
    for (int i = 0; i < streams->count; i++) {
        const struct journal_stream *stream = &streams->items[i];
        struct hash hash;
        CHECK(hex_parse(stream->hash, hash.bytes, HASH_BYTES));
        if (same_text(stream->name, "log")) {
            facts->has_log = true;
            facts->log_size_bytes = stream->size_bytes;
            facts->log = hash;
        } else if (strncmp(stream->name, "out/", 4) == 0) {
            outputs[facts->output_count++] = (struct record_output){ stream->name + 4, stream->size_bytes, hash };
        }
    }
    facts->outputs = outputs;
}

static bool observe_record(struct step *step, const struct journal_job *job, const struct journal_streams *streams)
{
    const struct agent_machine_options *options = &step->machine->options;
    const struct agent_policy *policy = options->policy;
    struct v1_instruction start;
    struct json_fault fault;
    CHECK(v1_instruction_parse(job->body, strlen(job->body), step->arena, &start, &fault));
    struct record_facts facts = {
        .job = job->id, .project = start.project, .number = start.job_number, .system = policy->system, .agent = policy->agent, .demo = start.demo,
        .name = start.name, .outputs_left_out = job->left_out, .folder = start.folder, .submitted_ms = start.submitted_ms, .started_ms = job->started_ms, .ended_ms = job->ended_ms,
        .ran_ms = job->ran_ms, .pieces = start.pieces, .peak_gflops = start.peak_gflops, .end = job->ended_as, .exit_code = job->exit_code,
        .signal = job->signal, .cpu_ms = job->cpu_ms, .memory_max_bytes = job->memory_max_bytes, .sandbox = options->sandbox,
    };
    facts.partition = id_from(arena_format(step->arena, "%.*s", ID_MAX, arena_format(step->arena, "%s/%s", policy->system.text, start.partition)));
    CHECK(hex_parse(start.script, facts.script.bytes, HASH_BYTES));
    record_fill_streams(&facts, streams, step->arena);
    char signature[SIGNATURE_HEX + 1];
    struct job_record_add record = { .job = job->id, .body = record_format(&facts, step->arena), .signature = signature };
    record_sign(record.body, options->key, signature);
    return step_observe(step, COMMAND_JOB_RECORD, &record);
}

bool step_uploaded(struct step *step)
{
    struct journal_job job;
    struct journal_streams streams;
    bool found;
    if (!find_in(step, step->input->job, STAGE_COLLECTED, STAGE_COLLECTED, &job, &found)) return false;
    if (!found) return true;
    if (!journal_streams_of(step->machine->journal, job.id, step->arena, &streams, step->error)) return false;
    for (int i = 0; i < streams.count; i++) {
        const struct journal_stream *stream = &streams.items[i];
        struct stream_end end = { .job = job.id, .name = stream->name, .size_bytes = stream->size_bytes, .hash = stream->hash };
        if (!step_observe(step, COMMAND_STREAM_END, &end)) return false;
    }
    if (!observe_record(step, &job, &streams)) return false;
    job.last = step->machine->mark.made;
    return put(step, &job, STAGE_RECORDED);
}

/* ---- the end ---- */

bool job_settle_told(struct step *step)
{
    struct journal_entries told;
    struct journal_job job;
    bool found;
    if (!journal_jobs_told(step->machine->journal, step->machine->mark.observed, step->arena, &told, step->error)) return false;
    for (int i = 0; i < told.count; i++) {
        if (!find_in(step, told.items[i].id, STAGE_RECORDED, STAGE_REFUSED, &job, &found)) return false;
        if (found && !move(step, &job, STAGE_SETTLED, AGENT_FORGET)) return false;
    }
    return true;
}

bool step_forgotten(struct step *step)
{
    struct journal_job job;
    bool found;
    if (!find_in(step, step->input->job, STAGE_SETTLED, STAGE_SETTLED, &job, &found)) return false;
    return !found || journal_job_drop(step->machine->journal, job.id, step->error);
}

bool step_ticked(struct step *step)
{
    struct journal_entries expired;
    struct journal_job job;
    bool found;
    if (!journal_jobs_expired(step->machine->journal, step->now_ms, step->arena, &expired, step->error)) return false;
    for (int i = 0; i < expired.count; i++) {
        if (!find_in(step, expired.items[i].id, STAGE_TAKEN, STAGE_TAKEN, &job, &found)) return false;
        if (found && !refuse_job(step, &job, "its instruction expired before its files were here")) return false;
    }
    return true;
}

/* What an earlier life may have begun is asked for again. */
bool step_begun(struct step *step)
{
    static const enum agent_output_kind again[] = { [STAGE_TAKEN] = AGENT_FETCH, [STAGE_FETCHED] = AGENT_START, [STAGE_STARTED] = AGENT_START,
                                                    [STAGE_ENDED] = AGENT_COLLECT, [STAGE_COLLECTED] = AGENT_UPLOAD, [STAGE_SETTLED] = AGENT_FORGET };
    struct journal_entries all;
    if (!journal_jobs_all(step->machine->journal, step->arena, &all, step->error)) return false;
    for (int i = 0; i < all.count; i++) {
        enum journal_stage stage = all.items[i].stage;
        if (stage == STAGE_RECORDED || stage == STAGE_REFUSED) continue; /* their observations wait, no more */
        step_output(step, again[stage], all.items[i].id);
        if (again[stage] == AGENT_START && all.items[i].cancel_asked) step_output(step, AGENT_CANCEL, all.items[i].id);
    }
    return true;
}
