/* SPDX-License-Identifier: EUPL-1.2 */
/* agents.c - what site agents send and fetch, but for their instructions. docs/agent-protocol.md has the words; the messages are
 * read and written by protocol/v1, facts go through the door one by one in their order. */
#include "api/contents.h"
#include "api/handlers.h"
#include "api/reach.h"
#include "api/streams.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- hello ---- */

/* The door's answer, and what the agent must know of the server. */
static void hello_answered(struct api_call *call)
{
    char key[2 * SIGN_PUBLIC_BYTES + 1];
    answer_door(call);
    if (call->answer.status == 200) {
        hex_format(call->api->options.server_key->public, SIGN_PUBLIC_BYTES, key);
        answer_json(call, 200, arena_format(&call->arena, "%.*s,\"network\":\"%s\",\"server_key\":\"%s\"}", (int)call->answer.length - 1, call->answer.bytes,
                                            call->api->options.network.text, key));
    }
    call_send(call);
}

void api_agent_hello(struct api_call *call) { call_door(call, COMMAND_AGENT_HELLO, call->body, hello_answered); }

/* ---- state ---- */

void api_agent_state(struct api_call *call)
{
    struct v1_state *state = arena_take(&call->arena, sizeof *state);
    struct json_fault fault;
    if (!v1_state_parse(http_request_body(call->request), http_request_body_bytes(call->request), &call->arena, state, &fault)) {
        answer_fault(call, &fault);
    } else {
        memo_forget(call->api);
        call->api->options.agent_state(call->api->options.context, call->principal.id, call->principal.system, state);
        answer_json_n(call, 204, NULL, 0);
        call->answer.type = NULL;
    }
    call_send(call);
}

/* ---- observations ---- */

/* One command for the door, with memory of its own: the writer may be at one while the loop looks at another. */
struct observed { struct door_request door; struct arena arena; void *body; };

struct batch {
    struct api_call       *call;
    struct v1_observations message;
    struct agent_take      take;
    int                    count;    /* of items */
    atomic_int             left;     /* not yet answered by the door */
    struct observed        items[V1_OBSERVATIONS + 1]; /* what was taken, then what was seen */
};

static void batch_release(struct api_call *call)
{
    struct batch *batch = call->own;
    for (int i = 0; i < batch->count; i++) arena_finish(&batch->items[i].arena);
}

/* The highest number that is kept now, with all before it; *refused: the first that isn't. */
static int64_t observed_so_far(const struct batch *batch, const struct observed **refused)
{
    int64_t observed = 0;
    *refused = NULL;
    for (int i = 1; i < batch->count; i++) {
        const struct door_request *door = &batch->items[i].door;
        if (door->result == DOOR_FAILED || door->result == DOOR_DENIED || door->status >= 400) {
            *refused = &batch->items[i];
            return observed;
        }
        observed = batch->message.items[i - 1].number;
    }
    return observed;
}

/* Nothing was seen, only taken: the row says how far it got. */
static bool read_observed(struct api_call *call, struct store *store, struct error *error)
{
    const void *row;
    if (!store_get(store, &agent_shape, call->principal.id.text, &call->arena, &row, error)) return false;
    const struct agent *agent = row;
    const struct batch *batch = call->own;
    if (agent && same_text(agent->journal, batch->message.journal)) answer_json(call, 200, v1_acknowledgement_format(agent->observed, &call->arena));
    else answer_refusal(call, refuse(REFUSAL_OBSERVATION_GAP, argument_count(1))); /* another journal's numbers: say hello first */
    return true;
}

static void batch_answered(struct api_call *call)
{
    struct batch *batch = call->own;
    const struct observed *refused;
    int64_t observed = observed_so_far(batch, &refused);
    bool only_taken = batch->count == 1;
    if (observed) answer_json(call, 200, v1_acknowledgement_format(observed, &call->arena));
    else if (refused && refused->door.answer) answer_problem(call, refused->door.status, arena_text(&call->arena, refused->door.answer));
    else if (!only_taken) answer_refusal(call, refused && refused->door.refusal.code ? refused->door.refusal : refuse(REFUSAL_TEMPORARILY_UNAVAILABLE));
    if (only_taken) call_read(call, read_observed, NULL);
    else call_send(call);
}

