/* SPDX-License-Identifier: EUPL-1.2 */
/* jobs.c - reading jobs: a list by reach, one by name, why it is where it is, its signed record. */
#include "api/handlers.h"
#include "api/reach.h"
#include "api/state.h"
#include "core/jobs/placement_kept.h"
#include "core/jobs/submission.h"
#include "store/load.h"

#include <stdlib.h>
#include <string.h>

/* A job's project is shown by id and by the name that people write before the slash; *project is the one of the job before. */
static bool put_job(struct api_call *call, struct store *store, const struct job *job, const struct project **project, struct json_writer *writer,
                    struct error *error)
{
    const void *row;
    if (!*project || !id_equal((*project)->id, job->project)) {
        if (!store_get(store, &project_shape, job->project.text, &call->arena, &row, error)) return false;
        *project = row;
    }
    json_put_members(writer, &job_shape, job);
    json_text_field(writer, "project_name", *project ? (*project)->name : job->project.text);
    json_flag_field(writer, "demo", *project && (*project)->demo);
    return true;
}

/* ---- the list ---- */

struct listing {
    struct job *jobs;
    int         count, limit;
    const char *before, *state;
    int64_t     before_number; /* of `before` in its project */
    struct id   before_project;
};

enum list_by { BY_ALL, BY_PROJECT, BY_SYSTEM };

static char *list_texts[3];

static void list_texts_make(void)
{
    struct arena arena;
    static const char *const which[] = { "$1 = '' AND $5 = $5", "j.project = $1 AND j.number < $5", "j.system = $1 AND $5 = $5" };
    static const char *const order[] = { "j.id", "j.number", "j.id" };
    arena_init(&arena, 64 * 1024);
    for (int by = BY_ALL; by <= BY_SYSTEM; by++) {
        list_texts[by] = strdup(arena_format(&arena, "SELECT %s FROM job j WHERE %s AND j.id < $2 AND ($3 = '' OR j.state = $3) ORDER BY %s DESC LIMIT $4",
                                             store_columns(&job_shape, "j", &arena), which[by], order[by]));
        CHECK(list_texts[by]);
    }
    arena_finish(&arena);
}

/* Made once: the same text every time, so that its statement is found at once. */
static const char *list_sql(enum list_by by)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    CHECK(pthread_once(&once, list_texts_make) == 0);
    return list_texts[by];
}

static bool list_add(struct store *store, enum list_by by, struct id of, struct arena *arena, struct listing *listing, struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store), list_sql(by), error);
    if (!ask) return false;
    enum db_step step;
    bool same = id_equal(of, listing->before_project);
    db_bind_text(ask, 1, of.text);
    db_bind_text(ask, 2, listing->before);
    db_bind_text(ask, 3, listing->state);
    db_bind_number(ask, 4, listing->limit);
    db_bind_number(ask, 5, by == BY_PROJECT && same ? listing->before_number : NUMBER_MAX);
    while ((step = db_step(ask, error)) == DB_ROW) db_read_row(ask, &job_shape, arena, &listing->jobs[listing->count++]);
    db_reset(ask);
    return step == DB_DONE;
}

static int newest_first(const void *a, const void *b) { return strcmp(((const struct job *)b)->id.text, ((const struct job *)a)->id.text); }

/* Each reach gives its newest; together, sorted, cut, they are the newest of all. */
static void list_merge(struct listing *listing)
{
    int kept = 0;
    if (listing->count) qsort(listing->jobs, (size_t)listing->count, sizeof *listing->jobs, newest_first);
    for (int i = 0; i < listing->count && kept < listing->limit; i++)
        if (!kept || !id_equal(listing->jobs[kept - 1].id, listing->jobs[i].id)) listing->jobs[kept++] = listing->jobs[i];
    listing->count = kept;
}

static bool list_by_reach(struct api_call *call, struct store *store, const struct reach *reach, struct listing *listing, struct error *error)
{
    if (reach->all) return list_add(store, BY_ALL, (struct id){ { 0 } }, &call->arena, listing, error);
    for (int i = 0; i < reach->project_count + reach->system_count; i++) {
        bool project = i < reach->project_count;
        struct id of = project ? reach->projects[i] : reach->systems[i - reach->project_count];
        if (!list_add(store, project ? BY_PROJECT : BY_SYSTEM, of, &call->arena, listing, error)) return false;
        list_merge(listing);
    }
    return true;
}

static bool listing_init(struct api_call *call, struct store *store, struct listing *listing, struct error *error)
{
    const char *before = call_query(call, "before"), *state = call_query(call, "state");
    const void *row;
    *listing = (struct listing){ .before = before ? before : "~", .state = state ? state : "", .before_number = NUMBER_MAX };
    int64_t limit = call_query_number(call, "limit", API_LIST_DEFAULT);
    listing->limit = limit < 1 ? 1 : (int)limit;
    listing->jobs = arena_take(&call->arena, sizeof *listing->jobs * 2 * (size_t)listing->limit);
    if (!before) return true;
    if (!store_get(store, &job_shape, before, &call->arena, &row, error)) return false;
    const struct job *job = row;
    if (job) listing->before_number = job->number, listing->before_project = job->project;
    return true;
}

static bool put_list(struct api_call *call, struct store *store, const struct listing *listing, struct error *error)
{
    const struct project *project = NULL;
    struct text out;
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "jobs");
    json_open(&writer, '[');
    for (int i = 0; i < listing->count; i++) {
        json_open(&writer, '{');
        if (!put_job(call, store, &listing->jobs[i], &project, &writer, error)) return false;
        json_close(&writer, '}');
    }
    json_close(&writer, ']');
    json_text_field(&writer, "next", listing->count == listing->limit ? listing->jobs[listing->count - 1].id.text : NULL);
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}

