/* SPDX-License-Identifier: EUPL-1.2 */
/* model.c - the oracle. It adds up the ledger by itself, knows for each event who may see it, and takes no figure of use
 * from the server: what a job is charged must follow from what its executor did. */
#include "sim/model.h"

#include "base/json.h"
#include "sim/server.h"
#include "store/load.h"

#include <stdlib.h>
#include <string.h>

void model_create(struct run *run)
{
    struct model *model = run->model = arena_take(&run->arena, sizeof *model);
    model->run = run;
    model->actors = arena_take(&run->arena, sizeof *model->actors * WORLD_PERSONS);
}

void model_load_actors(struct model *model)
{
    struct run *run = model->run;
    struct error error = { 0 };
    for (int i = 0; i < WORLD_PERSONS; i++)
        RUN_CHECK(run, store_actor(run->server->store, run->world->persons[i].id, PRINCIPAL_PERSON, &run->arena, &model->actors[i], &error), "roles: %s", error.text);
}

static struct model_job **slot_of(const struct model *model, struct id id)
{
    return (struct model_job **)&model->buckets[text_bucket(id.text, MODEL_BUCKETS)];
}

struct model_job *model_job(const struct model *model, struct id id)
{
    struct model_job *job = *slot_of(model, id);
    while (job && !id_equal(job->id, id)) job = job->next;
    return job;
}

const char *model_name(const struct run *run, const struct model_job *job)
{
    return arena_format(&((struct run *)run)->arena, "%s/%d", run->world->projects[job->project], job->number);
}

/* ---- events ---- */

struct telling { struct model *model; struct run *run; const struct event *event; const struct json_t *payload; };

static int64_t number_of(const struct telling *telling, const char *name)
{
    int64_t number = -1;
    RUN_CHECK(telling->run, json_number(json_get(telling->payload, name), &number), "%s has no %s", telling->event->name, name);
    return number;
}

static const char *text_of(const struct telling *telling, const char *name)
{
    const char *text = json_text(json_get(telling->payload, name));
    RUN_CHECK(telling->run, text, "%s has no %s", telling->event->name, name);
    return text;
}

static struct model_job *job_of(const struct telling *telling)
{
    struct model_job *job = model_job(telling->model, telling->event->subject);
    RUN_CHECK(telling->run, job, "%s tells of job %s, which was never submitted", telling->event->name, telling->event->subject.text);
    return job;
}

static struct model_account *account_of(const struct telling *telling, int project, int system)
{
    RUN_CHECK(telling->run, project >= 0 && system >= 0, "%s of a project or system that isn't there", telling->event->name);
    return &telling->model->accounts[project][system];
}

static void granted(const struct telling *telling)
{
    const struct world *world = telling->run->world;
    account_of(telling, world_project(world, text_of(telling, "project")), world_system_of(world, text_of(telling, "partition")))->granted += number_of(telling, "amount");
}

static void job_add(struct model *model, struct model_job *job)
{
    struct model_job **slot = slot_of(model, job->id);
    job->next = *slot;
    *slot = job;
    if (model->job_count == model->job_room) {
        int room = model->job_room ? model->job_room * 2 : 256;
        struct model_job **jobs = arena_take(&model->run->arena, sizeof(struct model_job *) * (size_t)room);
        if (model->job_count) memcpy(jobs, model->jobs, sizeof(struct model_job *) * (size_t)model->job_count);
        model->jobs = jobs;
        model->job_room = room;
    }
    model->jobs[model->job_count++] = job;
    model->live_count++;
}

static void submitted(const struct telling *telling)
{
    struct run *run = telling->run;
    RUN_CHECK(run, !model_job(telling->model, telling->event->subject), "job %s was submitted twice", telling->event->subject.text);
    struct model_job *job = arena_take(&run->arena, sizeof *job);
    *job = (struct model_job){ .id = telling->event->subject, .number = (int)number_of(telling, "number"), .project = world_project(run->world, text_of(telling, "project")),
                               .system = world_system_of(run->world, text_of(telling, "partition")), .pieces = number_of(telling, "pieces"), .held = number_of(telling, "held"),
                               .limit_s = number_of(telling, "limit_s"), .is_held = strcmp(text_of(telling, "state"), "held") == 0 };
    struct model_account *account = account_of(telling, job->project, job->system);
    account->held += job->held;
    RUN_CHECK(run, job->held == job->pieces * (job->limit_s + number_of(telling, "grace_s")), "job %s holds %lld", model_name(run, job), (long long)job->held);
    RUN_CHECK(run, account->granted - account->held - account->used >= 0, "job %s was accepted beyond its project's budget", model_name(run, job));
    job_add(telling->model, job);
    run_tally(run, TALLY_JOBS);
    if (job->is_held) run_tally(run, TALLY_HELD);
}