static void one_answered(struct door_request *request)
{
    struct batch *batch = request->context;
    if (atomic_fetch_sub(&batch->left, 1) == 1) loop_post(batch->call->api->options.loop, &batch->call->task);
}

static void item_init(struct batch *batch, enum command_kind kind, const void *body)
{
    struct observed *item = &batch->items[batch->count++];
    arena_init(&item->arena, API_ARENA_BYTES);
    item->door = (struct door_request){ .command = { .kind = kind, .principal = batch->call->principal.id, .body = body },
                                        .principal_kind = PRINCIPAL_AGENT, .arena = &item->arena, .done = one_answered, .context = batch };
}

/* All of them at once, so that they share a commit; one that isn't taken stays unanswered, and so do those behind it. */
static void batch_put(struct api_call *call)
{
    struct batch *batch = call->own;
    int put = 0, count = batch->count;
    call->then = batch_answered;
    call->arena.escape = NULL;
    call->busy = true;
    atomic_store(&batch->left, count);
    for (int i = 0; i < count; i++) batch->items[i].door.result = DOOR_FAILED;
    while (put < count && writer_put(call->api->options.writer, &batch->items[put].door)) put++;
    if (put < count && atomic_fetch_sub(&batch->left, count - put) == count - put) loop_post(call->api->options.loop, &call->task);
}

static void batch_synced(struct api_call *call)
{
    if (call->answer.status) call_send(call);
    else batch_put(call);
}

/* On a reader: what is said to be complete must be on the disk before that is a fact. */
static bool sync_ended(struct api_call *call, struct store *store, struct error *error)
{
    const struct batch *batch = call->own;
    (void)store, (void)error;
    call->answer.status = 0;
    for (int i = 0; i < batch->message.count; i++) {
        const struct stream_end *end = batch->items[i + 1].body;
        if (batch->message.items[i].kind != COMMAND_STREAM_END || stream_sync(call->api, end->job, end->name)) continue;
        answer_refusal(call, refuse(REFUSAL_TEMPORARILY_UNAVAILABLE));
        break;
    }
    return true;
}

static bool batch_read(struct api_call *call, struct batch *batch, struct json_fault *fault)
{
    struct v1_observations *message = &batch->message;
    if (!v1_observations_parse(http_request_body(call->request), http_request_body_bytes(call->request), &call->arena, message, fault)) return false;
    for (int i = 0; i < message->count; i++) {
        batch->items[i + 1].body = v1_observation_read(&message->items[i], call->principal.id, message->journal, &call->arena, fault);
        if (!batch->items[i + 1].body) return false;
    }
    return true;
}

void api_agent_observations(struct api_call *call)
{
    struct batch *batch = arena_take(&call->arena, sizeof *batch);
    struct json_fault fault;
    bool ends = false;
    batch->call = call;
    call->own = batch;
    if (!batch_read(call, batch, &fault)) {
        answer_fault(call, &fault);
        call_send(call);
        return;
    }
    call->release = batch_release;
    batch->take = (struct agent_take){ .agent = call->principal.id, .number = batch->message.taken };
    item_init(batch, COMMAND_AGENT_TAKE, &batch->take);
    for (int i = 0; i < batch->message.count; i++) {
        item_init(batch, batch->message.items[i].kind, batch->items[i + 1].body);
        ends = ends || batch->message.items[i].kind == COMMAND_STREAM_END;
    }
    if (ends) call_read(call, sync_ended, batch_synced);
    else batch_put(call);
}

/* ---- bytes of streams ---- */

struct grown { struct id job, project; int64_t size_bytes; bool grew; };

static void answer_append(struct api_call *call, enum stream_result result, int64_t size, struct error *error)
{
    switch (result) {
    case STREAM_KEPT: answer_json(call, 200, v1_size_format(size, &call->arena)); return;
    case STREAM_OFFSET: answer_refusal(call, refuse(REFUSAL_OFFSET_MISMATCH, argument_count(size))); return;
    case STREAM_TOO_LARGE: answer_refusal(call, refuse(REFUSAL_STREAM_TOO_LARGE, argument_size(size))); return;
    case STREAM_PATH: answer_refusal(call, refuse(REFUSAL_INVALID_PATH, argument_name("name"))); return;
    case STREAM_FULL: answer_refusal(call, refuse(REFUSAL_STORAGE_FULL)); return;
    case STREAM_FAILED: break;
    }
    (void)error_set_errno(error, ERROR_IO, "can't append to a stream");
    answer_refusal(call, refuse(REFUSAL_TEMPORARILY_UNAVAILABLE));
}

