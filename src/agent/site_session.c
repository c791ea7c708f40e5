/* SPDX-License-Identifier: EUPL-1.2 */
/* site_session.c - one connection with the server after another: hello, the stream of instructions, batches, state.
 *
 * Whatever goes wrong ends the whole connection and begins the next one with hello, after a pause that doubles: hello alone
 * brings both sides to the same numbers again, so no other repair is needed. The token is read anew each time. */
#include "agent/site_internal.h"

#include "base/time.h"
#include "net/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS = 6, STATE_SOON_MS = 50, STREAM_SILENT_S = 60, LASTED_MS = 1000 };

struct http_exchange *site_send(struct site *site, struct http_call *call, const struct http_header *headers, int header_count)
{
    struct http_header all[HEADERS];
    struct error error;
    char path[sizeof site->home + POLICY_TEXT_BYTES + 2], token[SECRET_BYTES], authorization[SECRET_BYTES + 16], url[POLICY_TEXT_BYTES + HTTP_TARGET_BYTES];
    bool is_absolute = site->policy.token_file[0] == '/';
    CHECK(header_count + 1 < HEADERS);
    snprintf(path, sizeof path, "%s%s%s", is_absolute ? "" : site->home, is_absolute ? "" : "/", site->policy.token_file);
    struct http_exchange *exchange = NULL;
    if (secret_load(path, token, sizeof token, &error)) {
        snprintf(authorization, sizeof authorization, "Bearer %s", token);
        snprintf(url, sizeof url, "%s%s", site->policy.url, call->url);
        for (int i = 0; i < header_count; i++) all[i] = headers[i];
        all[header_count] = (struct http_header){ "Authorization", authorization };
        call->url = url;
        call->headers = all;
        call->header_count = header_count + 1;
        exchange = http_client_send(site->client, call, &error);
    }
    explicit_bzero(token, sizeof token);
    explicit_bzero(authorization, sizeof authorization);
    if (!exchange) site_log(site, "error", "request-failed", "words=\"%s\"", error.text);
    return exchange;
}

static void cancel(struct http_exchange **exchange)
{
    if (*exchange) http_exchange_cancel(*exchange);
    *exchange = NULL;
}

void session_end(struct site *site)
{
    struct site_session *session = &site->session;
    cancel(&session->hello);
    cancel(&session->stream);
    cancel(&session->batch);
    cancel(&session->state);
    loop_timer_cancel(&session->reconnect);
    loop_timer_cancel(&session->state_timer);
}

static void reconnect_later(struct site *site)
{
    struct site_session *session = &site->session;
    bool has_lasted = session->connected_ms && clock_monotonic_ms() - session->connected_ms >= LASTED_MS;
    session->pause_ms = has_lasted || !session->pause_ms ? site->pace.reconnect_min_ms : session->pause_ms * 2;
    if (session->pause_ms > site->pace.reconnect_max_ms) session->pause_ms = site->pace.reconnect_max_ms;
    session->connected_ms = 0;
    /* half of it is chance, so that forty agents don't come back at once */
    loop_timer_set(site->loop, &session->reconnect, rng_between(&site->rng, session->pause_ms / 2, session->pause_ms), 0);
}

void session_broken(struct site *site, const char *why)
{
    bool was_connected = site->session.connected_ms != 0;
    session_end(site);
    reconnect_later(site);
    site_log(site, was_connected ? "warn" : "info", "disconnected", "why=\"%s\" again_ms=%lld", why, (long long)site->session.pause_ms);
    site_input(site, &(struct agent_input){ .kind = AGENT_DISCONNECTED });
}

/* In words for the log; NULL: a 200. */
static const char *fault_of(const struct http_result *result, char words[200])
{
    struct v1_problem problem;
    if (result->error.code) snprintf(words, 200, "%.190s", result->error.text);
    else if (result->status == 200 || result->status == 204) return NULL;
    else if (v1_problem_parse(result->body, result->body_bytes, &problem)) snprintf(words, 200, "%d %s", result->status, problem.code);
    else snprintf(words, 200, "%d", result->status);
    return words;
}

/* ---- instructions ---- */

