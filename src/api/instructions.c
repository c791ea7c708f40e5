/* SPDX-License-Identifier: EUPL-1.2 */
/* instructions.c - what agents are asked: told by number over the agent's stream, counted as sent before a byte of it leaves.
 *
 * Always true: what a stream carries has a number that agent.send has committed, so from then on only the agent can say that it
 * won't be begun; an instruction to start a job that has ended by then goes out as one that asks for nothing, under its number.
 * A sender is at one step at a time: count (door) - read and sign (reader) - send. */
#include "api/handlers.h"
#include "api/tap.h"
#include "core/jobs/instruct.h"
#include "store/agents.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 20 };

struct sender {
    struct tap          tap;
    int64_t             given;         /* highest number that is in the stream, or that the agent had taken before */
    int64_t             issued, sent;  /* of the agent's row, as last read */
    int64_t             upto;          /* of this step */
    bool                replaced;
    struct door_request door;
    struct loop_task    counted;
    struct arena        door_arena;
    struct agent_send   body;
    struct text         text;          /* of the page */
    int64_t             last;
};

/* One look at all agents' rows, after anything that may have issued an instruction. */
struct look {
    struct api      *api;
    struct read      read;
    struct loop_task task;
    struct loop_timer later;         /* the readers were busy */
    bool             under_way, again, failed;
    int              count;
    struct { struct id agent; int64_t issued, sent; } rows[PICTURE_PARTITIONS_MAX];
};

static void pump(struct tap *tap);

/* ---- count: on the writer, by the server itself ---- */

static void count_done(struct door_request *request)
{
    struct sender *sender = request->context;
    loop_post(sender->tap.api->options.loop, &sender->counted);
}

static void count_came(void *context)
{
    struct sender *sender = context;
    bool fine = sender->door.result == DOOR_ANSWERED && sender->door.status < 400;
    arena_finish(&sender->door_arena);
    if (!tap_back(&sender->tap)) return;
    if (!fine) {
        tap_end(&sender->tap); /* the agent comes back */
        return;
    }
    if (sender->upto > sender->sent) sender->sent = sender->upto;
    tap_read(&sender->tap);
}

static void count_begin(struct sender *sender)
{
    struct api *api = sender->tap.api;
    arena_init(&sender->door_arena, API_ARENA_BYTES);
    sender->body = (struct agent_send){ .agent = sender->tap.principal.id, .number = sender->upto };
    sender->door = (struct door_request){ .command = { .kind = COMMAND_AGENT_SEND, .principal = api->options.server, .body = &sender->body },
                                          .principal_kind = PRINCIPAL_SERVER, .arena = &sender->door_arena, .done = count_done, .context = sender };
    sender->counted = (struct loop_task){ .callback = count_came, .context = sender };
    sender->tap.under_way = writer_put(api->options.writer, &sender->door);
    if (!sender->tap.under_way) tap_end(&sender->tap);
}

/* ---- read and sign: on a reader ---- */

static bool add_instruction(struct sender *sender, struct store *store, const struct instruction *instruction, struct error *error)
{
    const struct api_options *options = &sender->tap.api->options;
    struct arena *arena = &sender->tap.arena;
    const char *body = instruction->body;
    const void *row;
    if (instruction->kind == INSTRUCTION_START) {
        if (!store_get(store, &job_shape, instruction->job.text, arena, &row, error)) return false;
        const struct job *job = row;
        if (!job || job->state == JOB_ENDED) body = instruct_none(instruction, options->network.text, arena);
    }
    text_add_format(&sender->text, "id: %lld\nevent: %s\ndata: ", (long long)instruction->number, V1_INSTRUCTION_EVENT);
    text_add(&sender->text, v1_envelope_format(body, options->server_key, arena));
    text_add(&sender->text, "\n\n");
    sender->last = instruction->number;
    return true;
}

static bool page_make(struct tap *tap, struct store *store, struct error *error)
{
    struct sender *sender = (struct sender *)tap;
    struct store_list list;
    text_init(&sender->text, &tap->arena);
    sender->last = sender->given;
    if (!store_instructions(store, tap->principal.id, sender->given, sender->upto, API_INSTRUCTIONS_PAGE, &tap->arena, &list, error)) return false;
    for (int i = 0; i < list.count && sender->text.length < API_PAGE_BYTES; i++) {
        const struct instruction *instruction = (const struct instruction *)list.rows + i;
        if (instruction->number != sender->last + 1) return error_set(error, ERROR_STORE, "an agent's instructions have a gap");
        if (!add_instruction(sender, store, instruction, error)) return false;
    }
    return sender->last > sender->given || error_set(error, ERROR_STORE, "an instruction that was issued isn't there");
}

static void page_came(struct tap *tap)
{
    struct sender *sender = (struct sender *)tap;
    if (!feed_put(&tap->feed, sender->text.bytes, sender->text.length)) return; /* read again, once it's thirsty */
    sender->given = sender->last;
    pump(tap);
}

/* ---- one step ---- */

static void pump(struct tap *tap)
{
    struct sender *sender = (struct sender *)tap;
    if (tap->under_way || tap->closed || sender->given >= sender->issued || feed_wait(&tap->feed)) return;
    sender->upto = sender->issued - sender->given < API_INSTRUCTIONS_PAGE ? sender->issued : sender->given + API_INSTRUCTIONS_PAGE;
    if (sender->upto > sender->sent) count_begin(sender);
    else tap_read(tap);
}

/* ---- the look at all agents ---- */

