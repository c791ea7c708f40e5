/* SPDX-License-Identifier: EUPL-1.2 */
/* agents.c - the server's end of the agent protocol, as the API has it: every message read and written by protocol/v1, every
 * claim a command through the door, and an instruction counted as sent before it leaves. */
#include "core/jobs/instruct.h"
#include "sim/server.h"
#include "sim/site.h"
#include "store/agents.h"
#include "store/load.h"

#include <string.h>

enum { PUSH_MS = 50, INSTRUCTIONS_AT_ONCE = 64, NOTICED_MS = 30000 };

static struct sim_work *agent_work(const struct sim_site *site, enum command_kind kind, const void *body)
{
    struct run *run = site->run;
    struct sim_work *work = sim_work_create(run->server, kind, run->world->systems[site->index].agent, PRINCIPAL_AGENT);
    work->request.command.body = body;
    return work;
}

static void reply(struct sim_site *site, const struct message *to, void (*arrive)(struct message *message), const char *bytes)
{
    struct message message = { .arrive = arrive, .context = site, .bytes = bytes, .length = bytes ? strlen(bytes) : 0, .session = to->session, .life = to->life,
                               .number = to->number, .job = to->job };
    wire_send(&site->down, &message);
}

static void connection_ends(void *context) { sim_site_broken_arrives(context); }

/* Its site notices after a while. */
static void end_connection(struct sim_site *site, int64_t session)
{
    struct message *broken = arena_take(&site->run->arena, sizeof *broken);
    *broken = (struct message){ .context = site, .session = session };
    run_plan(site->run, rng_between(&site->run->wires, 1, NOTICED_MS), connection_ends, broken);
}

/* A server that is down takes no connection, and ends those that it had. */
static bool is_up(const struct message *message)
{
    struct sim_site *site = message->context;
    if (site->run->server->is_up) return true;
    end_connection(site, message->session);
    return false;
}

void sim_server_connections_end(struct sim_server *server)
{
    for (int i = 0; i < server->run->world->system_count; i++) end_connection(&server->run->sites[i], server->run->sites[i].session);
    memset(server->streams, 0, sizeof server->streams);
}

/* Half a message must not pass for a whole one. */
static bool is_whole(struct run *run, const struct message *message, bool was_parsed)
{
    RUN_CHECK(run, was_parsed != message->is_cut, "a message of an agent was %s: %s", was_parsed ? "cut, and taken" : "whole, and not taken", message->bytes);
    return was_parsed;
}

/* ---- hello ---- */

static const struct agent *agent_row(const struct sim_site *site, struct arena *arena)
{
    struct error error = { 0 };
    const void *row;
    RUN_CHECK(site->run, store_get(site->run->server->store, &agent_shape, site->run->world->systems[site->index].agent.text, arena, &row, &error) && row, "no agent: %s", error.text);
    return row;
}

static int64_t member(const struct json_t *json, const char *name)
{
    int64_t number = 0;
    json_number(json_get(json, name), &number);
    return number;
}

static void hello_done(struct sim_work *work)
{
    const struct message *hello = work->context;
    struct sim_site *site = hello->context;
    struct run *run = site->run;
    struct json_fault fault;
    char key[HASH_HEX + 1];
    if (work->request.result == DOOR_FAILED) return;
    RUN_CHECK(run, work->request.result == DOOR_ANSWERED && work->request.status == 200, "hello was answered %s", work->request.answer);
    struct json_t *said = json_read(work->request.answer, strlen(work->request.answer), &fault);
    hex_format(run->world->server_key.public, SIGN_PUBLIC_BYTES, key);
    const struct v1_welcome welcome = { .version = member(said, "version"), .observed = member(said, "observed"), .issued = member(said, "issued"),
                                        .sent = member(said, "sent"), .network = id_from(RUN_NETWORK), .server_key = key };
    json_free(said);
    broker_heard(run->server->broker, run->world->systems[site->index].id, sim_server_now(run->server));
    reply(site, hello, sim_site_welcome_arrives, v1_welcome_format(&welcome, &run->arena));
}

