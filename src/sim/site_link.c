/* SPDX-License-Identifier: EUPL-1.2 */
/* site_link.c - a site's connection: hello, then the stream of instructions and one batch of observations at a time. A
 * session is one connection; what arrives for an earlier one would have come through a closed socket, and is dropped. */
#include "sim/model.h"
#include "sim/site_internal.h"

#include <stdio.h>
#include <string.h>

enum { PATIENCE_MS = 10000, BACKOFF_MS = 10000, ASK_MS = 20000, NOTICED_MS = 30000, ONCE_ALTERED = 40, ONCE_FOREIGN = 60, STEP_BYTES = 64 * 1024 * 1024 };

static bool is_of_session(const struct sim_site *site, const struct message *message)
{
    return site->machine && site->session == message->session;
}

static void message_fill(struct sim_site *site, struct message *message, void (*arrive)(struct message *message), const char *bytes)
{
    *message = (struct message){ .arrive = arrive, .context = site, .bytes = bytes, .length = bytes ? strlen(bytes) : 0, .session = site->session, .life = site->life };
}

/* ---- hello ---- */

static void give_up(void *context)
{
    const struct site_call *call = context;
    if (call->site->session == call->session && call->site->is_greeting) site_reconnect(call->site);
}

static void greet(void *context)
{
    const struct site_call *call = context;
    struct sim_site *site = call->site;
    struct run *run = site->run;
    struct agent_hello hello;
    struct message message;
    if (!site->machine || site->session != call->session) return;
    site->is_greeting = true;
    agent_machine_hello(site->machine, &hello);
    if (strcmp(site->journal_name, hello.journal) != 0) site->acknowledged = 0;
    snprintf(site->journal_name, sizeof site->journal_name, "%s", hello.journal);
    message_fill(site, &message, sim_server_hello_arrives, v1_hello_format(&hello, &run->arena));
    wire_send(&site->up, &message);
    run_plan(run, PATIENCE_MS, give_up, context);
}

void site_reconnect(struct sim_site *site)
{
    struct run *run = site->run;
    int64_t pause_ms = rng_between(&run->wires, 100, BACKOFF_MS);
    if (site->up.silent_until_ms > run->now_ms) pause_ms += site->up.silent_until_ms - run->now_ms; /* tries in between come to nothing */
    site->session++;
    site->is_greeting = false;
    run_plan(run, pause_ms, greet, site_call(site, id_from("")));
}

static void gone(void *context)
{
    const struct site_call *call = context;
    sim_server_stream_gone(call->site->run->server, call->site->index, call->session);
}

void sim_site_drop(struct sim_site *site)
{
    if (!site->machine) return;
    int64_t life = site->life;
    run_plan(site->run, rng_between(&site->run->wires, 1, NOTICED_MS), gone, site_call(site, id_from("")));
    site_step(site, &(struct agent_input){ .kind = AGENT_DISCONNECTED });
    if (site->life == life) site_reconnect(site);
}

void sim_site_silence(struct sim_site *site, int64_t for_ms)
{
    int64_t until_ms = site->run->now_ms + for_ms;
    if (until_ms > site->up.silent_until_ms) site->up.silent_until_ms = site->down.silent_until_ms = until_ms;
    run_say(site->run, "site silent", "%s", site->policy.system.text);
    sim_site_drop(site);
}

static void open_stream(struct sim_site *site)
{
    struct message message;
    message_fill(site, &message, sim_server_stream_arrives, NULL);
    message.number = agent_machine_taken(site->machine);
    if (!wire_send(&site->up, &message)) sim_site_drop(site);
}

void sim_site_welcome_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct run *run = site->run;
    struct json_fault fault;
    struct v1_welcome welcome;
    if (!is_of_session(site, message) || !site->is_greeting) return;
    bool is_read = v1_welcome_parse(message->bytes, message->length, &run->arena, &welcome, &fault);
    RUN_CHECK(run, is_read != message->is_cut, "a welcome was %s: %s", is_read ? "cut, and taken" : "whole, and not taken", message->bytes);
    site->is_greeting = false;
    if (!is_read) {
        site_reconnect(site);
        return;
    }
    int64_t life = site->life, session = site->session;
    site_step(site, &(struct agent_input){ .kind = AGENT_CONNECTED, .welcome = &welcome });
    if (site->life == life && site->session == session) open_stream(site);
}

