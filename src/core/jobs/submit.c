/* SPDX-License-Identifier: EUPL-1.2 */
/* submit.c - job.submit: a script becomes a job, or an array of jobs, each with its own hold, placed where the broker's
 * advice says. Advice is checked again against what must hold now: open, big enough, awarded, paid. */
#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/jobs/instruct.h"
#include "core/jobs/placement_kept.h"
#include "core/jobs/submission.h"
#include "core/ledger/ledger.h"
#include "core/rules.h"

#include <string.h>

enum { SUBMISSION_TEXT_MAX = 4 * 1024 * 1024 }; /* arguments and environment of all jobs: a command's memory holds them four times */

/* How many jobs of this kind one submission may become: each has arguments and environment of its own in its plan. */
static int64_t array_limit(const struct job_request *request)
{
    size_t bytes = 1;
    for (int i = 0; i < request->arguments.count; i++) bytes += strlen(request->arguments.items[i]);
    for (int i = 0; i < request->environment.count; i++) bytes += strlen(request->environment.items[i]);
    int64_t limit = SUBMISSION_TEXT_MAX / (int64_t)bytes;
    return limit < ARRAY_MAX ? limit : ARRAY_MAX;
}

/* In a list of its own a job stands once: of two conditions on it, one would be lost. */
static struct refusal waits_refusal(const struct job_request *request, const struct facts *facts)
{
    for (int i = 0; i < request->wait_count; i++) {
        if (!facts->dependency_jobs[i]) return refuse(REFUSAL_DEPENDENCY_NOT_FOUND, argument_name(request->waits[i].job));
        for (int j = 0; j < i; j++)
            if (id_equal(facts->dependency_jobs[i]->id, facts->dependency_jobs[j]->id) && request->waits[i].kind != request->waits[j].kind)
                return refuse(REFUSAL_OPTION_CONFLICT, argument_name(word_name(&dependency_kind_words, (int)request->waits[j].kind)),
                              argument_name(word_name(&dependency_kind_words, (int)request->waits[i].kind)));
    }
    return refusal_none;
}

static struct refusal submit_refusal(const struct job_submission *body, const struct facts *facts, int64_t jobs, int64_t limit_s)
{
    const struct job_request *request = &body->request;
    const struct partition *partition = facts->partition;
    if (!facts->project->open) return refuse(REFUSAL_PROJECT_CLOSED, argument_name(facts->project->name));
    if (facts->project->live_jobs + jobs > LIVE_JOBS_MAX) return refuse(REFUSAL_TOO_MANY_LIVE_JOBS, argument_count(LIVE_JOBS_MAX));
    if (jobs > array_limit(request)) return refuse(REFUSAL_ARRAY_TOO_LARGE, argument_count(jobs), argument_count(array_limit(request)));
    if (body->submit.folder && !facts->folder) return refuse(REFUSAL_FOLDER_UNKNOWN);
    struct refusal waits = waits_refusal(request, facts);
    if (waits.code) return waits;
    if (facts->placement->chosen < 0) return placement_refusal(facts->placement, request);
    if (!facts->allocation || !facts->account || !facts->agent)
        return refuse(REFUSAL_NO_ALLOCATION, argument_name(facts->project->name), argument_name(partition->id.text));
    if (!partition->open) return refuse(REFUSAL_PARTITION_CLOSED, argument_name(partition->id.text));
    if (request->pieces > partition->slots)
        return refuse(REFUSAL_TOO_MANY_PIECES, argument_count(request->pieces), argument_count(partition->slots), argument_name(partition->id.text));
    if (limit_s > partition->limit_max_s)
        return refuse(REFUSAL_TIME_TOO_LONG, argument_duration(limit_s), argument_duration(partition->limit_max_s), argument_name(partition->id.text));
    if (facts->now_ms < facts->allocation->starts_ms || facts->now_ms >= facts->allocation->ends_ms)
        return refuse(REFUSAL_ALLOCATION_INACTIVE, argument_time(facts->allocation->starts_ms), argument_time(facts->allocation->ends_ms));
    return refusal_none;
}

static void add_dependencies(const struct job_submission *body, const struct facts *facts, const struct job *job, const char *plan, struct outcome *outcome)
{
    const struct job_request *request = &body->request;
    for (int i = 0; i < request->wait_count; i++)
        outcome_add_once(outcome, &job_dependency_shape, &(struct job_dependency){ job->id, facts->dependency_jobs[i]->id, request->waits[i].kind, request->wait_any });
    outcome_add(outcome, &job_plan_shape, &(struct job_plan){ job->id, plan });
}

static char *event_payload(const struct job *job, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "project", job->project.text);
    json_number_field(&writer, "number", job->number);
    json_text_field(&writer, "partition", job->partition.text);
    json_text_field(&writer, "state", word_name(&job_state_words, (int)job->state));
    json_text_field(&writer, "script", job->script);
    json_text_field(&writer, "folder", job->folder);
    json_number_field(&writer, "pieces", job->pieces);
    json_number_field(&writer, "limit_s", job->limit_s);
    json_number_field(&writer, "grace_s", job->grace_s);
    json_text_field(&writer, "hold", job->hold.text);
    json_number_field(&writer, "held", job->held);
    json_number_field(&writer, "wait_estimate_s", job->wait_estimate_s);
    json_close(&writer, '}');
    return out.bytes;
}

