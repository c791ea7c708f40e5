/* SPDX-License-Identifier: EUPL-1.2 */
/* people.c - clients as they should be written: a key is chosen once, and the command is sent until an answer is whole. */
#include "sim/people.h"

#include "base/json.h"
#include "sim/model.h"
#include "sim/server.h"

#include <string.h>

enum { PATIENCE_MS = 15000, BURST_MAX = 64, ONCE_BURST = 7, PAUSE_MS = 150000 };

/* ---- sending ---- */

static void order_send(void *context)
{
    struct order *order = context;
    struct run *run = order->run;
    if (order->is_acknowledged) return;
    const struct message message = { .arrive = sim_server_order_arrives, .context = order, .bytes = order->json, .length = strlen(order->json) };
    wire_send(&run->people->up, &message);
    run_plan(run, rng_between(&run->wires, PATIENCE_MS / 3, PATIENCE_MS), order_send, order);
}

static void think(void *context)
{
    struct run *run = context;
    struct people *people = run->people;
    int64_t count = rng_once_in(&run->rng, ONCE_BURST) ? rng_between(&run->rng, 1, BURST_MAX) : rng_between(&run->rng, 1, 3);
    for (; count && people->made < run->options->commands; count--) {
        struct order *order = order_make(run);
        order->next = people->orders;
        people->orders = order;
        people->open++;
        run_tally(run, TALLY_COMMANDS);
        if (order->is_dry) run_tally(run, TALLY_DRY);
        order_send(order);
    }
    if (people->made < run->options->commands) run_plan(run, rng_between(&run->rng, 1, PAUSE_MS), think, run);
}

void people_create(struct run *run)
{
    struct people *people = run->people = arena_take(&run->arena, sizeof *people);
    people->up.run = people->down.run = run;
}

void people_begin(struct run *run) { run_plan(run, 1000, think, run); }

/* ---- answers ---- */

/* An answer on its way. */
struct reply { struct order *order; enum order_result result; enum refusal_code refusal; int status; };

static void check_denied(const struct order *order, const struct reply *reply, const char *answer)
{
    struct run *run = order->run;
    struct people *people = run->people;
    const char *who = run->world->persons[order->person].id.text, *what = order->json;
    bool denied = reply->result == ORDER_DENIED;
    switch (order->expectation) {
    case EXPECT_ANSWER: RUN_CHECK(run, reply->result == ORDER_ANSWERED || reply->result == ORDER_REPLAYED, "%s may, but was answered %d: %s", who, reply->status, what); break;
    case EXPECT_REFUSAL: RUN_CHECK(run, !denied && reply->status >= 400, "%s was answered %d, a refusal was due: %s", who, reply->status, what); break;
    case EXPECT_NOT_FOUND:
        RUN_CHECK(run, denied && reply->refusal == REFUSAL_NOT_FOUND, "%s may not even know of this, but was answered %d: %s", who, reply->status, what);
        if (!people->not_found) people->not_found = answer;
        RUN_CHECK(run, strcmp(answer, people->not_found) == 0, "two strangers got two answers: %s %s", answer, people->not_found);
        break;
    case EXPECT_NOT_PERMITTED: RUN_CHECK(run, denied && reply->refusal == REFUSAL_NOT_PERMITTED, "%s may only look, but was answered %d: %s", who, reply->status, what); break;
    case EXPECT_NO_PROJECT:
        RUN_CHECK(run, denied && (reply->refusal == REFUSAL_PROJECT_NONE || reply->refusal == REFUSAL_PROJECT_AMBIGUOUS), "%s named no project and was answered %d: %s", who, reply->status, what);
        break;
    case EXPECT_REUSED: RUN_CHECK(run, denied && reply->refusal == REFUSAL_IDEMPOTENCY_KEY_REUSED, "%s used a key twice and was answered %d: %s", who, reply->status, what); break;
    case EXPECT_SAME:
        RUN_CHECK(run, reply->result == ORDER_REPLAYED && reply->status == order->before->status && strcmp(answer, order->before->answer) == 0,
                  "%s asked the same again and was answered %d %s, not %d %s", who, reply->status, answer, order->before->status, order->before->answer);
        break;
    }
}