/* ---- instructions ---- */

/* Something that the server never signed for this site under this number: the machine must leave it. */
static void tamper(struct sim_site *site, int64_t number, const struct v1_envelope *good, bool is_foreign)
{
    struct run *run = site->run;
    struct agent_input input = { .kind = AGENT_INSTRUCTED, .number = number, .body = good->body, .signature = good->signature };
    int64_t life = site->life, taken = agent_machine_taken(site->machine);
    const struct sim_site *other = &run->sites[(site->index + 1) % run->world->system_count];
    char *body = arena_text(&run->arena, good->body);
    if (is_foreign) {
        input.body = other->last_body, input.signature = other->last_signature;
        if (!input.body) return;
        fault_count(&run->faults, FAULT_FOREIGN);
    } else if (rng_once_in(&run->faults.rng, 2)) {
        body[rng_between(&run->faults.rng, 0, (int64_t)strlen(body) - 1)] ^= 1;
        input.body = body;
    } else {
        input.number = number == taken + 1 ? number + 1 : taken + 1;
    }
    if (!is_foreign) fault_count(&run->faults, FAULT_ALTERED);
    site_step(site, &input);
    if (site->life == life) RUN_CHECK(run, agent_machine_taken(site->machine) == taken, "the agent of %s took instruction %lld, which isn't its server's", site->policy.system.text, (long long)number);
}

void sim_site_instruction_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct run *run = site->run;
    struct json_fault fault;
    struct v1_envelope envelope;
    if (!is_of_session(site, message)) return;
    bool is_read = v1_envelope_parse(message->bytes, message->length, &run->arena, &envelope, &fault);
    RUN_CHECK(run, is_read != message->is_cut, "an instruction was %s: %s", is_read ? "cut, and taken" : "whole, and not taken", message->bytes);
    if (!is_read) return;
    bool is_altered = run->faults.on && rng_once_in(&run->faults.rng, ONCE_ALTERED), is_foreign = run->faults.on && rng_once_in(&run->faults.rng, ONCE_FOREIGN);
    if (is_altered || is_foreign) tamper(site, message->number, &envelope, is_foreign && !is_altered);
    site->last_body = envelope.body;
    site->last_signature = envelope.signature;
    if (is_of_session(site, message))
        site_step(site, &(struct agent_input){ .kind = AGENT_INSTRUCTED, .number = message->number, .body = envelope.body, .signature = envelope.signature });
}

void sim_site_broken_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    if (is_of_session(site, message)) sim_site_drop(site);
}

/* ---- observations ---- */

static void batch_unanswered(void *context)
{
    const struct site_call *call = context;
    if (call->site->session == call->session && call->site->flight == call->number) sim_site_drop(call->site);
}

void sim_site_send(struct sim_site *site)
{
    struct run *run = site->run;
    struct error error = { 0 };
    struct message message;
    struct v1_observations *batch = arena_take(&run->arena, sizeof *batch);
    RUN_CHECK(run, agent_machine_batch(site->machine, &run->arena, batch, &error), "no batch: %s", error.text);
    message_fill(site, &message, sim_server_observations_arrive, v1_observations_format(batch, &run->arena));
    message.number = ++site->flights;
    site->flight = message.number;
    wire_send(&site->up, &message);
    struct site_call *call = site_call(site, id_from(""));
    call->number = message.number;
    run_plan(run, PATIENCE_MS, batch_unanswered, call);
}

void sim_site_acknowledgement_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct run *run = site->run;
    int64_t observed;
    if (!is_of_session(site, message) || site->flight != message->number) return;
    bool is_read = v1_acknowledgement_parse(message->bytes, message->length, &observed);
    RUN_CHECK(run, is_read != message->is_cut, "an acknowledgement was %s: %s", is_read ? "cut, and taken" : "whole, and not taken", message->bytes);
    if (!is_read) return; /* the request will be found unanswered */
    site->flight = 0;
    if (observed > site->acknowledged) site->acknowledged = observed;
    site_step(site, &(struct agent_input){ .kind = AGENT_ACKNOWLEDGED, .number = observed });
}

