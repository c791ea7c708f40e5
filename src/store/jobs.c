/* SPDX-License-Identifier: EUPL-1.2 */
/* jobs.c - the facts about jobs. The broker's advice for a submission is part of them: it is asked here, inside the
 * transaction, with the picture that the batch began with and the balances of this very moment (docs/decisions/0006). */
#include "store/load.h"

#include "core/data/folder.h"
#include "core/jobs/submission.h"
#include "core/network/network.h"
#include "store/agents.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding one job by what people write */

static bool job_by_number(struct store *store, const struct actor *actor, const char *name, struct arena *arena, const struct job **job, struct error *error)
{
    const char *slash = strchr(name, '/');
    const struct project *project;
    struct refusal refusal = refusal_none;
    struct store_list found;
    int64_t number;
    if (!text_to_number(slash ? slash + 1 : name, &number) || number < 1) return true;
    const char *of = slash ? arena_text_n(arena, name, (size_t)(slash - name)) : NULL;
    if (!store_project_of(store, actor, of, arena, &project, &refusal, error)) return false;
    if (!project) return true;
    const struct store_value values[] = { STORE_TEXT(project->id.text), STORE_NUMBER(number) };
    if (!store_select(store, &job_shape, "WHERE project = $1 AND number = $2", values, 2, 1, arena, &found, error)) return false;
    if (found.count) *job = found.rows;
    return true;
}

static bool job_by_tail(struct store *store, const struct actor *actor, const char *tail, struct arena *arena, const struct job **job, struct error *error)
{
    for (int i = 0; i < actor->role_count; i++) {
        struct store_list found;
        if (actor->roles[i].kind != SCOPE_OF_PROJECT) continue;
        const struct store_value values[] = { STORE_TEXT(actor->roles[i].scope.text), STORE_TEXT(arena_format(arena, "%%%s", tail)) };
        if (!store_select(store, &job_shape, "WHERE project = $1 AND id LIKE $2", values, 2, 2, arena, &found, error)) return false;
        const struct job *one = found.rows;
        if (found.count == 2 || (found.count && *job && !id_equal((*job)->id, one->id))) {
            *job = NULL; /* not unique: as good as unknown */
            return true;
        }
        if (found.count) *job = one; /* found again where somebody has two roles in one project */
    }
    return true;
}