bool api_job_list(struct api_call *call, struct store *store, struct error *error)
{
    const char *name = call_query(call, "project"), *state = call_query(call, "state");
    const struct project *project;
    struct listing listing;
    struct reach reach;
    if (state && word_find(&job_state_words, state) < 0) {
        answer_refusal(call, refuse(REFUSAL_INVALID_VALUE, argument_name("state"), argument_name("held, waiting, running or ended")));
        return true;
    }
    if (!listing_init(call, store, &listing, error)) return false;
    if (name) {
        if (!call_project(call, store, name, &project, error)) return false;
        if (!project) return true;
        if (!list_add(store, BY_PROJECT, project->id, &call->arena, &listing, error)) return false;
    } else if (!reach_load(call, store, &reach, error) || !list_by_reach(call, store, &reach, &listing, error)) {
        return false;
    }
    return put_list(call, store, &listing, error);
}

/* ---- one ---- */

/* What a held job waits for, each with what has become of it. */
static bool put_waits(struct api_call *call, struct store *store, const struct job *job, struct json_writer *writer, struct error *error)
{
    struct store_list waits;
    const void *row;
    if (!store_select(store, &job_dependency_shape, "WHERE job = $1 ORDER BY on_job", &STORE_TEXT(job->id.text), 1, DEPENDENCIES_MAX, &call->arena, &waits, error))
        return false;
    json_name(writer, "waits_for");
    json_open(writer, '[');
    for (int i = 0; i < waits.count; i++) {
        const struct job_dependency *wait = (const struct job_dependency *)waits.rows + i;
        if (!store_get(store, &job_shape, wait->on_job.text, &call->arena, &row, error)) return false;
        const struct job *on = row;
        json_open(writer, '{');
        json_text_field(writer, "job", wait->on_job.text);
        json_text_field(writer, "kind", word_name(&dependency_kind_words, (int)wait->kind));
        json_flag_field(writer, "any", wait->any);
        json_text_field(writer, "state", on ? word_name(&job_state_words, (int)on->state) : NULL);
        json_text_field(writer, "ended_as", on ? word_name(&job_end_words, (int)on->ended_as) : NULL);
        json_close(writer, '}');
    }
    json_close(writer, ']');
    return true;
}

bool api_job(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    const struct project *project = NULL;
    struct text out;
    if (!call_job(call, store, &job, error)) return false;
    if (!job) return true;
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    if (!put_job(call, store, job, &project, &writer, error) || !put_waits(call, store, job, &writer, error)) return false;
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}

/* Its partition as the picture has it now. */
static void put_partition_now(struct api_call *call, const struct job *job, struct json_writer *writer)
{
    struct picture *picture = arena_take(&call->arena, sizeof *picture);
    call->api->options.picture(call->api->options.context, picture);
    const struct picture_partition *now = picture_find(picture, job->partition);
    json_flag_field(writer, "heard", now && now->heard);
    json_time_field(writer, "heard_ms", now ? now->heard_ms : 0);
    json_number_field(writer, "slots", now ? now->slots : 0);
    json_number_field(writer, "running_pieces", now ? now->running_pieces : 0);
    json_number_field(writer, "running_jobs", now ? now->running_jobs : 0);
    json_number_field(writer, "waiting_jobs", now ? now->waiting_jobs : 0);
}

static bool put_now(struct api_call *call, struct store *store, const struct job *job, struct json_writer *writer, struct error *error)
{
    json_name(writer, "now");
    json_open(writer, '{');
    json_time_field(writer, "at_ms", call->now_ms);
    json_text_field(writer, "state", word_name(&job_state_words, (int)job->state));
    json_text_field(writer, "ended_as", word_name(&job_end_words, (int)job->ended_as));
    json_text_field(writer, "reason", job->reason);
    json_flag_field(writer, "cancel_asked", job->cancel_asked);
    put_partition_now(call, job, writer);
    if (!put_waits(call, store, job, writer, error)) return false;
    json_close(writer, '}');
    return true;
}

bool api_job_placement(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    const void *row;
    struct text out;
    if (!call_job(call, store, &job, error)) return false;
    if (!job) return true;
    if (!store_get(store, &job_placement_shape, job->placement.text, &call->arena, &row, error)) return false;
    const struct job_placement *placement = row;
    if (!store_get(store, &project_shape, job->project.text, &call->arena, &row, error)) return false;
    const struct project *project = row;
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_text_field(&writer, "job", job->id.text);
    json_text_field(&writer, "project_name", project ? project->name : job->project.text);
    json_number_field(&writer, "number", job->number);
    json_flag_field(&writer, "demo", project && project->demo);
    json_text_field(&writer, "partition", job->partition.text);
    json_time_field(&writer, "decided_ms", placement ? placement->at_ms : 0);
    json_number_field(&writer, "wait_estimate_s", job->wait_estimate_s);
    json_name(&writer, "verdicts");
    const char *verdicts = placement ? placement_kept_format(placement->verdicts, &call->arena) : NULL;
    json_put_raw(&writer, verdicts ? verdicts : "[]");
    if (!put_now(call, store, job, &writer, error)) return false;
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}

bool api_job_evidence(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    const void *row;
    struct text out;
    if (!call_job(call, store, &job, error)) return false;
    if (!job) return true;
    if (!store_get(store, &job_record_shape, job->id.text, &call->arena, &row, error)) return false;
    if (!row) {
        answer_refusal(call, refuse(REFUSAL_NO_RECORD, argument_name(job->id.text)));
        return true;
    }
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_put_shape(&writer, &job_record_shape, row);
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}