/* ---- questions of one job ---- */

struct question { struct site_call call; enum site_question kind; bool is_answered; };

static void ask(void *context)
{
    struct question *question = context;
    struct sim_site *site = question->call.site;
    struct run *run = site->run;
    struct message message;
    if (question->is_answered || site->life != question->call.life) return;
    message_fill(site, &message, question->kind == SITE_FETCH ? sim_server_fetch_arrives : sim_server_upload_arrives, NULL);
    message.job = question->call.job;
    message.number = (int64_t)(intptr_t)question;
    wire_send(&site->up, &message);
    int64_t pause_ms = rng_between(&run->wires, ASK_MS / 4, ASK_MS);
    if (site->up.silent_until_ms > run->now_ms) pause_ms += site->up.silent_until_ms - run->now_ms;
    run_plan(run, pause_ms, ask, question);
}

void site_ask(struct sim_site *site, enum site_question kind, struct id job)
{
    struct question *question = arena_take(&site->run->arena, sizeof *question);
    *question = (struct question){ *site_call(site, job), kind, false };
    site->under_way++;
    ask(question);
}

/* A repeated answer is handed on too: the machine must not mind. */
static void answered(struct message *message, enum agent_input_kind kind)
{
    struct sim_site *site = message->context;
    if (site->life != message->life) return;
    struct question *question = (struct question *)(intptr_t)message->number;
    if (!question->is_answered) site->under_way--;
    question->is_answered = true;
    site_step(site, &(struct agent_input){ .kind = kind, .job = message->job });
}

void sim_site_fetched_arrives(struct message *message) { answered(message, AGENT_FETCHED); }
void sim_site_uploaded_arrives(struct message *message) { answered(message, AGENT_UPLOADED); }

/* ---- checks ---- */

static const struct agent *agent_row(const struct sim_site *site, struct arena *arena)
{
    struct error error = { 0 };
    const void *row;
    RUN_CHECK(site->run, store_get(site->run->server->store, &agent_shape, site->policy.agent.text, arena, &row, &error) && row, "no agent: %s", error.text);
    return row;
}

void sim_sites_check(struct run *run)
{
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    for (int i = 0; i < run->world->system_count; i++) {
        const struct sim_site *site = &run->sites[i];
        const struct agent *row = agent_row(site, &arena);
        RUN_CHECK(run, row->sent >= site->delivered, "instruction %lld left for %s, but only %lld count as sent", (long long)site->delivered, site->policy.system.text, (long long)row->sent);
        bool is_its_first = !run->model->lost_journal[i]; /* a late hello under the lost one's name takes the server back to that */
        RUN_CHECK(run, !is_its_first || row->observed >= site->acknowledged, "observation %lld of %s was acknowledged, but only %lld are known",
                  (long long)site->acknowledged, site->policy.system.text, (long long)row->observed);
        RUN_CHECK(run, simulated_starts_max(site->world) <= 1, "a job was started twice at %s", site->policy.system.text);
    }
    arena_finish(&arena);
}

static bool is_settled(const struct sim_site *site, struct arena *arena)
{
    struct agent_hello hello;
    struct error error = { 0 };
    struct v1_observations *batch = arena_take(arena, sizeof *batch);
    if (!site->machine || !agent_machine_is_connected(site->machine)) return false;
    const struct agent *row = agent_row(site, arena);
    agent_machine_hello(site->machine, &hello);
    RUN_CHECK(site->run, agent_machine_batch(site->machine, arena, batch, &error), "no batch: %s", error.text);
    return hello.taken == row->issued && row->taken == row->issued && hello.observed == row->observed && batch->count == 0 && site->under_way == 0;
}

bool sim_sites_are_settled(struct run *run)
{
    struct arena arena;
    bool are = true;
    arena_init(&arena, (size_t)16 * 1024 * 1024);
    for (int i = 0; i < run->world->system_count && are; i++) are = is_settled(&run->sites[i], &arena);
    arena_finish(&arena);
    return are;
}
