/* SPDX-License-Identifier: EUPL-1.2 */
/* api.c - from a request's head to its handler, in this order: is there such a route, who asks, may she ask here at all, key,
 * parameters, media type, body. What only rows can tell (roles, what is there) is asked later, by readers and door. */
#include "api/api.h"

#include "api/state.h"
#include "api/tap.h"
#include "base/file.h"
#include "base/rng.h"
#include "core/problem.h"
#include "net/limits.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- head ---- */

static void refuse_method(struct api_call *call, const char *allowed)
{
    answer_refusal(call, refuse(REFUSAL_METHOD_NOT_ALLOWED));
    answer_header(call, "Allow", allowed);
    call_send(call);
}

/* Everything that may be known before the body comes; a body that nobody will read isn't asked for. */
static void head_read(struct api_call *call)
{
    struct http_request *request = call->request;
    struct api *api = call->api;
    const char *allowed = "", *authorization = http_request_header(request, "Authorization");
    call->route = route_find(http_request_method(request), http_request_path(request), &call->arena, &call->values, &allowed);
    if (!call->route) {
        if (*allowed) refuse_method(call, allowed);
        else call_refuse(call, refuse(REFUSAL_NOT_FOUND));
        return;
    }
    struct refusal refusal = auth_principal(api->auth, authorization, call->now_ms, &call->principal);
    if (!refusal.code && call->route->who != ROUTE_ANYBODY && call->principal.kind == PRINCIPAL_NOBODY) refusal = refuse(REFUSAL_AUTH_REQUIRED);
    if (!refusal.code && call->route->who == ROUTE_AGENT && call->principal.kind != PRINCIPAL_AGENT)
        refusal = refuse(REFUSAL_NOT_PERMITTED, argument_name(word_name(&verb_words, (int)call->route->verb)));
    if (!refusal.code && api->draining && call->route->kind == ROUTE_COMMAND) refusal = refuse(REFUSAL_SHUTTING_DOWN);
    if (refusal.code) {
        call_refuse(call, refusal);
        return;
    }
    call->arena.escape = NULL;
    if (call->route->body_bytes > API_MEMORY_BYTES) http_body_spool(request, api->spool_folder, call->route->body_bytes);
    else if (call->route->body_bytes) http_body_memory(request, call->route->body_bytes);
}

static void on_head(void *context, struct http_request *request)
{
    static const char busy[] = "{\"type\":\"/problems/busy\",\"title\":\"Refused: busy\",\"status\":503,\"code\":\"busy\"}";
    static const struct http_header wait = { "Retry-After", "1" };
    struct api_call *call = call_create(context, request);
    *http_request_user(request) = call;
    if (call) call_guarded(call, head_read);
    else http_answer(request, &(struct http_answer){ .status = 503, .content_type = "application/problem+json", .body = busy,
                                                     .body_bytes = sizeof busy - 1, .owner = HTTP_BODY_STATIC, .headers = &wait, .header_count = 1 });
}

/* ---- body ---- */

static bool refused(struct api_call *call, struct refusal refusal)
{
    answer_refusal(call, refusal);
    return false;
}

static bool parameter_read(struct api_call *call, const char *name, const char *value)
{
    int64_t number;
    for (int i = 0; i < api_parameter_count; i++) {
        const struct api_parameter *parameter = &api_parameters[i];
        if (strcmp(parameter->name, name) != 0 || !route_has_parameter(call->route, name)) continue;
        if (parameter->is_number && (!text_to_number(value, &number) || number < 0 || number > parameter->most))
            return refused(call, refuse(REFUSAL_NUMBER_OUT_OF_RANGE, argument_name(name),
                                        argument_name(arena_format(&call->arena, "a whole number from 0 to %lld", (long long)parameter->most))));
        if (!parameter->is_number && ((int64_t)strlen(value) > parameter->most || !text_is_plain(value)))
            return refused(call, refuse(REFUSAL_INVALID_VALUE, argument_name(name),
                                        argument_name(arena_format(&call->arena, "at most %lld bytes of plain text", (long long)parameter->most))));
        call->query[i] = value;
        return true;
    }
    return refused(call, refuse(REFUSAL_UNKNOWN_FIELD, argument_name("")));
}