static void on_event(void *context, const struct sse_event *event)
{
    struct site *site = context;
    struct arena arena;
    struct v1_envelope envelope;
    struct json_fault fault;
    int64_t number;
    if (!site->session.stream || strcmp(event->event, V1_INSTRUCTION_EVENT) != 0) return;
    arena_init(&arena, V1_ARENA_BYTES);
    if (text_to_number(event->id, &number) && v1_envelope_parse(event->data, event->data_bytes, &arena, &envelope, &fault)) {
        site_log(site, "info", "instruction", "number=%lld", (long long)number);
        site_input(site, &(struct agent_input){ .kind = AGENT_INSTRUCTED, .number = number, .body = envelope.body, .signature = envelope.signature });
    } else {
        session_broken(site, "an event of the stream isn't an instruction");
    }
    arena_finish(&arena);
}

static bool on_stream_data(void *context, const void *bytes, size_t size)
{
    struct site *site = context;
    bool is_read = sse_parser_feed(&site->session.parser, bytes, size);
    if (!site->session.stream) return false; /* ended by what was in it */
    if (!is_read) session_broken(site, "the stream of instructions can't be read");
    return is_read;
}

static void on_stream_done(void *context, const struct http_result *result)
{
    struct site *site = context;
    char words[200];
    const char *fault = fault_of(result, words);
    site->session.stream = NULL;
    session_broken(site, fault ? fault : "the server ended the stream");
}

static void stream_begin(struct site *site)
{
    struct site_session *session = &site->session;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)agent_machine_taken(site->machine));
    const struct http_header headers[] = { { "Accept", "text/event-stream" }, { "Last-Event-ID", number } };
    struct http_call call = { .url = V1_INSTRUCTIONS_PATH, .on_data = on_stream_data, .on_done = on_stream_done, .context = site, .total_ms = -1,
                              .low_speed_bytes_s = 1, .low_speed_s = STREAM_SILENT_S, .max_bytes = V1_MESSAGE_BYTES };
    if (session->has_parser) sse_parser_finish(&session->parser);
    sse_parser_init(&session->parser, SSE_LINE_BYTES, SSE_EVENT_BYTES, on_event, site);
    session->has_parser = true;
    session->stream = site_send(site, &call, headers, countof(headers));
    if (!session->stream) session_broken(site, "the stream can't be begun");
}

/* ---- hello ---- */

static void on_hello_done(void *context, const struct http_result *result)
{
    struct site *site = context;
    struct site_session *session = &site->session;
    struct arena arena;
    struct v1_welcome welcome;
    struct json_fault fault;
    char words[200];
    const char *why = fault_of(result, words);
    session->hello = NULL;
    arena_init(&arena, V1_ARENA_BYTES);
    if (!why && !v1_welcome_parse(result->body, result->body_bytes, &arena, &welcome, &fault)) why = "the server's answer to hello isn't one";
    if (!why && welcome.version != V1_VERSION) why = "the server wants another version of the protocol";
    if (why) {
        session_broken(site, why);
    } else {
        site_input(site, &(struct agent_input){ .kind = AGENT_CONNECTED, .welcome = &welcome });
        if (!site->is_broken && agent_machine_is_connected(site->machine)) {
            session->connected_ms = clock_monotonic_ms();
            site_log(site, "info", "connected", "network=%s taken=%lld observed=%lld", welcome.network.text, (long long)agent_machine_taken(site->machine), (long long)welcome.observed);
            stream_begin(site);
            session_state_soon(site);
            jobs_wake(site);
        }
    }
    arena_finish(&arena);
}

static void hello_send(void *context)
{
    struct site *site = context;
    struct agent_hello hello;
    struct arena arena;
    const struct http_header headers[] = { { "Content-Type", "application/json" } };
    if (site->is_broken || site->is_stopping) return;
    arena_init(&arena, V1_ARENA_BYTES);
    agent_machine_hello(site->machine, &hello);
    const char *body = v1_hello_format(&hello, &arena);
    struct http_call call = { .method = "POST", .url = V1_HELLO_PATH, .body = body, .body_bytes = strlen(body), .on_done = on_hello_done, .context = site, .max_bytes = V1_MESSAGE_BYTES };
    site->session.hello = site_send(site, &call, headers, countof(headers));
    arena_finish(&arena);
    if (!site->session.hello) reconnect_later(site);
}

/* ---- batches ---- */