static bool look_run(struct read *read, struct store *store)
{
    struct look *look = (struct look *)(void *)((char *)read - offsetof(struct look, read));
    struct error error;
    look->count = 0;
    look->failed = true;
    struct db_statement *ask = db_prepare(store_db(store), "SELECT id, issued, sent FROM agent ORDER BY id", &error);
    if (!ask) return false;
    enum db_step step = DB_DONE;
    while (look->count < countof(look->rows) && (step = db_step(ask, &error)) == DB_ROW) {
        look->rows[look->count].agent = id_from(db_text(ask, 0));
        look->rows[look->count].issued = db_number(ask, 1);
        look->rows[look->count++].sent = db_number(ask, 2);
    }
    db_reset(ask);
    look->failed = step == DB_FAILED;
    return !look->failed;
}

static void look_done(struct read *read)
{
    struct look *look = (struct look *)(void *)((char *)read - offsetof(struct look, read));
    loop_post(look->api->options.loop, &look->task);
}

static void look_begin(struct api *api)
{
    struct look *look = api->look;
    look->again = look->under_way;
    if (look->under_way || !api->senders) return;
    look->under_way = readers_put(api->options.readers, &look->read);
    if (!look->under_way) loop_timer_set(api->options.loop, &look->later, LOOK_AGAIN_MS, 0);
}

static void look_later(void *context) { look_begin(context); }

static void look_came(void *context)
{
    struct look *look = context;
    look->under_way = false;
    for (struct tap *tap = look->api->senders; tap && !look->failed; tap = tap->next) {
        struct sender *sender = (struct sender *)tap;
        for (int i = 0; i < look->count; i++) {
            if (!id_equal(look->rows[i].agent, tap->principal.id)) continue;
            sender->issued = look->rows[i].issued;
            if (look->rows[i].sent > sender->sent) sender->sent = look->rows[i].sent;
        }
        pump(tap);
    }
    if (look->again) look_begin(look->api);
}

void instructions_init(struct api *api)
{
    struct look *look = api->look = calloc(1, sizeof *look);
    CHECK(look);
    look->api = api;
    look->read = (struct read){ .run = look_run, .done = look_done };
    look->task = (struct loop_task){ .callback = look_came, .context = look };
    look->later = (struct loop_timer){ .callback = look_later, .context = api };
}

void instructions_finish(struct api *api)
{
    loop_timer_cancel(&api->look->later);
    free(api->look);
}

/* Everything that can issue an instruction says so by one of these events. */
static bool may_instruct(const struct event *event)
{
    static const char *const names[] = { "job.submitted", "job.released", "job.cancel_asked" };
    for (int i = 0; i < countof(names); i++)
        if (strcmp(event->name, names[i]) == 0) return true;
    return false;
}

void instructions_committed(struct api *api, const struct event *events, int count)
{
    for (int i = 0; i < count; i++) {
        if (!may_instruct(&events[i])) continue;
        look_begin(api);
        return;
    }
}

void instructions_check(struct api *api)
{
    int64_t now_ms = api->options.now_ms();
    for (struct tap *tap = api->senders; tap; tap = tap->next)
        if (!auth_is_good(api->auth, &tap->principal, now_ms)) tap_end(tap);
}

/* ---- the stream ---- */

static void gone(struct tap *tap)
{
    struct sender *sender = (struct sender *)tap;
    const struct api_options *options = &tap->api->options;
    arena_finish(&sender->door_arena);
    memo_forget(tap->api);
    if (!sender->replaced) options->agent_gone(options->context, tap->principal.id, tap->principal.system);
}

/* An agent has one stream: the newest. */
static void replace(struct api *api, struct id agent)
{
    for (struct tap *tap = api->senders; tap; tap = tap->next) {
        if (!id_equal(tap->principal.id, agent)) continue;
        ((struct sender *)tap)->replaced = true;
        tap_end(tap);
    }
}

static void send_begin(struct api_call *call)
{
    struct api *api = call->api;
    int64_t *taken = call->own;
    if (call->answer.status) {
        call_send(call);
        return;
    }
    struct sender *sender = calloc(1, sizeof *sender);
    CHECK(sender);
    sender->given = *taken;
    sender->tap = (struct tap){ .urgent = true, .page = page_make, .paged = page_came, .thirsty = pump, .gone = gone };
    replace(api, call->principal.id);
    if (!tap_open(&sender->tap, call, &api->senders, TYPE_EVENTS, "retry: 1000\n\n")) return;
    memo_forget(api);
    api->options.agent_heard(api->options.context, call->principal.id, call->principal.system);
    look_begin(api);
}

/* On a reader: an agent that has taken more than was ever issued speaks of another server, or this one lost its memory. */
static bool read_taken(struct api_call *call, struct store *store, struct error *error)
{
    const char *last = http_request_header(call->request, "Last-Event-ID");
    int64_t *taken = call->own = arena_take(&call->arena, sizeof *taken);
    const void *row;
    call->answer.status = 0;
    if (!store_get(store, &agent_shape, call->principal.id.text, &call->arena, &row, error)) return false;
    const struct agent *agent = row;
    int64_t most = agent ? agent->issued : 0;
    if (!last || (text_to_number(last, taken) && *taken >= 0 && *taken <= most)) return true;
    answer_refusal(call, refuse(REFUSAL_INVALID_VALUE, argument_name("Last-Event-ID"),
                                argument_name(arena_format(&call->arena, "a number from 0 to %lld: what was issued", (long long)most))));
    return true;
}

void api_agent_instructions(struct api_call *call) { call_read(call, read_taken, send_begin); }
