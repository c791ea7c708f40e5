/* SPDX-License-Identifier: EUPL-1.2 */
/* follow.c - a loop with at most two calls under way: the stream of the job's events, and one question (the job, then bytes).
 *
 * Events only wake: what is shown comes from the questions, so a lost event costs two seconds and nothing else. Bytes are asked
 * from the offset that was shown, so nothing is shown twice or left out, whatever breaks. The job is asked first and its bytes
 * behind that: when the job says that all is there, the bytes that come then are all. */
#include "cli/follow.h"

#include "base/time.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "net/limits.h"
#include "net/sse.h"
#include "cli_routes.h"

#include <stdio.h>
#include <string.h>

struct follow {
    struct cli               *cli;
    const struct follow_wish *wish;
    struct loop              *loop;
    struct http_client       *client;
    struct loop_timer         timer;
    struct arena              scratch;       /* of one call */
    const char               *job_path, *events_path, *stream_path;
    struct http_exchange     *events, *question;
    struct sse_parser         parser;
    struct log_screen         screen;
    char                      bytes_path[2048];
    bool                      due_look, due_bytes, away, running_told, waiting_told;
    bool                      ended, whole;  /* whole: no byte will be added to its streams */
    int64_t                   offset, looked_ms, tried_ms, moved_ms, woken_ms; /* woken: the event stream was begun */
    char                      ended_as[32];
    int                       code;
};

static void finish(struct follow *follow, int code)
{
    follow->code = code;
    loop_stop(follow->loop);
}

static void gone_away(struct follow *follow)
{
    if (!follow->away) cli_note(follow->cli, "server away, waiting (the job goes on without it)");
    follow->away = true;
}

/* True if there is an answer to work with. Otherwise it's waited, or the end was told. */
static bool is_answered(struct follow *follow, const struct http_result *result)
{
    enum error_code code = result->error.code;
    if (code == ERROR_NETWORK || code == ERROR_TIMEOUT || result->status == 502 || result->status == 503) {
        gone_away(follow);
        return false;
    }
    if (code != ERROR_NONE) {
        finish(follow, cli_fail_error(follow->cli, &result->error));
        return false;
    }
    if (follow->away) cli_note(follow->cli, "server is back");
    follow->away = false;
    return true;
}

static void refused(struct follow *follow, const struct http_result *result)
{
    finish(follow, server_refused(follow->cli, &(struct answer){ .status = result->status, .body = result->body, .body_bytes = result->body_bytes }));
}

static void ask(struct follow *follow, const char *path, bool (*on_data)(void *, const void *, size_t), void (*on_done)(void *, const struct http_result *),
                struct http_exchange **exchange)
{
    struct http_call call;
    struct error error = { ERROR_NONE, "" };
    arena_reset(&follow->scratch);
    server_call(follow->cli, &(struct question){ .method = "GET", .path = path, .on_data = on_data, .context = follow,
                                                 .is_stream = exchange == &follow->events },
                &follow->scratch, &call);
    call.on_done = on_done;
    call.context = follow;
    follow->tried_ms = clock_monotonic_ms();
    *exchange = http_client_send(follow->client, &call, &error);
    if (!*exchange) finish(follow, cli_fail_error(follow->cli, &error));
}

/* ---- events: they only wake */

static void event_seen(void *context, const struct sse_event *event)
{
    struct follow *follow = context;
    if (strcmp(event->event, "stream.grown") != 0) follow->due_look = true;
    follow->due_bytes = true;
}

static bool events_data(void *context, const void *bytes, size_t size)
{
    struct follow *follow = context;
    return sse_parser_feed(&follow->parser, bytes, size);
}

static void events_done(void *context, const struct http_result *result)
{
    struct follow *follow = context;
    (void)result; /* whatever it was: the job is asked, and the stream begun again */
    follow->events = NULL;
    follow->due_look = true;
    sse_parser_finish(&follow->parser);
    sse_parser_init(&follow->parser, SSE_LINE_BYTES, SSE_EVENT_BYTES, event_seen, follow);
}

/* ---- bytes */

static bool bytes_data(void *context, const void *bytes, size_t size)
{
    struct follow *follow = context;
    log_show(&follow->screen, bytes, size);
    follow->offset += (int64_t)size;
    follow->moved_ms = clock_monotonic_ms();
    return true;
}

static void end_if_whole(struct follow *follow)
{
    bool silent = follow->ended && clock_monotonic_ms() - follow->moved_ms > CLI_LAST_BYTES_MS;
    if (!follow->whole && !silent) return;
    if (!follow->whole) cli_note(follow->cli, "the job has ended, but its site hasn't sent its record; its log may go on");
    finish(follow, follow->wish->end_counts ? (int)follow_exit_of_end(follow->ended_as) : CLI_FINE);
}

static void bytes_done(void *context, const struct http_result *result)
{
    struct follow *follow = context;
    follow->question = NULL;
    if (!is_answered(follow, result)) return;
    /* not there yet, and nothing behind the offset: both are an empty log */
    if (result->status >= 400 && result->status != 404 && result->status != 416) refused(follow, result);
    else end_if_whole(follow);
}

static void bytes_ask(struct follow *follow)
{
    follow->due_bytes = false;
    snprintf(follow->bytes_path, sizeof follow->bytes_path, "%s?offset=%lld", follow->stream_path, (long long)follow->offset);
    ask(follow, follow->bytes_path, bytes_data, bytes_done, &follow->question);
}

/* ---- the job */