static void started(const struct telling *telling)
{
    struct model_job *job = job_of(telling);
    const char *name = model_name(telling->run, job);
    RUN_CHECK(telling->run, !job->is_started && !job->is_ended && !job->is_held, "job %s started, but it had started, ended, or was held", name);
    RUN_CHECK(telling->run, job->truth.has_started, "job %s is said to have started; no executor started it", name);
    RUN_CHECK(telling->run, job->truth.started_ms == number_of(telling, "at_ms"), "job %s started at another time than its executor says", name);
    job->is_started = true;
    run_tally(telling->run, TALLY_STARTED);
}

/* What the server says of an end against what the executor did. */
static void compare_end(const struct telling *telling, const struct model_job *job)
{
    static const enum job_end ends[] = { [END_COMPLETED] = JOB_END_COMPLETED, [END_FAILED] = JOB_END_FAILED, [END_TIMED_OUT] = JOB_END_TIMED_OUT,
                                         [END_CANCELLED] = JOB_END_CANCELLED, [END_LOST] = JOB_END_LOST };
    const struct model_truth *truth = &job->truth;
    struct run *run = telling->run;
    const char *name = model_name(run, job), *end = word_name(&job_end_words, (int)job->end);
    int64_t ran_ms = number_of(telling, "ran_ms");
    bool is_executed = job->end == JOB_END_COMPLETED || job->end == JOB_END_FAILED || job->end == JOB_END_TIMED_OUT;
    if (job->end == JOB_END_REFUSED || job->end == JOB_END_DEPENDENCY) RUN_CHECK(run, !truth->has_started, "job %s ended as %s, but it ran", name, end);
    if (job->end == JOB_END_CANCELLED && ran_ms == 0) RUN_CHECK(run, !truth->has_started || truth->end == END_CANCELLED, "job %s ended as never begun, but it ran", name);
    if (is_executed || ran_ms > 0) {
        RUN_CHECK(run, truth->has_ended && ends[truth->end] == job->end, "job %s ended as %s; its executor says other", name, end);
        RUN_CHECK(run, truth->ran_ms == ran_ms, "job %s ran %lld ms by the server, %lld by its executor", name, (long long)ran_ms, (long long)truth->ran_ms);
    }
    if (job->end == JOB_END_LOST && !telling->model->lost_journal[job->system])
        RUN_CHECK(run, truth->has_ended && truth->end == END_LOST, "job %s was called lost; nobody lost it", name);
}

static void tally_end(struct run *run, enum job_end end)
{
    static const enum tally tallies[] = { [JOB_END_COMPLETED] = TALLY_COMPLETED, [JOB_END_FAILED] = TALLY_FAILED, [JOB_END_TIMED_OUT] = TALLY_TIMED_OUT,
                                          [JOB_END_CANCELLED] = TALLY_CANCELLED, [JOB_END_LOST] = TALLY_LOST, [JOB_END_REFUSED] = TALLY_SITE_REFUSED,
                                          [JOB_END_DEPENDENCY] = TALLY_NEVER };
    run_tally(run, tallies[end]);
}