bool store_job_of(struct store *store, const struct actor *actor, const char *name, struct arena *arena, const struct job **job, struct error *error)
{
    const void *row;
    *job = NULL;
    if (strncmp(name, "job_", 4) == 0) name += 4;
    size_t length = strlen(name);
    if (length > ID_MAX) return true;
    if (length == 26) {
        if (!store_get(store, &job_shape, name, arena, &row, error)) return false;
        *job = row;
        return true;
    }
    if (strchr(name, '/') || strspn(name, "0123456789") == length) {
        if (!job_by_number(store, actor, name, arena, job, error) || *job) return *job != NULL;
    }
    if (length < 4 || strspn(name, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != length) return true;
    return job_by_tail(store, actor, name, arena, job, error);
}

static void scope_of_job(struct facts *facts)
{
    facts->there = facts->job != NULL;
    if (!facts->job) return;
    facts->scope.project = facts->job->project;
    facts->scope.system = facts->job->system;
}

/* What surrounds a known job: project, account, hold, agent. */
static bool load_around_job(struct store *store, struct facts *facts, struct error *error)
{
    const void *project, *account, *hold, *partition, *used;
    scope_of_job(facts);
    if (!facts->job) return true;
    if (!store_get(store, &project_shape, facts->job->project.text, facts->arena, &project, error)) return false;
    if (!store_get(store, &account_shape, facts->job->account.text, facts->arena, &account, error)) return false;
    if (!store_get(store, &entry_shape, facts->job->hold.text, facts->arena, &hold, error)) return false;
    if (!store_get(store, &partition_shape, facts->job->partition.text, facts->arena, &partition, error)) return false;
    facts->project = project, facts->account = account, facts->hold = hold, facts->partition = partition;
    CHECK(project && account && hold && partition);
    if (!store_get(store, &account_shape, facts->partition->used.text, facts->arena, &used, error)) return false;
    facts->used = used;
    return facts->agent || store_agent_of(store, facts->job->system, facts->arena, &facts->agent, error);
}

/* ---- submission */

static bool load_waits(struct store *store, const struct job_request *request, struct facts *facts, struct error *error)
{
    const struct job **jobs = arena_take(facts->arena, sizeof(struct job *) * (size_t)(request->wait_count + 1));
    for (int i = 0; i < request->wait_count; i++) {
        const struct job *job;
        if (!store_job_of(store, facts->actor, request->waits[i].job, facts->arena, &job, error)) return false;
        jobs[i] = job && id_equal(job->project, facts->project->id) ? job : NULL;
    }
    facts->dependency_jobs = jobs;
    facts->dependency_count = request->wait_count;
    return true;
}

static bool load_home_systems(struct store *store, struct id home, struct facts *facts, struct placement_question *question, struct error *error)
{
    struct store_list serving;
    if (!store_select(store, &serves_shape, "WHERE factory = $1", &STORE_TEXT(home.text), 1, FACTORY_SYSTEMS_MAX, facts->arena, &serving, error)) return false;
    struct id *systems = arena_take(facts->arena, sizeof *systems * (size_t)(serving.count + 1));
    for (int i = 0; i < serving.count; i++) systems[i] = ((const struct serves *)serving.rows)[i].system;
    question->home = home;
    question->home_systems = systems;
    question->home_system_count = serving.count;
    return true;
}

static bool load_advice(struct store *store, const struct job_submission *body, struct facts *facts, struct error *error)
{
    const struct job_request *request = &body->request;
    struct placement *placement = arena_take(facts->arena, sizeof *placement);
    struct placement_allocation *allocations;
    struct placement_question question = { .request = request, .jobs = request->array_count ? request->array_count : 1, .has_project = true,
                                           .project = facts->project->name, .now_ms = facts->now_ms };
    if (!store_placement_allocations(store, facts->project->id, facts->arena, &allocations, &question.allocation_count, error)) return false;
    question.allocations = allocations;
    if (!load_home_systems(store, facts->project->home, facts, &question, error)) return false;
    placement_decide(facts->picture, &question, placement);
    facts->placement = placement;
    return true;
}

static bool load_chosen(struct store *store, struct facts *facts, struct error *error)
{
    if (facts->placement->chosen < 0) return true;
    const struct picture_partition *chosen = facts->placement->verdicts[facts->placement->chosen].partition;
    const struct store_value values[] = { STORE_TEXT(facts->project->id.text), STORE_TEXT(chosen->id.text) };
    const void *partition, *account;
    struct store_list found;
    if (!store_get(store, &partition_shape, chosen->id.text, facts->arena, &partition, error)) return false;
    facts->partition = partition;
    if (!store_select(store, &allocation_shape, "WHERE project = $1 AND partition = $2", values, 2, 1, facts->arena, &found, error)) return false;
    if (!found.count) return true;
    facts->allocation = found.rows;
    if (!store_get(store, &account_shape, facts->allocation->account.text, facts->arena, &account, error)) return false;
    facts->account = account;
    return store_agent_of(store, chosen->system, facts->arena, &facts->agent, error);
}

static bool load_job_folder(struct store *store, const char *hash, struct facts *facts, struct error *error)
{
    bool found = false;
    if (!hash) return true;
    struct folder *folder = arena_take(facts->arena, sizeof *folder);
    if (!store_find(store, &folder_shape, (const char *const[]){ facts->project->id.text, hash }, facts->arena, folder, &found, error)) return false;
    if (found) facts->folder = folder;
    return true;
}

bool load_job_submit(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_submission *body = command->body;
    CHECK(facts->picture);
    if (!store_project_of(store, facts->actor, body->submit.project, facts->arena, &facts->project, &facts->load_refusal, error)) return false;
    if (!facts->project) return true;
    facts->scope.project = facts->project->id;
    return load_waits(store, &body->request, facts, error) && load_job_folder(store, body->submit.folder, facts, error) &&
           load_advice(store, body, facts, error) && load_chosen(store, facts, error);
}

/* ---- the rest of a job's life */

bool load_job_cancel(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_cancel *body = command->body;
    return store_job_of(store, facts->actor, body->job, facts->arena, &facts->job, error) && load_around_job(store, facts, error);
}

bool load_job_release(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_release *body = command->body;
    const void *job, *plan;
    struct store_list waits;
    if (!store_get(store, &job_shape, body->job.text, facts->arena, &job, error)) return false;
    facts->job = job;
    if (!load_around_job(store, facts, error)) return false;
    if (!job) return true;
    if (!store_get(store, &job_plan_shape, body->job.text, facts->arena, &plan, error)) return false;
    facts->plan = plan;
    if (!store_select(store, &job_dependency_shape, "WHERE job = $1", &STORE_TEXT(body->job.text), 1, DEPENDENCIES_MAX, facts->arena, &waits, error)) return false;
    const struct job **jobs = arena_take(facts->arena, sizeof(struct job *) * (size_t)(waits.count + 1));
    facts->dependencies = waits.rows;
    facts->dependency_count = waits.count;
    for (int i = 0; i < waits.count; i++) {
        if (!store_get(store, &job_shape, facts->dependencies[i].on_job.text, facts->arena, &job, error)) return false;
        jobs[i] = job;
    }
    facts->dependency_jobs = jobs;
    return true;
}

/* The agent that speaks, and the job that it speaks of: another system's job is as good as none. */
static bool load_observation(struct store *store, const struct command *command, struct id agent, struct id job, struct facts *facts, struct error *error)
{
    const void *row;
    if (!load_agent(store, command, agent, facts, error)) return false;
    if (!facts->there) return true;
    struct scope_chain speaks_for = facts->scope;
    if (!store_get(store, &job_shape, job.text, facts->arena, &row, error)) return false;
    const struct job *found = row;
    facts->job = found && id_equal(found->system, facts->agent->system) ? found : NULL;
    if (facts->job && !load_around_job(store, facts, error)) return false;
    facts->there = true;
    facts->scope = speaks_for;
    return true;
}

bool load_job_start(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_start *body = command->body;
    return load_observation(store, command, body->agent, body->job, facts, error);
}

bool load_job_end(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_ended *body = command->body;
    return load_observation(store, command, body->agent, body->job, facts, error);
}

bool load_job_refuse(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_refuse *body = command->body;
    return load_observation(store, command, body->agent, body->job, facts, error);
}

bool load_stream_end(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct stream_end *body = command->body;
    bool found = false;
    if (!load_observation(store, command, body->agent, body->job, facts, error)) return false;
    struct stream *stream = arena_take(facts->arena, sizeof *stream);
    if (!store_find(store, &stream_shape, (const char *const[]){ body->job.text, body->name }, facts->arena, stream, &found, error)) return false;
    if (found) facts->stream = stream;
    return true;
}

bool load_job_record(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    const struct job_record_add *body = command->body;
    const void *row;
    if (!load_observation(store, command, body->agent, body->job, facts, error)) return false;
    if (!store_get(store, &job_record_shape, body->job.text, facts->arena, &row, error)) return false;
    facts->record = row;
    return true;
}

bool load_audit_checkpoint(struct store *store, const struct command *command, struct facts *facts, struct error *error)
{
    struct store_list newest;
    (void)command;
    if (!store_select(store, &checkpoint_shape, "ORDER BY size DESC", NULL, 0, 1, facts->arena, &newest, error)) return false;
    if (newest.count) facts->checkpoint = newest.rows;
    return true;
}

bool store_held_jobs(struct store *store, struct id on_job, struct id after, int room, struct arena *arena, struct id **jobs, int *count,
                     struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store), id_is_none(on_job)
        ? "SELECT DISTINCT d.job FROM job_dependency d JOIN job j ON j.id = d.job WHERE j.state = 'held' AND d.job > $1 ORDER BY d.job LIMIT $2"
        : "SELECT DISTINCT d.job FROM job_dependency d JOIN job j ON j.id = d.job WHERE j.state = 'held' AND d.job > $1 AND d.on_job = $3 ORDER BY d.job LIMIT $2", error);
    *jobs = arena_take(arena, sizeof **jobs * (size_t)(room + 1));
    *count = 0;
    if (!ask) return false;
    db_bind_text(ask, 1, after.text);
    db_bind_number(ask, 2, room);
    if (!id_is_none(on_job)) db_bind_text(ask, 3, on_job.text);
    enum db_step step;
    while ((step = db_step(ask, error)) == DB_ROW) (*jobs)[(*count)++] = id_from(db_text(ask, 0));
    db_reset(ask);
    return step == DB_DONE;
}