static void state_tell(struct follow *follow, const struct json_t *job)
{
    struct cli *cli = follow->cli;
    const char *state = json_text(json_get(job, "state")), *label = follow->wish->label ? follow->wish->label : follow->wish->job;
    bool waits = state && (strcmp(state, "waiting") == 0 || strcmp(state, "held") == 0), runs = state && strcmp(state, "running") == 0;
    if (waits && !follow->waiting_told) {
        cli_note(cli, "%s waits on %s", label, member_text(cli, job, "partition"));
        follow->waiting_told = true;
    }
    if (runs && !follow->running_told && (follow->waiting_told || follow->wish->end_counts)) {
        cli_note(cli, "%s runs on %s", label, member_text(cli, job, "partition"));
        follow->running_told = true;
    }
    if (follow->ended && follow->wish->end_counts) {
        enum paint paint;
        int64_t ran_ms = member_number(job, "ran_ms");
        const char *ran = ran_ms ? arena_format(&cli->arena, " after %s, exit code %lld", words_duration((ran_ms + 999) / 1000, &cli->arena),
                                                (long long)member_number(job, "exit_code")) : "";
        cli_note(cli, "%s %s%s, %s used", label, job_state_shown(cli, job, &paint), ran, words_amount(member_number(job, "used"), &cli->arena));
    }
}

static bool will_be_silent(const struct json_t *job, const char *ended_as)
{
    bool started = json_text(json_get(job, "started_ms")) != NULL, recorded = json_text(json_get(job, "evidence")) != NULL;
    return recorded || !started || strcmp(ended_as, "lost") == 0;
}

static void job_seen(struct follow *follow, const struct json_t *job)
{
    const char *ended_as = json_text(json_get(job, "ended_as"));
    if (job_is_ended(job) && ended_as) {
        bool first = !follow->ended;
        follow->ended = true;
        follow->whole = !follow->stream_path || will_be_silent(job, ended_as);
        snprintf(follow->ended_as, sizeof follow->ended_as, "%s", ended_as);
        if (first) {
            follow->moved_ms = clock_monotonic_ms();
            state_tell(follow, job);
        }
    } else {
        state_tell(follow, job);
    }
    if (follow->stream_path) bytes_ask(follow);
    else end_if_whole(follow);
}

static void look_done(void *context, const struct http_result *result)
{
    struct follow *follow = context;
    struct json_fault fault;
    follow->question = NULL;
    if (!is_answered(follow, result)) return;
    if (result->status != 200) {
        refused(follow, result);
        return;
    }
    struct json_t *job = json_read(result->body, result->body_bytes, &fault);
    if (job) job_seen(follow, job);
    else finish(follow, cli_fail(follow->cli, CLI_MACHINE, "The server's answer can't be read as JSON.", NULL, NULL));
    json_free(job);
}

static void tick(void *context)
{
    struct follow *follow = context;
    int64_t now_ms = clock_monotonic_ms();
    if (follow->question || (follow->away && now_ms - follow->tried_ms < CLI_AWAY_MS)) return;
    if (!follow->events && !follow->away && (!follow->woken_ms || now_ms - follow->woken_ms >= CLI_AWAY_MS)) {
        follow->woken_ms = now_ms;
        ask(follow, follow->events_path, events_data, events_done, &follow->events);
    }
    if (follow->away || follow->due_look || now_ms - follow->looked_ms >= CLI_LOOK_MS) {
        follow->due_look = false;
        follow->looked_ms = now_ms;
        ask(follow, follow->job_path, NULL, look_done, &follow->question);
    } else if (follow->due_bytes && follow->stream_path) {
        bytes_ask(follow);
    }
}

static int run(struct follow *follow)
{
    struct error error = { ERROR_NONE, "" };
    follow->loop = loop_create(&error);
    follow->client = follow->loop ? http_client_create(follow->loop, &error) : NULL;
    if (follow->client) {
        follow->timer = (struct loop_timer){ .callback = tick, .context = follow };
        loop_timer_set(follow->loop, &follow->timer, 0, CLI_FOLLOW_MS);
        loop_run(follow->loop);
    } else {
        follow->code = cli_fail_error(follow->cli, &error);
    }
    http_client_destroy(follow->client);
    loop_destroy(follow->loop);
    return follow->code;
}

int follow_job(struct cli *cli, const struct follow_wish *wish)
{
    struct follow *follow = arena_take(&cli->arena, sizeof *follow);
    int code = server_connect(cli);
    if (code) return code;
    *follow = (struct follow){ .cli = cli, .wish = wish, .due_look = true, .job_path = path_of(&cli->arena, ROUTE_JOB_PATH, wish->job),
                               .events_path = path_with(&cli->arena, ROUTE_EVENTS_PATH, "job", wish->job) };
    if (wish->stream) {
        /* both places of the route, one behind the other */
        follow->stream_path = path_of(&cli->arena, path_of(&cli->arena, ROUTE_JOB_STREAM_PATH, wish->job), wish->stream);
        follow->screen = log_screen_of(cli, wish->raw);
    }
    arena_init(&follow->scratch, CLI_ANSWER_BYTES);
    sse_parser_init(&follow->parser, SSE_LINE_BYTES, SSE_EVENT_BYTES, event_seen, follow);
    code = run(follow);
    sse_parser_finish(&follow->parser);
    arena_finish(&follow->scratch);
    if (wish->stream) log_show_end(&follow->screen);
    return code;
}

enum cli_exit follow_exit_of_end(const char *ended_as)
{
    if (strcmp(ended_as, "completed") == 0) return CLI_FINE;
    if (strcmp(ended_as, "refused") == 0) return CLI_REFUSED;
    return strcmp(ended_as, "lost") == 0 ? CLI_MACHINE : CLI_JOB_FAILED;
}