static void ended(const struct telling *telling)
{
    struct run *run = telling->run;
    struct model_job *job = job_of(telling);
    const char *name = model_name(run, job);
    int end = word_find(&job_end_words, text_of(telling, "end"));
    RUN_CHECK(run, !job->is_ended, "job %s ended twice", name);
    RUN_CHECK(run, end > JOB_END_NONE, "job %s ended as nothing", name);
    job->end = (enum job_end)end;
    job->is_ended = true;
    job->used = number_of(telling, "used");
    compare_end(telling, job);
    int64_t seconds = (number_of(telling, "ran_ms") + 999) / 1000, measured = job->pieces * seconds;
    bool posts = job->end != JOB_END_LOST && seconds > 0;
    int64_t due = !posts ? 0 : measured < job->held ? measured : job->held;
    RUN_CHECK(run, strcmp(text_of(telling, "kind"), posts ? "post" : "void") == 0, "job %s ended with a %s", name, text_of(telling, "kind"));
    RUN_CHECK(run, job->used == due, "job %s was charged %lld, %lld are due", name, (long long)job->used, (long long)due);
    struct model_account *account = account_of(telling, job->project, job->system);
    account->held -= job->held;
    account->used += job->used;
    telling->model->live_count--;
    tally_end(run, job->end);
}

static void released(const struct telling *telling)
{
    struct model_job *job = job_of(telling);
    RUN_CHECK(telling->run, job->is_held && !job->is_ended, "job %s was released, but it wasn't held", model_name(telling->run, job));
    job->is_held = false;
}

static void cancel_asked(const struct telling *telling)
{
    struct model_job *job = job_of(telling);
    RUN_CHECK(telling->run, !job->is_ended && !job->is_cancel_asked, "job %s: cancel asked of an ended one, or twice", model_name(telling->run, job));
    job->is_cancel_asked = true;
}

static void stream_ended(const struct telling *telling)
{
    struct model_job *job = job_of(telling);
    RUN_CHECK(telling->run, job->is_ended && !job->is_recorded, "job %s: a stream before its end or behind its record", model_name(telling->run, job));
    job->streams++;
}

static void recorded(const struct telling *telling)
{
    struct model_job *job = job_of(telling);
    RUN_CHECK(telling->run, job->is_ended && !job->is_recorded, "job %s: a record before its end, or a second one", model_name(telling->run, job));
    job->is_recorded = true;
    run_tally(telling->run, TALLY_RECORDS);
}

/* Only an agent that has lost its journal may say what contradicts what was said before. */
static void quarantined(const struct telling *telling)
{
    int system = world_system_of(telling->run->world, telling->event->scope + strlen("system:"));
    RUN_CHECK(telling->run, system >= 0 && telling->model->lost_journal[system], "an honest agent wasn't believed: %s", telling->event->payload);
}

static void nothing_more(const struct telling *telling) { (void)telling; }

/* Every event there is, whose it must be, and what it means here. */
enum whose { ITS_PROJECT, ITS_JOBS_PROJECT, ITS_SYSTEM, NETWORK, EVERYBODY };
static const struct { const char *name; enum whose whose; void (*tell)(const struct telling *telling); } meanings[] = {
    { "job.submitted", ITS_JOBS_PROJECT, submitted }, { "job.started", ITS_JOBS_PROJECT, started }, { "job.ended", ITS_JOBS_PROJECT, ended },
    { "job.released", ITS_JOBS_PROJECT, released }, { "job.cancel_asked", ITS_JOBS_PROJECT, cancel_asked }, { "job.recorded", ITS_JOBS_PROJECT, recorded },
    { "stream.ended", ITS_JOBS_PROJECT, stream_ended }, { "folder.added", ITS_PROJECT, nothing_more }, { "project.added", ITS_PROJECT, nothing_more },
    { "allocation.granted", ITS_PROJECT, granted }, { "agent.enrolled", ITS_SYSTEM, nothing_more }, { "agent.introduced", ITS_SYSTEM, nothing_more },
    { "observation.quarantined", ITS_SYSTEM, quarantined }, { "person.added", NETWORK, nothing_more }, { "organisation.added", NETWORK, nothing_more },
    { "role.granted", NETWORK, nothing_more }, { "factory.added", EVERYBODY, nothing_more }, { "system.added", EVERYBODY, nothing_more },
    { "partition.added", EVERYBODY, nothing_more },
};

