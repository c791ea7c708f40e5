/* SPDX-License-Identifier: EUPL-1.2 */
/* desk.c - a person's command between her connection and the door, as the API has it: the body is read by its shape, a script
 * by the rules of scripts; what can't be read is answered here and never reaches the door. */
#include "core/data/folder.h"
#include "core/jobs/submission.h"
#include "core/problem.h"
#include "sim/server.h"

#include <string.h>

static enum order_result result_of(const struct door_request *request)
{
    switch (request->result) {
    case DOOR_ANSWERED: return ORDER_ANSWERED;
    case DOOR_REPLAYED: return ORDER_REPLAYED;
    case DOOR_DENIED: return ORDER_DENIED;
    case DOOR_FAILED: break;
    }
    return ORDER_UNAVAILABLE;
}

static void answered(struct sim_work *work)
{
    const struct order *order = work->context;
    const struct door_request *request = &work->request;
    RUN_CHECK(order->run, !order->is_dry || !request->events_last, "a dry run made event %lld happen", (long long)request->events_last);
    people_answer(order, result_of(request), request->refusal.code, request->status, request->answer);
}

/* NULL: it was answered here. */
static const void *body_read(const struct order *order, const char *bytes, size_t length, struct arena *arena)
{
    struct json_fault fault;
    struct json_t *json = json_read(bytes, length, &fault);
    const struct shape *shape = door_command_body(order->kind);
    void *body = arena_take(arena, sizeof(struct job_submission));
    bool ok = json_to_shape(json, shape, arena, body, &fault);
    json_free(json);
    RUN_CHECK(order->run, ok, "the body %s isn't taken: %s", order->json, fault.wanted);
    if (order->kind != COMMAND_JOB_SUBMIT) return body;
    struct job_submission *submission = body;
    struct refusal refusal = job_request_parse(&submission->submit, arena, &submission->request);
    if (!refusal.code) return body;
    people_answer(order, ORDER_UNREAD, refusal.code, refusal_status(refusal.code), problem_format(&refusal, arena));
    return NULL;
}

void sim_server_order_arrives(struct message *message)
{
    struct order *order = message->context;
    struct run *run = order->run;
    struct json_fault fault;
    if (!run->server->is_up) return;
    if (message->is_cut) { /* half a request is none; what follows is a client that tries again */
        struct json_t *half = json_read(message->bytes, message->length, &fault);
        RUN_CHECK(run, !half, "half a body was taken for a whole one: %s", message->bytes);
        return;
    }
    struct sim_work *work = sim_work_create(run->server, order->kind, run->world->persons[order->person].id, PRINCIPAL_PERSON);
    work->request.dry = order->is_dry;
    work->request.command.key = order->is_dry ? NULL : order->key;
    work->request.command.request_hash = order->hash;
    work->request.command.body = body_read(order, message->bytes, message->length, &work->arena);
    work->context = order;
    work->done = answered;
    if (work->request.command.body) sim_work_put(work);
    else sim_work_destroy(work);
}

static struct sim_work *replay_work(struct sim_server *server, const struct order *order, struct sim_work *last)
{
    struct sim_work *work = sim_work_create(server, order->kind, server->run->world->persons[order->person].id, PRINCIPAL_PERSON);
    work->request.command.key = order->key;
    work->request.command.request_hash = order->hash;
    work->request.command.body = body_read(order, order->json, strlen(order->json), &work->arena);
    if (last) last->request.next = &work->request;
    return work;
}

void sim_server_replay(struct sim_server *server, const struct order *const *orders, int count)
{
    struct sim_work *works[BATCH_MAX];
    struct run *run = server->run;
    for (int i = 0; i < count; i++) works[i] = replay_work(server, orders[i], i ? works[i - 1] : NULL);
    struct door_request *rest = count ? door_execute(server->door, &works[0]->request, sim_server_now(server)) : NULL;
    RUN_CHECK(run, !rest, "the door left a request of a batch that has room for it");
    for (int i = 0; i < count; i++) {
        const struct door_request *request = &works[i]->request;
        RUN_CHECK(run, request->result == DOOR_REPLAYED && request->status == orders[i]->status && same_text(request->answer, orders[i]->answer),
                  "%s's %s was answered %d %s before, and is answered %d %s now", run->world->persons[orders[i]->person].id.text, door_command_name(orders[i]->kind),
                  orders[i]->status, orders[i]->answer, request->status, request->answer ? request->answer : "");
        sim_work_destroy(works[i]);
    }
}