void sim_server_hello_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct json_fault fault;
    if (!is_up(message)) return;
    struct agent_hello *hello = arena_take(&site->run->arena, sizeof *hello);
    if (!is_whole(site->run, message, v1_hello_parse(message->bytes, message->length, &site->run->arena, hello, &fault))) return;
    struct sim_work *work = agent_work(site, COMMAND_AGENT_HELLO, hello);
    work->context = message;
    work->done = hello_done;
    sim_work_put(work);
}

/* ---- the stream of instructions ---- */

static void push(void *context);

void sim_server_push(struct sim_server *server, int system)
{
    struct sim_stream *stream = &server->streams[system];
    if (!stream->is_open || stream->is_pushing) return;
    stream->is_pushing = true;
    run_plan(server->run, rng_between(&server->run->wires, 0, PUSH_MS), push, &server->run->sites[system]);
}

static void deliver(struct sim_site *site, const struct instruction *instruction)
{
    struct run *run = site->run;
    struct sim_stream *stream = &run->server->streams[site->index];
    struct error error = { 0 };
    const void *row;
    RUN_CHECK(run, store_get(run->server->store, &job_shape, instruction->job.text, &run->arena, &row, &error), "%s", error.text);
    const struct job *job = row;
    bool is_over = instruction->kind == INSTRUCTION_START && (!job || job->state == JOB_ENDED);
    const char *body = is_over ? instruct_none(instruction, RUN_NETWORK, &run->arena) : instruction->body;
    const char *data = v1_envelope_format(body, &run->world->server_key, &run->arena);
    const struct message message = { .arrive = sim_site_instruction_arrives, .context = site, .bytes = data, .length = strlen(data),
                                     .session = stream->session, .number = instruction->number };
    stream->after = instruction->number;
    if (instruction->number > site->delivered) site->delivered = instruction->number;
    if (wire_send(&site->down, &message)) return;
    end_connection(site, stream->session); /* TCP tells in the end */
}

static void sent(struct sim_work *work)
{
    struct sim_site *site = work->context;
    struct sim_server *server = site->run->server;
    struct sim_stream *stream = &server->streams[site->index];
    struct error error = { 0 };
    struct store_list list;
    stream->is_pushing = false;
    if (work->request.result == DOOR_FAILED || !stream->is_open) {
        sim_server_push(server, site->index);
        return;
    }
    const struct agent *agent = agent_row(site, &work->arena);
    RUN_CHECK(site->run, store_instructions(server->store, agent->id, stream->after, agent->sent, INSTRUCTIONS_AT_ONCE, &site->run->arena, &list, &error), "%s", error.text);
    for (int i = 0; i < list.count; i++) deliver(site, &((const struct instruction *)list.rows)[i]);
    if (agent->issued > stream->after) sim_server_push(server, site->index);
}

static void push(void *context)
{
    struct sim_site *site = context;
    struct run *run = site->run;
    struct sim_server *server = run->server;
    struct sim_stream *stream = &server->streams[site->index];
    if (!server->is_up || !stream->is_open) {
        stream->is_pushing = false;
        return;
    }
    const struct agent *agent = agent_row(site, &run->arena);
    if (agent->issued <= stream->after) {
        stream->is_pushing = false;
        return;
    }
    struct agent_send *body = arena_take(&run->arena, sizeof *body);
    *body = (struct agent_send){ agent->id, agent->issued };
    struct sim_work *work = sim_work_create(server, COMMAND_AGENT_SEND, id_from(WORLD_SERVER), PRINCIPAL_SERVER);
    work->request.command.body = body;
    work->context = site;
    work->done = sent;
    sim_work_put(work);
}

/* An old connection's request may come behind a new one's: its stream has nobody at the other end. */
void sim_server_stream_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct sim_server *server = site->run->server;
    struct sim_stream *stream = &server->streams[site->index];
    if (!is_up(message) || message->session < stream->session) return;
    stream->session = message->session;
    stream->after = message->number;
    stream->is_open = true;
    sim_server_push(server, site->index);
}