/* What all jobs of the submission share. */
static struct job job_form(const struct job_submission *body, const struct facts *facts, int64_t limit_s, int64_t amount)
{
    const struct job_request *request = &body->request;
    return (struct job){
        .project = facts->project->id, .submitter = facts->actor->id, .partition = facts->partition->id, .system = facts->partition->system,
        .state = request->wait_count ? JOB_HELD : JOB_WAITING, .name = request->name, .script = request->script_hash, .folder = body->submit.folder,
        .pieces = request->pieces, .nodes = placement_nodes(request, facts->placement->verdicts[facts->placement->chosen].partition), .tasks = request->tasks, .limit_s = limit_s, .grace_s = facts->partition->grace_s,
        .allocation = facts->allocation->id, .account = facts->account->id, .held = amount,
        .placement = ulid_make(facts->ids, facts->now_ms),
        .wait_estimate_s = facts->placement->verdicts[facts->placement->chosen].wait_s, .submitted_ms = facts->now_ms,
    };
}

/* Patterns such as "train-%j.out" become names, now that the number is known. */
static struct refusal name_outputs(struct job *job, const struct job_request *request, int64_t array_number, struct arena *arena)
{
    if (request->output) job->output = job_file_name(request->output, request->name, job->number, array_number, job->array_index, arena);
    if (request->error) job->error = job_file_name(request->error, request->name, job->number, array_number, job->array_index, arena);
    if (request->output && !job->output) return refuse(REFUSAL_INVALID_PATH, argument_name("output"));
    if (request->error && !job->error) return refuse(REFUSAL_INVALID_PATH, argument_name("error"));
    return refusal_none;
}

static char *jobs_answer(const struct job *jobs, int64_t count, bool dry_run, const struct facts *facts, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_put_members(&writer, &job_shape, &jobs[0]);
    if (count > 1) {
        json_name(&writer, "jobs");
        json_open(&writer, '[');
        for (int64_t i = 0; i < count; i++) json_put_text(&writer, jobs[i].id.text);
        json_close(&writer, ']');
    }
    json_text_field(&writer, "project_name", facts->project->name);
    json_flag_field(&writer, "demo", facts->project->demo);
    if (dry_run) {
        json_name(&writer, "verdicts");
        json_put_raw(&writer, placement_format(facts->placement, arena));
    }
    json_close(&writer, '}');
    return out.bytes;
}

void job_submit_decide(const struct command *command, const struct facts *facts, struct outcome *outcome)
{
    const struct job_submission *body = command->body;
    const struct job_request *request = &body->request;
    int64_t count = request->array_count ? request->array_count : 1, amount = 0;
    bool placed = facts->placement->chosen >= 0;
    int64_t limit_s = placed ? placement_limit_s(request, facts->placement->verdicts[facts->placement->chosen].partition) : 0;

    outcome->refusal = submit_refusal(body, facts, count, limit_s);
    if (outcome->refusal.code) return;
    outcome->refusal = ledger_amount(request->pieces, limit_s + facts->partition->grace_s, &amount);
    if (outcome->refusal.code) return;

    struct account account = *facts->account;
    struct account used = { .id = facts->partition->used, .partition = facts->partition->id, .kind = ACCOUNT_USED };
    struct project project = *facts->project;
    struct agent agent = *facts->agent;
    struct job *jobs = arena_take(outcome->arena, sizeof *jobs * (size_t)count), form = job_form(body, facts, limit_s, amount);
    const char *begun = job_plan_begin(request, outcome->arena);
    for (int64_t i = 0; i < count; i++) {
        struct entry hold = { 0 };
        jobs[i] = form;
        jobs[i].id = ulid_make(facts->ids, facts->now_ms);
        jobs[i].number = ++project.last_job;
        if (request->array_count) jobs[i].array = jobs[0].id, jobs[i].array_index = request->array[i];
        outcome->refusal = ledger_hold(&account, &used, amount, &hold);
        if (outcome->refusal.code) return;
        hold.id = ulid_make(facts->ids, facts->now_ms);
        hold.job = jobs[i].id, hold.project = project.id, hold.at_ms = facts->now_ms;
        jobs[i].hold = hold.id;
        outcome->refusal = name_outputs(&jobs[i], request, jobs[0].number, outcome->arena);
        if (outcome->refusal.code) return;
        const char *plan = job_plan_format(begun, request, &jobs[i], outcome->arena);
        if (form.state == JOB_HELD) add_dependencies(body, facts, &jobs[i], plan, outcome);
        else instruct_start(facts, &agent, &jobs[i], plan, outcome);
        outcome_add(outcome, &entry_shape, &hold);
        outcome_add(outcome, &job_shape, &jobs[i]);
        outcome_event(outcome, "job.submitted", jobs[i].id, outcome_scope(outcome, "project", project.id), event_payload(&jobs[i], outcome->arena));
    }
    project.live_jobs += count;
    outcome_put(outcome, &project_shape, &project);
    outcome_put(outcome, &account_shape, &account);
    if (form.state != JOB_HELD) outcome_put(outcome, &agent_shape, &agent);
    outcome_add_once(outcome, &script_shape, &(struct script){ request->script_hash, request->script });
    outcome_add(outcome, &job_placement_shape,
                &(struct job_placement){ form.placement, project.id, facts->now_ms, placement_keep(facts->placement, outcome->arena) });
    outcome_answer(outcome, 201, jobs_answer(jobs, count, body->submit.dry_run, facts, outcome->arena));
}