/* What an accepted command says that there is now, was told of before. */
static void check_made(const struct order *order)
{
    struct run *run = order->run;
    struct people *people = run->people;
    struct json_fault fault;
    struct json_t *json = json_read(order->answer, strlen(order->answer), &fault);
    RUN_CHECK(run, json, "an answer can't be read: %s", order->answer);
    const char *id = json_text(json_get(json, "id")), *folder = json_text(json_get(json, "folder")), *project = json_text(json_get(json, "project"));
    if (order->kind == COMMAND_JOB_SUBMIT) {
        RUN_CHECK(run, id && model_job(run->model, id_from(id)), "a job was answered for that nobody was told of: %s", order->answer);
    } else if (order->kind == COMMAND_FOLDER_ADD && people->folder_count < PEOPLE_FOLDERS_MAX) {
        RUN_CHECK(run, folder && project, "a folder without a name: %s", order->answer);
        people->folders[people->folder_count].hash = arena_text(&run->arena, folder);
        people->folders[people->folder_count++].project = world_project(run->world, project);
    }
    json_free(json);
}

static void tally(const struct order *order)
{
    struct run *run = order->run;
    if (order->result == ORDER_UNREAD) run_tally(run, TALLY_UNREAD);
    else if (order->result == ORDER_REPLAYED) run_tally(run, TALLY_REPLAYED);
    else if (order->result == ORDER_ANSWERED) run_tally(run, order->status < 400 ? TALLY_ACCEPTED : TALLY_REFUSED);
    else if (order->refusal == REFUSAL_NOT_PERMITTED) run_tally(run, TALLY_NOT_PERMITTED);
    else if (order->refusal == REFUSAL_IDEMPOTENCY_KEY_REUSED) run_tally(run, TALLY_REUSED);
    else run_tally(run, TALLY_NOT_FOUND);
}

static void answer_arrives(struct message *message)
{
    const struct reply *reply = message->context;
    struct order *order = reply->order;
    struct run *run = order->run;
    if (message->is_cut) return;
    if (reply->result == ORDER_UNAVAILABLE) {
        run_tally(run, TALLY_UNAVAILABLE);
        return;
    }
    if (order->is_acknowledged) { /* a repeat, of the message or of the command */
        bool is_same = reply->status == order->status && strcmp(message->bytes, order->answer) == 0;
        RUN_CHECK(run, is_same || !order_is_kept(order), "one command, two answers: %s %s", order->answer, message->bytes);
        return;
    }
    check_denied(order, reply, message->bytes);
    order->is_acknowledged = true;
    order->result = reply->result;
    order->refusal = reply->refusal;
    order->status = reply->status;
    order->answer = message->bytes;
    run->people->open--;
    tally(order);
    run_say(run, "answer", "%s %s %d %s", run->world->persons[order->person].id.text, door_command_name(order->kind), order->status,
            order->refusal ? refusal_code_text(order->refusal) : "");
    if (order_is_kept(order) && order->status < 300) check_made(order);
}

void people_answer(const struct order *order, enum order_result result, enum refusal_code refusal, int status, const char *answer)
{
    struct run *run = order->run;
    struct reply *reply = arena_take(&run->arena, sizeof *reply);
    *reply = (struct reply){ (struct order *)order, result, refusal, status };
    const struct message message = { .arrive = answer_arrives, .context = reply, .bytes = arena_text(&run->arena, answer), .length = answer ? strlen(answer) : 0 };
    wire_send(&run->people->down, &message);
}

/* ---- checks ---- */

void people_check_answers(struct run *run)
{
    struct arena arena;
    arena_init(&arena, (size_t)64 * 1024 * 1024);
    for (const struct order *order = run->people->orders; order; order = order->next) {
        struct error error = { 0 };
        struct answer row;
        bool found = false;
        char hash[HASH_HEX + 1];
        if (!order_is_kept(order)) continue;
        hex_format(order->hash.bytes, HASH_BYTES, hash);
        const char *keys[] = { run->world->persons[order->person].id.text, order->key };
        RUN_CHECK(run, store_find(run->server->store, &answer_shape, keys, &arena, &row, &found, &error), "%s", error.text);
        RUN_CHECK(run, found && row.status == order->status && strcmp(row.body, order->answer) == 0 && strcmp(row.request, hash) == 0,
                  "what %s was answered isn't there any more: %s", keys[0], order->answer);
    }
    arena_finish(&arena);
}

void people_check_replays(struct run *run)
{
    const struct order *batch[BATCH_MAX];
    int count = 0;
    for (const struct order *order = run->people->orders; order; order = order->next) {
        if (order_is_kept(order)) batch[count++] = order;
        if (count < BATCH_MAX && order->next) continue;
        sim_server_replay(run->server, batch, count);
        count = 0;
    }
}
