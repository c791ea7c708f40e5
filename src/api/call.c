/* SPDX-License-Identifier: EUPL-1.2 */
/* call.c - the life of a call, its answers, and its ways to readers and writer and back.
 *
 * Always true: a call that is busy is touched by one worker only; every call is sent at most once; a call whose request is gone
 * is freed as soon as it is back. Calls and the first block of their arenas are kept for the next requests, so that a steady load
 * allocates little. */
#include "api/call.h"

#include "api/state.h"
#include "base/rng.h"
#include "core/problem.h"
#include "store/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void came_back(void *context);
static bool run_on_reader(struct read *read, struct store *store);
static void read_done(struct read *read);
static void door_done(struct door_request *request);

static void list_add(struct api_call **list, struct api_call *call)
{
    call->next = *list;
    call->link = list;
    if (call->next) call->next->link = &call->next;
    *list = call;
}

static void list_remove(struct api_call *call)
{
    *call->link = call->next;
    if (call->next) call->next->link = call->link;
}

/* One block, large enough for most requests, stays with the call from now on. */
static struct api_call *call_new(void)
{
    struct api_call *volatile call = calloc(1, sizeof *call); /* volatile: it is looked at after a jump */
    if (!call) return NULL;
    jmp_buf escape;
    arena_init(&call->arena, API_ARENA_BYTES);
    call->arena.escape = &escape;
    if (setjmp(escape)) {
        free(call);
        return NULL;
    }
    (void)arena_take(&call->arena, API_ARENA_FIRST_BYTES);
    call->arena.escape = NULL;
    return call;
}

struct api_call *call_create(struct api *api, struct http_request *request)
{
    struct api_call *call = api->kept;
    if (call) {
        list_remove(call);
        api->kept_count--;
    } else if (!(call = call_new())) {
        return NULL;
    }
    struct arena arena = call->arena;
    *call = (struct api_call){ .api = api, .request = request, .arena = arena, .answer = { .fd = -1 } };
    arena_reset(&call->arena);
    call->arena.escape = NULL;
    call->task = (struct loop_task){ .callback = came_back, .context = call };
    call->read = (struct read){ .run = run_on_reader, .done = read_done };
    call->door = (struct door_request){ .arena = &call->arena, .done = door_done, .context = call };
    call->now_ms = api->options.now_ms();
    list_add(&api->calls, call);
    return call;
}

void call_release(struct api_call *call)
{
    if (call->release) call->release(call);
    call->release = NULL;
    json_free(call->json);
    call->json = NULL;
    if (call->answer.fd >= 0) close(call->answer.fd);
    call->answer.fd = -1;
}

static void call_free(struct api_call *call)
{
    struct api *api = call->api;
    key_drop(call);
    call_release(call);
    list_remove(call);
    if (api->kept_count < API_CALLS_KEPT) {
        arena_reset(&call->arena);
        list_add(&api->kept, call);
        api->kept_count++;
        return;
    }
    arena_finish(&call->arena);
    free(call);
}

void call_end(struct api_call *call)
{
    call->request = NULL;
    if (!call->busy) call_free(call);
}

/* ---- answers ---- */

static struct api_answer *answer_set(struct api_call *call, int status, const char *type, const char *bytes, size_t length)
{
    struct api_answer *answer = &call->answer;
    if (answer->fd >= 0) close(answer->fd);
    *answer = (struct api_answer){ .status = status, .type = type, .bytes = bytes, .length = length, .fd = -1 };
    return answer;
}

void answer_json_n(struct api_call *call, int status, const char *json, size_t length)
{
    answer_set(call, status, route_type_name(TYPE_JSON), json, length);
}

void answer_json(struct api_call *call, int status, const char *json) { answer_json_n(call, status, json, strlen(json)); }

void answer_text(struct api_call *call, const char *type, const char *text, size_t length) { answer_set(call, 200, type, text, length); }

void answer_file(struct api_call *call, int status, const char *type, int fd, uint64_t offset, uint64_t size)
{
    struct api_answer *answer = answer_set(call, status, type, NULL, 0);
    answer->fd = fd;
    answer->offset = offset;
    answer->size = size;
}

void answer_header(struct api_call *call, const char *name, const char *value)
{
    struct api_answer *answer = &call->answer;
    CHECK(answer->header_count < CALL_HEADERS);
    answer->headers[answer->header_count++] = (struct http_header){ name, value };
}

void answer_problem(struct api_call *call, int status, const char *problem)
{
    struct api_answer *answer = answer_set(call, status, "application/problem+json", problem, strlen(problem));
    answer->is_problem = true;
    if (status == 401) answer_header(call, "WWW-Authenticate", call->principal.kind == PRINCIPAL_NOBODY ? "Bearer realm=\"aif\"" : "Bearer realm=\"aif\", error=\"invalid_token\"");
    if (status == 503 || status == 429 || status == 507) answer_header(call, "Retry-After", "1");
}

