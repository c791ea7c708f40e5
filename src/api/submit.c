/* SPDX-License-Identifier: EUPL-1.2 */
/* submit.c - scripts on their way in: submitted, cancelled, or only tried.
 *
 * A script is read on the loop's thread, which is the cheaper place: the writer is the one thread that can't be doubled. A
 * submission with a code folder goes by a reader first, who looks whether all its contents are here. */
#include "api/contents.h"
#include "api/handlers.h"
#include "api/reach.h"
#include "core/jobs/placement.h"
#include "core/jobs/submission.h"
#include "store/load.h"

#include <stdio.h>
#include <string.h>

/* ---- submit ---- */

/* "/v1/jobs/ID" of an answer, which begins with the job's id. */
static void add_location(struct api_call *call)
{
    static const char begin[] = "{\"id\":\"";
    const char *answer = call->answer.bytes;
    if (call->answer.status != 201 || strncmp(answer, begin, sizeof begin - 1) != 0) return;
    const char *id = answer + sizeof begin - 1;
    answer_header(call, "Location", arena_format(&call->arena, "/v1/jobs/%.*s", (int)strcspn(id, "\""), id));
}

static void submit_answered(struct api_call *call)
{
    answer_door(call);
    if (call->door.dry && call->answer.status == 201)
        answer_json(call, 200, arena_format(&call->arena, "{\"dry_run\":true,%s", call->answer.bytes + 1));
    add_location(call);
    call_send(call);
}

static void submit_put(struct api_call *call)
{
    const struct job_submission *submission = call->own;
    call->door.dry = submission->submit.dry_run;
    call_door(call, COMMAND_JOB_SUBMIT, submission, submit_answered);
}

/* On a reader: is the folder here with all its contents? A project that can't be told is for the door to refuse. */
static bool read_folder(struct api_call *call, struct store *store, struct error *error)
{
    const struct job_submit *submit = call->body;
    const struct project *project = NULL;
    struct refusal refusal = refusal_none;
    struct folder folder;
    bool found = false;
    call->answer.status = 0;
    if (!store_project_of(store, call->actor, submit->project, &call->arena, &project, &refusal, error)) return false;
    if (!project) return true;
    if (!store_find(store, &folder_shape, (const char *const[]){ project->id.text, submit->folder }, &call->arena, &folder, &found, error)) return false;
    if (found && !folder_is_complete(call->api, &folder, &call->arena)) answer_refusal(call, refuse(REFUSAL_FOLDER_UNKNOWN));
    return true;
}

static void folder_looked_at(struct api_call *call)
{
    if (call->answer.status) call_send(call);
    else submit_put(call);
}

void api_job_submit(struct api_call *call)
{
    struct job_submission *submission = arena_take(&call->arena, sizeof *submission);
    submission->submit = *(const struct job_submit *)call->body;
    if (!call->key[0] && !submission->submit.dry_run) {
        call_refuse(call, refuse(REFUSAL_IDEMPOTENCY_KEY_REQUIRED));
        return;
    }
    struct refusal refusal = job_request_parse(&submission->submit, &call->arena, &submission->request);
    if (refusal.code) {
        call_refuse(call, refusal);
        return;
    }
    call->own = submission;
    if (submission->submit.folder) call_read(call, read_folder, folder_looked_at);
    else submit_put(call);
}

/* ---- cancel ---- */

/* It says nothing, or {}. */
static bool body_is_empty(struct api_call *call, struct json_fault *fault)
{
    const char *bytes = http_request_body(call->request);
    if (!http_request_body_bytes(call->request)) return true;
    call->json = json_read(bytes, http_request_body_bytes(call->request), fault);
    if (!call->json) return false;
    const char *text = json_dump(call->json, &call->arena);
    bool empty = strcmp(text, "{}") == 0;
    if (!empty) *fault = (struct json_fault){ .code = json_holds_object(call->json) ? JSON_UNKNOWN_FIELD : JSON_WRONG_KIND, .wanted = "" };
    return empty;
}