static const char *scope_due(const struct telling *telling, enum whose whose)
{
    const struct world *world = telling->run->world;
    struct arena *arena = &telling->run->arena;
    const struct event *event = telling->event;
    if (whose == NETWORK) return "network";
    if (whose == EVERYBODY) return "public";
    if (whose == ITS_SYSTEM) return arena_format(arena, "system:%s", strncmp(event->subject.text, "agent-", 6) == 0 ? event->subject.text + 6 : "?");
    if (whose == ITS_JOBS_PROJECT) return arena_format(arena, "project:%s", world->projects[job_of(telling)->project]);
    const char *project = json_text(json_get(telling->payload, "project"));
    return arena_format(arena, "project:%s", project ? project : event->subject.text);
}

/* The filter of the streams is may(); the world says by itself who may. */
static void check_scope(const struct telling *telling, enum whose whose)
{
    const struct event *event = telling->event;
    const char *due = scope_due(telling, whose);
    struct scope_chain chain = world_scope(event->scope);
    RUN_CHECK(telling->run, strcmp(event->scope, due) == 0, "%s of %s has scope %s, not %s", event->name, event->subject.text, event->scope, due);
    enum verb verb = strcmp(event->scope, "public") == 0 ? VERB_PUBLIC : VERB_EVENT_READ;
    for (int i = 0; i < WORLD_PERSONS && telling->model->actors[i].kind; i++)
        RUN_CHECK(telling->run, may(&telling->model->actors[i], verb, &chain) == world_sees_event(telling->run->world, i, due), "%s %s what is %s",
                  telling->run->world->persons[i].id.text, may(&telling->model->actors[i], verb, &chain) ? "sees" : "doesn't see", due);
}

static void say(const struct telling *telling)
{
    struct run *run = telling->run;
    const struct event *event = telling->event;
    const struct model_job *job = model_job(telling->model, event->subject);
    const char *more = "";
    if (strcmp(event->name, "job.submitted") == 0) more = run->world->systems[job_of(telling)->system].id.text;
    if (strcmp(event->name, "job.ended") == 0) more = word_name(&job_end_words, (int)job_of(telling)->end);
    run_say(run, event->name, "%s %s%s", job ? model_name(run, job) : event->subject.text, more, job && job->is_held ? ", held" : "");
}

void model_event(struct model *model, const struct event *event)
{
    struct run *run = model->run;
    struct json_fault fault;
    struct arena arena;
    int meaning = 0;
    RUN_CHECK(run, event->sequence == model->told + 1, "event %lld was told behind event %lld", (long long)event->sequence, (long long)model->told);
    model->told = event->sequence;
    arena_init(&arena, 4 * 1024 * 1024);
    struct hash leaf = leaf_of(event, &arena);
    arena_finish(&arena);
    merkle_add(&model->tree, &leaf);
    while (meaning < countof(meanings) && strcmp(meanings[meaning].name, event->name) != 0) meaning++;
    RUN_CHECK(run, meaning < countof(meanings), "event %s has no meaning here", event->name);
    struct json_t *payload = json_read(event->payload, strlen(event->payload), &fault);
    RUN_CHECK(run, payload, "event %s has a payload that can't be read", event->name);
    const struct telling telling = { model, run, event, payload };
    meanings[meaning].tell(&telling);
    check_scope(&telling, meanings[meaning].whose);
    json_free(payload);
    say(&telling);
    run_tally(run, TALLY_EVENTS);
}

/* ---- truth ---- */

void model_truth_told(struct model *model, struct executor_event *event, int64_t skew_ms)
{
    struct run *run = model->run;
    struct model_job *job = model_job(model, event->key);
    RUN_CHECK(run, job, "an executor has job %s, which was never submitted", event->key.text);
    struct model_truth *truth = &job->truth;
    if (event->kind == EXECUTOR_STARTED) {
        if (!truth->has_started) truth->started_ms = event->at_ms + skew_ms;
        truth->has_started = true;
        event->at_ms = truth->started_ms;
        return;
    }
    if (!truth->has_ended) {
        *truth = (struct model_truth){ truth->has_started, true, truth->started_ms, event->at_ms + skew_ms, event->ran_ms, event->end };
        if (event->end == END_LOST) fault_count(&run->faults, FAULT_JOB_LOST);
    }
    RUN_CHECK(run, truth->end == event->end && truth->ran_ms == event->ran_ms, "the executor tells another end of job %s than before", model_name(run, job));
    event->at_ms = truth->ended_ms;
}