void answer_refusal(struct api_call *call, struct refusal refusal)
{
    answer_problem(call, refusal_status(refusal.code), problem_format(&refusal, &call->arena));
    if (refusal.code == REFUSAL_REQUEST_IN_PROGRESS) answer_header(call, "Retry-After", "1");
    if (refusal.code == REFUSAL_ENCODING_NOT_SUPPORTED) answer_header(call, "Accept-Encoding", "identity");
}

static struct refusal fault_refusal(const struct json_fault *fault, struct arena *arena)
{
    const char *field = fault->pointer[0] == '/' ? fault->pointer + 1 : "the body";
    const char *wanted = fault->wanted[0] ? fault->wanted : "whole numbers within +-(2^53 - 1)";
    switch (fault->code) {
    case JSON_TOO_DEEP: return refuse(REFUSAL_JSON_TOO_DEEP, argument_count(JSON_DEPTH_MAX));
    case JSON_TOO_LARGE:
        if (fault->pointer[0]) return refuse(REFUSAL_INVALID_VALUE, argument_name(field), argument_name(wanted));
        return refuse(REFUSAL_JSON_TOO_LARGE, argument_count(JSON_MEMBERS_MAX));
    case JSON_DUPLICATE_KEY: return refuse(REFUSAL_DUPLICATE_KEY, argument_count((int64_t)fault->offset));
    case JSON_INVALID_TEXT: return refuse(REFUSAL_INVALID_TEXT);
    case JSON_NUMBER_OUT_OF_RANGE: return refuse(REFUSAL_NUMBER_OUT_OF_RANGE, argument_name(field), argument_name(wanted));
    case JSON_UNKNOWN_FIELD:
        return refuse(REFUSAL_UNKNOWN_FIELD, argument_name(fault->wanted[0] ? arena_format(arena, "; is it meant to be %s?", fault->wanted) : ""));
    case JSON_MISSING_FIELD: return refuse(REFUSAL_MISSING_FIELD, argument_name(field), argument_name(wanted));
    case JSON_WRONG_KIND: return refuse(REFUSAL_WRONG_KIND, argument_name(field), argument_name(wanted));
    case JSON_INVALID_VALUE: return refuse(REFUSAL_INVALID_VALUE, argument_name(field), argument_name(wanted));
    case JSON_CONFUSABLE_TEXT: return refuse(REFUSAL_CONFUSABLE_TEXT, argument_name(field));
    case JSON_MALFORMED: case JSON_FINE: break;
    }
    return refuse(REFUSAL_MALFORMED_JSON, argument_count((int64_t)fault->offset));
}

/* The pointer holds our own field names only, never what came. */
void answer_fault(struct api_call *call, const struct json_fault *fault)
{
    struct refusal refusal = fault_refusal(fault, &call->arena);
    const char *problem = problem_format(&refusal, &call->arena);
    if (fault->pointer[0])
        problem = arena_format(&call->arena, "%.*s,\"errors\":[{\"pointer\":\"%s\"}]}", (int)strlen(problem) - 1, problem, fault->pointer);
    answer_problem(call, refusal_status(refusal.code), problem);
}

/* The trace of the W3C's header ("00-TRACE-SPAN-FLAGS"), or one of our own. */
static void trace_format(struct api *api, const struct http_request *request, char to[33])
{
    const char *parent = http_request_header(request, "traceparent");
    if (parent && strlen(parent) == 55 && strncmp(parent, "00-", 3) == 0 && parent[35] == '-' && strspn(parent + 3, "0123456789abcdef") == 32 &&
        strspn(parent + 3, "0") < 32) {
        memcpy(to, parent + 3, 32);
        to[32] = 0;
        return;
    }
    struct rng rng = { api->trace };
    unsigned long long high = rng_next(&rng), low = rng_next(&rng);
    api->trace = rng.state;
    snprintf(to, 33, "%016llx%016llx", high, low);
}

/* The problem with its trace, on the heap: the arena may be what is full. */
static char *problem_with_trace(struct api_call *call, size_t *length)
{
    char trace[33];
    enum { MORE = 64 };
    size_t have = call->answer.length - 1; /* without its last bracket */
    char *text = malloc(have + MORE);
    if (!text) return NULL;
    trace_format(call->api, call->request, trace);
    memcpy(text, call->answer.bytes, have);
    *length = have + (size_t)snprintf(text + have, MORE, ",\"instance\":\"%s\"}", trace);
    return text;
}

void call_send(struct api_call *call)
{
    struct api_answer *answer = &call->answer;
    struct http_request *request = call->request;
    if (!request) return;
    if (call->principal.kind != PRINCIPAL_NOBODY) answer_header(call, "Cache-Control", "no-store");
    struct http_answer http = { .status = answer->status, .content_type = answer->type, .body = answer->bytes, .body_bytes = answer->length,
                                .owner = answer->is_static ? HTTP_BODY_STATIC : HTTP_BODY_COPY, .headers = answer->headers,
                                .header_count = answer->header_count };
    char *problem = answer->is_problem ? problem_with_trace(call, &http.body_bytes) : NULL;
    if (problem) http.body = problem, http.owner = HTTP_BODY_FREE;
    key_drop(call);
    call->arena.escape = NULL; /* its frame ends before the call does */
    if (answer->fd < 0) {
        http_answer(request, &http);
        return;
    }
    int fd = answer->fd;
    answer->fd = -1;
    http_answer_file(request, &http, fd, answer->offset, answer->size);
}