void sim_server_stream_gone(struct sim_server *server, int system, int64_t session)
{
    struct sim_stream *stream = &server->streams[system];
    if (!server->is_up || stream->session != session) return;
    stream->is_open = false;
    broker_gone(server->broker, server->run->world->systems[system].id);
}

/* ---- observations ---- */

/* One request of an agent: several commands, one answer. What the door said of each, in their order; the last is agent.take. */
struct exchange { struct message *message; int count, left; int64_t first; bool taken[V1_OBSERVATIONS + 1]; };

/* The highest number that is kept with all before it; what is behind it comes again. */
static void exchange_over(const struct exchange *exchange)
{
    struct sim_site *site = exchange->message->context;
    struct arena *arena = &site->run->arena;
    int64_t kept = 0;
    for (int i = 0; i < exchange->count && exchange->taken[i]; i++) kept = exchange->first + i;
    if (!exchange->count && exchange->taken[0]) kept = agent_row(site, arena)->observed;
    else if (!kept) {
        reply(site, exchange->message, sim_site_broken_arrives, NULL);
        return;
    }
    reply(site, exchange->message, sim_site_acknowledgement_arrives, v1_acknowledgement_format(kept, arena));
}

static void observation_done(struct sim_work *work)
{
    struct exchange *exchange = work->context;
    const struct door_request *request = &work->request;
    exchange->taken[work->number] = request->result != DOOR_FAILED && request->result != DOOR_DENIED && request->status < 400;
    if (--exchange->left == 0) exchange_over(exchange);
}

void sim_server_observations_arrive(struct message *message)
{
    struct sim_site *site = message->context;
    struct run *run = site->run;
    struct arena *arena = &run->arena;
    struct json_fault fault;
    struct v1_observations *batch = arena_take(arena, sizeof *batch);
    struct exchange *exchange = arena_take(arena, sizeof *exchange);
    struct agent_take *taken = arena_take(arena, sizeof *taken);
    const struct id agent = run->world->systems[site->index].agent;
    if (!is_up(message) || !is_whole(run, message, v1_observations_parse(message->bytes, message->length, arena, batch, &fault))) return;
    *exchange = (struct exchange){ .message = message, .count = batch->count, .left = batch->count + 1, .first = batch->count ? batch->items[0].number : 0 };
    *taken = (struct agent_take){ agent, batch->taken };
    for (int i = 0; i <= batch->count; i++) {
        bool is_last = i == batch->count;
        const void *body = is_last ? taken : v1_observation_read(&batch->items[i], agent, batch->journal, arena, &fault);
        RUN_CHECK(run, body, "an agent's observation can't be read: %s at %s", fault.wanted, fault.pointer);
        struct sim_work *work = agent_work(site, is_last ? COMMAND_AGENT_TAKE : batch->items[i].kind, body);
        work->context = exchange;
        work->number = i;
        work->done = observation_done;
        sim_work_put(work);
    }
}

/* ---- bytes ---- */

/* What the site asks for must be there, and be what its name says. */
void sim_server_fetch_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    struct run *run = site->run;
    struct store *store = run->server->store;
    struct error error = { 0 };
    const void *job_row, *script_row = NULL;
    if (!run->server->is_up) return;
    RUN_CHECK(run, store_get(store, &job_shape, message->job.text, &run->arena, &job_row, &error) && job_row, "a site fetches job %s, which isn't there", message->job.text);
    const struct job *job = job_row;
    RUN_CHECK(run, store_get(store, &script_shape, job->script, &run->arena, &script_row, &error) && script_row, "the script of job %s isn't there", job->id.text);
    const struct script *script = script_row;
    struct hash hash = sha256(script->text, strlen(script->text));
    char hex[HASH_HEX + 1];
    hex_format(hash.bytes, HASH_BYTES, hex);
    RUN_CHECK(run, strcmp(hex, job->script) == 0, "the script of job %s isn't the one that was submitted", job->id.text);
    reply(site, message, sim_site_fetched_arrives, NULL);
}

void sim_server_upload_arrives(struct message *message)
{
    struct sim_site *site = message->context;
    if (site->run->server->is_up) reply(site, message, sim_site_uploaded_arrives, NULL);
}