static void stream_grew(struct api_call *call)
{
    const struct grown *grown = call->own;
    if (grown->grew) events_grown(call->api, grown->job, grown->project, call->values.name, grown->size_bytes);
    call_send(call);
}

/* On a reader. A stream that has ended takes repetitions only. */
bool api_agent_stream(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    const char *name = call->values.name;
    struct grown *grown = call->own = arena_take(&call->arena, sizeof *grown);
    call->then = stream_grew;
    struct stream row;
    bool ended = false;
    int64_t size = 0, offset = call_query_number(call, "offset", 0), length = (int64_t)http_request_body_bytes(call->request);
    if (!v1_stream_name_is_safe(name)) {
        answer_refusal(call, refuse(REFUSAL_INVALID_PATH, argument_name("name")));
        return true;
    }
    if (!call_agent_job(call, store, &job, error)) return false;
    if (!job) return true;
    if (!store_find(store, &stream_shape, (const char *const[]){ job->id.text, name }, &call->arena, &row, &ended, error)) return false;
    if (ended) {
        answer_append(call, offset + length > row.size_bytes ? STREAM_OFFSET : STREAM_KEPT, row.size_bytes, error);
        return true;
    }
    enum stream_result result = stream_append(call->api, job->id, name, offset, http_request_body(call->request), (size_t)length, &size);
    answer_append(call, result, size, error);
    *grown = (struct grown){ job->id, job->project, size, result == STREAM_KEPT && length > 0 };
    return true;
}

/* ---- what a job needs ---- */

static void answer_missing(struct api_call *call) { answer_refusal(call, refuse(REFUSAL_NOT_FOUND)); }

/* Newest first: an agent fetches what it was just told to start. The expressions keep the planner from its index over systems,
 * which would begin with the oldest. */
bool api_agent_script(struct api_call *call, struct store *store, struct error *error)
{
    const struct store_value values[] = { STORE_TEXT(call->principal.system.text), STORE_TEXT(call->values.hash) };
    const void *row;
    int64_t mine;
    if (!store_number(store, "SELECT 1 FROM job WHERE system || '' = $1 AND script = $2 ORDER BY id DESC LIMIT 1", values, 2, &mine, error)) return false;
    if (!store_get(store, &script_shape, mine ? call->values.hash : "", &call->arena, &row, error)) return false;
    const struct script *script = row;
    if (script) answer_text(call, route_type_name(TYPE_TEXT), script->text, strlen(script->text));
    else answer_missing(call);
    return true;
}

/* The folder of one of the agent's jobs; NULL: the call is answered. */
static bool job_folder(struct api_call *call, struct store *store, const struct folder **folder, struct error *error)
{
    const struct job *job;
    bool found = false;
    *folder = NULL;
    if (!call_agent_job(call, store, &job, error)) return false;
    if (!job) return true;
    struct folder *row = arena_take(&call->arena, sizeof *row);
    if (job->folder && !store_find(store, &folder_shape, (const char *const[]){ job->project.text, job->folder }, &call->arena, row, &found, error)) return false;
    if (found) *folder = row;
    else answer_missing(call);
    return true;
}

bool api_agent_folder(struct api_call *call, struct store *store, struct error *error)
{
    const struct folder *folder;
    if (!job_folder(call, store, &folder, error)) return false;
    if (folder) answer_text(call, route_type_name(TYPE_TEXT), folder->list, strlen(folder->list));
    return true;
}

bool api_agent_file(struct api_call *call, struct store *store, struct error *error)
{
    const struct folder *folder;
    struct stat status;
    if (!job_folder(call, store, &folder, error)) return false;
    if (!folder) return true;
    int fd = folder_list_names(folder->list, call->values.hash) ? contents_open(call->api, folder->project, call->values.hash) : -1;
    if (fd >= 0 && fstat(fd, &status) == 0) {
        answer_file(call, 200, route_type_name(TYPE_BYTES), fd, 0, (uint64_t)status.st_size);
        return true;
    }
    if (fd >= 0) close(fd);
    answer_missing(call);
    return true;
}