void call_refuse(struct api_call *call, struct refusal refusal)
{
    answer_refusal(call, refusal);
    call_send(call);
}

/* ---- elsewhere and back ---- */

/* What was prepared is dropped with the arena: only the refusal is needed any more. */
static void answer_failed(struct api_call *call, struct refusal refusal)
{
    call_release(call);
    arena_reset(&call->arena);
    answer_refusal(call, refusal);
}

void call_guarded(struct api_call *call, api_act *act)
{
    jmp_buf escape;
    call->arena.escape = &escape;
    if (setjmp(escape) == 0) {
        act(call);
        return; /* the call may be gone, or with a worker */
    }
    call->arena.escape = NULL;
    answer_failed(call, refuse(REFUSAL_TEMPORARILY_UNAVAILABLE));
    call_send(call);
}

static void came_back(void *context)
{
    struct api_call *call = context;
    call->busy = false;
    if (!call->request) {
        call_free(call);
        return;
    }
    if (!call->failed) {
        call_guarded(call, call->then);
        return;
    }
    call->failed = false;
    answer_failed(call, refuse(REFUSAL_TEMPORARILY_UNAVAILABLE));
    call_send(call);
}

static bool read_all(struct api_call *call, struct store *store, struct error *error)
{
    const struct principal *principal = &call->principal;
    if (!call->actor) call->actor = arena_take(&call->arena, sizeof *call->actor);
    *call->actor = (struct actor){ .kind = PRINCIPAL_NOBODY };
    if (principal->kind != PRINCIPAL_NOBODY && !store_actor(store, principal->id, principal->kind, &call->arena, call->actor, error)) return false;
    return call->work(call, store, error);
}

static bool run_on_reader(struct read *read, struct store *store)
{
    struct api_call *call = (struct api_call *)(void *)((char *)read - offsetof(struct api_call, read));
    struct error error = { 0 };
    jmp_buf escape;
    call->failed = true;
    call->arena.escape = &escape;
    if (setjmp(escape) == 0) {
        call->failed = !read_all(call, store, &error);
        if (call->failed) fprintf(stderr, "aif: reading for %s: %s\n", call->route->name, error.text);
    }
    call->arena.escape = NULL;
    return !call->failed;
}

static void read_done(struct read *read)
{
    struct api_call *call = (struct api_call *)(void *)((char *)read - offsetof(struct api_call, read));
    loop_post(call->api->options.loop, &call->task);
}

void call_read(struct api_call *call, api_read *work, api_act *then)
{
    call->work = work;
    call->then = then ? then : call_send;
    call->arena.escape = NULL;
    call->busy = true;
    if (readers_put(call->api->options.readers, &call->read)) return;
    call->busy = false;
    call_refuse(call, refuse(REFUSAL_BUSY));
}

static void door_done(struct door_request *request)
{
    struct api_call *call = request->context;
    loop_post(call->api->options.loop, &call->task);
}

void call_door(struct api_call *call, enum command_kind kind, const void *body, api_act *then)
{
    call->door.command.kind = kind;
    call->door.command.principal = call->principal.id;
    call->door.command.key = call->key[0] ? call->key : NULL;
    call->door.command.body = body;
    call->door.principal_kind = (int)call->principal.kind;
    call->then = then ? then : call_send_door;
    call->arena.escape = NULL;
    call->busy = true;
    if (writer_put(call->api->options.writer, &call->door)) return;
    call->busy = false;
    call_refuse(call, refuse(REFUSAL_BUSY));
}

void answer_door(struct api_call *call)
{
    struct door_request *door = &call->door;
    if (door->result == DOOR_FAILED || !door->answer) {
        struct refusal refusal = door->refusal.code ? door->refusal : refuse(REFUSAL_TEMPORARILY_UNAVAILABLE);
        answer_failed(call, refusal);
        return;
    }
    if (door->status >= 400) answer_problem(call, door->status, door->answer);
    else answer_json(call, door->status, door->answer);
    if (door->result == DOOR_REPLAYED) answer_header(call, "Idempotency-Replayed", "true");
}

void call_send_door(struct api_call *call)
{
    answer_door(call);
    call_send(call);
}

/* ---- parameters ---- */

const char *call_query(const struct api_call *call, const char *name)
{
    for (int i = 0; i < api_parameter_count; i++)
        if (strcmp(api_parameters[i].name, name) == 0) return call->query[i];
    return NULL;
}

int64_t call_query_number(const struct api_call *call, const char *name, int64_t otherwise)
{
    const char *text = call_query(call, name);
    int64_t number = otherwise;
    if (text) CHECK(text_to_number(text, &number));
    return number;
}