static bool parameters_read(struct api_call *call)
{
    const char *name, *value;
    for (int i = 0; i < http_request_query_count(call->request); i++) {
        http_request_query_at(call->request, i, &name, &value);
        if (!parameter_read(call, name, value)) return false;
    }
    return true;
}

/* "application/json", with parameters or without. A form of a foreign page can't say it. */
static bool media_type_is_json(const struct http_request *request)
{
    static const char json[] = "application/json";
    const char *type = http_request_header(request, "Content-Type");
    if (!type || strncasecmp(type, json, sizeof json - 1) != 0) return false;
    const char *behind = type + sizeof json - 1;
    return behind[strspn(behind, " \t")] == 0 || behind[strspn(behind, " \t")] == ';';
}

static bool body_read(struct api_call *call)
{
    const struct shape *shape = call->route->body;
    struct json_fault fault;
    if (!shape) return true;
    if (!media_type_is_json(call->request)) return refused(call, refuse(REFUSAL_MEDIA_TYPE));
    call->body = arena_take(&call->arena, shape->size);
    call->json = json_read(http_request_body(call->request), http_request_body_bytes(call->request), &fault);
    bool fine = call->json && json_to_shape(call->json, shape, &call->arena, call->body, &fault);
    json_free(call->json);
    call->json = NULL;
    if (!fine) answer_fault(call, &fault);
    return fine;
}