void api_job_cancel(struct api_call *call)
{
    struct job_cancel *body = arena_take(&call->arena, sizeof *body);
    struct json_fault fault;
    body->job = call->values.job;
    if (body_is_empty(call, &fault)) {
        call_door(call, COMMAND_JOB_CANCEL, body, NULL);
        return;
    }
    answer_fault(call, &fault);
    call_send(call);
}

/* ---- try ---- */

/* A bucket that fills again with time; an address that comes to another's slot starts with a full one. */
static bool bucket_take(struct api *api, const char *peer, int64_t now_ms)
{
    struct try_bucket *bucket = &api->tries[text_bucket(peer, TRY_BUCKETS)];
    if (strcmp(bucket->peer, peer) != 0) {
        *bucket = (struct try_bucket){ .filled_ms = now_ms, .left_thousandths = API_TRY_BURST * 1000 };
        snprintf(bucket->peer, sizeof bucket->peer, "%s", peer);
    }
    int64_t passed_ms = now_ms > bucket->filled_ms ? now_ms - bucket->filled_ms : 0;
    int64_t most = API_TRY_BURST * 1000, left = bucket->left_thousandths + (passed_ms < 10000 ? passed_ms : 10000) * API_TRY_PER_S;
    bucket->left_thousandths = left < most ? left : most;
    bucket->filled_ms = now_ms;
    if (bucket->left_thousandths < 1000) return false;
    bucket->left_thousandths -= 1000;
    return true;
}

static bool may_try(struct api_call *call)
{
    struct api *api = call->api;
    pthread_mutex_lock(&api->lock);
    bool may = bucket_take(api, http_request_peer(call->request), call->now_ms);
    pthread_mutex_unlock(&api->lock);
    if (!may) answer_refusal(call, refuse(REFUSAL_RATE_LIMITED, argument_count(API_TRY_PER_S)));
    return may;
}

static void put_request(const struct job_request *request, struct json_writer *writer)
{
    json_text_field(writer, "name", request->name);
    json_text_field(writer, "script", request->script_hash);
    json_text_field(writer, "partition", request->partition);
    json_number_field(writer, "limit_s", request->limit_s);
    json_number_field(writer, "nodes", request->nodes);
    json_number_field(writer, "tasks", request->tasks);
    json_number_field(writer, "cpus_per_task", request->cpus_per_task);
    json_number_field(writer, "accelerators", request->accelerators);
    json_text_field(writer, "model", request->model);
    json_number_field(writer, "pieces", request->pieces);
    json_number_field(writer, "memory_mib", request->memory_mib);
    json_number_field(writer, "jobs", request->array_count ? request->array_count : 1);
}

bool api_try(struct api_call *call, struct store *store, struct error *error)
{
    const struct job_submit *submit = call->body;
    struct job_request request;
    struct text out;
    struct store_list pretended;
    if (!may_try(call)) return true;
    if (submit->project) {
        answer_refusal(call, refuse(REFUSAL_INVALID_VALUE, argument_name("project"), argument_name("left out: trying belongs to no project")));
        return true;
    }
    struct refusal refusal = job_request_parse(submit, &call->arena, &request);
    if (refusal.code) {
        answer_refusal(call, refusal);
        return true;
    }
    if (!store_select(store, &partition_shape, "WHERE demo = 1", NULL, 0, PICTURE_PARTITIONS_MAX, &call->arena, &pretended, error)) return false;
    struct picture *picture = arena_take(&call->arena, sizeof *picture);
    struct placement *placement = arena_take(&call->arena, sizeof *placement);
    call->api->options.picture(call->api->options.context, picture);
    struct placement_question question = { .request = &request, .jobs = request.array_count ? request.array_count : 1, .now_ms = call->now_ms };
    placement_decide(picture, &question, placement);
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "request");
    json_open(&writer, '{');
    put_request(&request, &writer);
    json_close(&writer, '}');
    json_flag_field(&writer, "demo", pretended.count > 0);
    json_name(&writer, "verdicts");
    json_put_raw(&writer, placement_format(placement, &call->arena));
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}