static void on_batch_done(void *context, const struct http_result *result)
{
    struct site *site = context;
    int64_t observed;
    char words[200];
    const char *why = fault_of(result, words);
    site->session.batch = NULL;
    if (!why && !v1_acknowledgement_parse(result->body, result->body_bytes, &observed)) why = "the server's acknowledgement isn't one";
    if (why && !site->is_stopping) session_broken(site, why);
    if (!why) site_input(site, &(struct agent_input){ .kind = AGENT_ACKNOWLEDGED, .number = observed });
    if (site->is_stopping && !site->session.batch) loop_timer_set(site->loop, &site->life, 0, 0);
}

void session_send(struct site *site)
{
    struct arena arena;
    struct v1_observations batch;
    struct error error;
    const struct http_header headers[] = { { "Content-Type", "application/json" } };
    if (site->is_stopping) return;
    arena_init(&arena, V1_ARENA_BYTES);
    if (agent_machine_batch(site->machine, &arena, &batch, &error)) {
        const char *body = v1_observations_format(&batch, &arena);
        struct http_call call = { .method = "POST", .url = V1_OBSERVATIONS_PATH, .body = body, .body_bytes = strlen(body), .on_done = on_batch_done, .context = site, .max_bytes = V1_MESSAGE_BYTES };
        site->session.batch = site_send(site, &call, headers, countof(headers));
        if (!site->session.batch) session_broken(site, "a batch can't be sent");
    } else {
        site_is_broken(site, &error);
    }
    arena_finish(&arena);
}

/* ---- state ---- */

static void on_state_done(void *context, const struct http_result *result)
{
    struct site *site = context;
    struct site_session *session = &site->session;
    char words[200];
    const char *why = fault_of(result, words);
    session->state = NULL;
    if (why) site_log(site, "warn", "state-not-taken", "why=\"%s\"", why); /* the next one says it all again */
    loop_timer_set(site->loop, &session->state_timer, session->state_is_due && !why ? STATE_SOON_MS : site->pace.state_ms, 0);
    session->state_is_due = false;
}

static void state_send(void *context)
{
    struct site *site = context;
    struct site_session *session = &site->session;
    struct executor_partition_state now[POLICY_PARTITIONS];
    struct v1_state state = { .boot = site->boot };
    struct arena arena;
    const struct http_header headers[] = { { "Content-Type", "application/json" } };
    if (session->state || site->is_broken || site->is_stopping || !session->stream) return;
    int64_t now_ms = clock_now_ms();
    session->state_number = now_ms > session->state_number ? now_ms : session->state_number + 1; /* grows over restarts of the agent, too */
    state.number = session->state_number;
    state.count = site->executor->operations->state(site->executor, now, countof(now));
    for (int i = 0; i < state.count; i++)
        state.partitions[i] = (struct v1_partition_state){ now[i].name, now[i].slots, now[i].busy, now[i].waiting_jobs, now[i].running_jobs };
    arena_init(&arena, V1_ARENA_BYTES);
    const char *body = v1_state_format(&state, &arena);
    struct http_call call = { .method = "PUT", .url = V1_STATE_PATH, .body = body, .body_bytes = strlen(body), .on_done = on_state_done, .context = site, .max_bytes = V1_MESSAGE_BYTES };
    session->state = site_send(site, &call, headers, countof(headers));
    arena_finish(&arena);
    if (!session->state) loop_timer_set(site->loop, &session->state_timer, site->pace.state_ms, 0);
}

void session_state_soon(struct site *site)
{
    struct site_session *session = &site->session;
    if (!session->stream) return;
    if (session->state) session->state_is_due = true;
    else loop_timer_set(site->loop, &session->state_timer, STATE_SOON_MS, 0);
}

void session_finish(struct site *site)
{
    if (site->session.has_parser) sse_parser_finish(&site->session.parser);
    site->session.has_parser = false;
}

void session_begin(struct site *site)
{
    struct site_session *session = &site->session;
    session->reconnect = (struct loop_timer){ .callback = hello_send, .context = site };
    session->state_timer = (struct loop_timer){ .callback = state_send, .context = site };
    session->connected_ms = session->pause_ms = 0;
    loop_timer_set(site->loop, &session->reconnect, 0, 0);
}