/* A draft of the IETF writes the key in quotation marks; both are taken. */
static bool key_read(struct api_call *call)
{
    const char *key = http_request_header(call->request, "Idempotency-Key");
    if (call->route->key == ROUTE_FREE) return true;
    if (!key && call->route->body == &job_submit_shape) return true; /* a dry run needs none; asked again once the body is read */
    size_t length = key ? strlen(key) : 0;
    if (length >= 2 && key[0] == '"' && key[length - 1] == '"') key++, length -= 2;
    if (length < IDEMPOTENCY_KEY_MIN || length > IDEMPOTENCY_KEY_MAX ||
        strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") < length)
        return refused(call, refuse(REFUSAL_IDEMPOTENCY_KEY_REQUIRED));
    memcpy(call->key, key, length);
    return true;
}

/* A key belongs to exactly this request: method, path and the body's bytes. */
static bool request_bind(struct api_call *call)
{
    struct http_request *request = call->request;
    if (call->route->kind != ROUTE_COMMAND || !call->key[0]) return true;
    const char *line = arena_format(&call->arena, "%s %s\n", http_request_method(request), http_request_path(request));
    call->door.command.request_hash = sha256_2(line, strlen(line), http_request_body(request), http_request_body_bytes(request));
    return key_take(call) || refused(call, refuse(REFUSAL_REQUEST_IN_PROGRESS));
}

static void request_read(struct api_call *call)
{
    if (!key_read(call) || !parameters_read(call) || !body_read(call) || !request_bind(call)) {
        call_send(call);
        return;
    }
    if (!call->route->read) call->route->act(call);
    else if (!memo_send(call)) call_read(call, call->route->read, memo_then(call));
}

static void on_request(void *context, struct http_request *request)
{
    struct api_call *call = *http_request_user(request);
    (void)context;
    call->now_ms = call->api->options.now_ms(); /* a large body may have taken its time */
    call_guarded(call, request_read);
}

static void on_end(void *context, struct http_request *request)
{
    struct api_call *call = *http_request_user(request);
    (void)context;
    if (call) call_end(call);
}

/* Net's own refusals, in our words. */
static void on_fault(void *context, const struct http_request *request, const char *code, struct http_answer *answer)
{
    static char words[2048]; /* the loop's thread alone gets here, and net copies it at once */
    enum refusal_code known = refusal_code_find(code);
    struct arena arena;
    (void)context;
    if (!known) return;
    struct refusal refusal = { .code = known };
    int64_t limit = known == REFUSAL_URI_TOO_LONG ? HTTP_TARGET_BYTES : known == REFUSAL_HEADERS_TOO_LARGE ? HTTP_HEAD_BYTES : 0;
    const struct api_call *call = request ? *http_request_user((struct http_request *)(uintptr_t)request) : NULL;
    if (known == REFUSAL_BODY_TOO_LARGE) limit = call && call->route ? (int64_t)call->route->body_bytes : 0;
    if (refusal_argument_label(known, 0)) refusal.arguments[0] = argument_size(limit);
    arena_init(&arena, 64 * 1024);
    const char *problem = problem_format(&refusal, &arena);
    int length = snprintf(words, sizeof words, "%s\n", problem);
    arena_finish(&arena);
    CHECK(length > 0 && (size_t)length < sizeof words);
    answer->body = words;
    answer->body_bytes = (size_t)length;
    answer->owner = HTTP_BODY_COPY;
}

/* ---- the API itself ---- */

static char *folder_below(const char *folder, const char *name)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

/* What an ended server left half received. */
static void spool_empty(const char *folder)
{
    DIR *entries = opendir(folder);
    if (!entries) return;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (entry->d_name[0] != '.') (void)unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
}

static bool folders_make(struct api *api, const char *data_folder, struct error *error)
{
    api->streams_folder = folder_below(data_folder, "streams");
    api->files_folder = folder_below(data_folder, "files");
    api->spool_folder = folder_below(data_folder, "spool");
    if (!folder_make(data_folder, error) || !folder_make(api->streams_folder, error) || !folder_make(api->files_folder, error) ||
        !folder_make(api->spool_folder, error)) return false;
    spool_empty(api->spool_folder);
    return true;
}

static void check_streams(void *context)
{
    events_check(context);
    instructions_check(context);
}

static bool start_load(struct api *api, const struct api_options *options, struct error *error)
{
    struct store_options store_options = { .location = options->location, .read_only = true };
    struct store *store;
    if (!store_open(&store, &store_options, error)) return false;
    bool ok = store_number(store, "SELECT max(sequence) FROM event", NULL, 0, &api->newest, error) && page_load(api, store, error);
    store_close(store);
    return ok;
}

bool api_create(struct api **api, const struct api_options *options, struct error *error)
{
    struct api *a = *api = calloc(1, sizeof *a);
    CHECK(a);
    a->options = *options;
    a->trace = options->trace_seed;
    a->tries = calloc(TRY_BUCKETS, sizeof *a->tries);
    a->memos = calloc((size_t)route_count, sizeof *a->memos);
    CHECK(a->tries && a->memos);
    pthread_mutex_init(&a->lock, NULL);
    feeds_init(&a->feeds, options->loop);
    arena_init(&a->arena, API_ARENA_BYTES);
    taps_init(a);
    instructions_init(a);
    a->openapi = openapi_format(&a->openapi_bytes);
    a->check = (struct loop_timer){ .callback = check_streams, .context = a };
    loop_timer_set(options->loop, &a->check, API_STREAM_CHECK_MS, API_STREAM_CHECK_MS);
    if (folders_make(a, options->data_folder, error) && auth_create(&a->auth, options->location, error) && start_load(a, options, error)) return true;
    api_destroy(a);
    *api = NULL;
    return false;
}

static void calls_free(struct api_call *call)
{
    while (call) {
        struct api_call *next = call->next;
        arena_finish(&call->arena);
        free(call);
        call = next;
    }
}

/* Calls that were with a worker when the loop stopped never came back; nobody has them now. */
void api_destroy(struct api *api)
{
    if (!api) return;
    for (struct api_call *call = api->calls; call; call = call->next) call_release(call);
    calls_free(api->calls);
    calls_free(api->kept);
    taps_finish(api);
    instructions_finish(api);
    arena_finish(&api->arena);
    feeds_finish(&api->feeds);
    loop_timer_cancel(&api->check);
    auth_destroy(api->auth);
    pthread_mutex_destroy(&api->lock);
    free(api->tries);
    memo_finish(api);
    free(api->openapi);
    free(api->streams_folder);
    free(api->files_folder);
    free(api->spool_folder);
    free(api);
}

void api_serve(struct api *api, struct http_server_options *http)
{
    static const struct http_header headers[] = { { "X-Content-Type-Options", "nosniff" }, { "Referrer-Policy", "no-referrer" } };
    http->context = api;
    http->on_head = on_head;
    http->on_request = on_request;
    http->on_end = on_end;
    http->on_fault = on_fault;
    http->headers = headers;
    http->header_count = countof(headers);
}

void api_committed(struct api *api, const struct event *events, int count)
{
    if (!count) return;
    api->newest = events[count - 1].sequence;
    memo_forget(api);
    page_committed(api, events, count);
    events_committed(api, events, count);
    instructions_committed(api, events, count);
}

void api_drain(struct api *api) { api->draining = true; }
