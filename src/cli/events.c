/* SPDX-License-Identifier: EUPL-1.2 */
/* events.c - the trail as it can be seen from here: a line an event. Without -f it ends once nothing more comes at once. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "net/limits.h"
#include "net/sse.h"
#include "cli_routes.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS_BEFORE = 20, EVENTS_IDLE_MS = 500 };

struct watch {
    struct cli           *cli;
    struct loop          *loop;
    struct http_client   *client;
    struct loop_timer     timer;       /* begins the stream again, or ends what went silent */
    struct arena          scratch;
    struct sse_parser     parser;
    struct http_exchange *stream;
    bool                  follow, away;
    char                  last[24];    /* number of the newest event that was shown */
    int                   shown, code;
};

static void finish(struct watch *watch, int code)
{
    watch->code = code;
    loop_stop(watch->loop);
}

static void event_put(struct watch *watch, const struct json_t *event, struct text *out)
{
    struct cli *cli = watch->cli;
    struct arena *arena = &watch->scratch;
    const char *name = json_text(json_get(event, "name")), *subject = json_text(json_get(event, "subject"));
    const char *time = words_time(json_text(json_get(event, "at_ms")), arena), *payload = json_dump(json_get(event, "payload"), arena);
    const char *about = subject ? words_short(text_clean(subject, arena), arena) : "";
    char *line = arena_format(arena, "%6lld  %s  %-18s %s  %s", (long long)member_number(event, "sequence"), time ? time : "unknown",
                              name ? text_clean(name, arena) : "unknown", about, text_clean(payload, arena));
    text_add_format(out, "%s\n", cli->screen.width ? text_cut(line, cli->screen.width, arena) : line);
}

static void event_seen(void *context, const struct sse_event *event)
{
    struct watch *watch = context;
    struct json_fault fault;
    struct text out;
    arena_reset(&watch->scratch);
    text_init(&out, &watch->scratch);
    snprintf(watch->last, sizeof watch->last, "%s", event->id);
    struct json_t *json = watch->cli->json ? NULL : json_read(event->data, event->data_bytes, &fault);
    if (watch->cli->json) text_add_format(&out, "%s\n", event->data);
    else if (json) event_put(watch, json, &out);
    json_free(json);
    cli_print(watch->cli, &out);
    fflush(stdout);
    watch->shown++;
}

static bool stream_data(void *context, const void *bytes, size_t size)
{
    struct watch *watch = context;
    if (watch->away) cli_note(watch->cli, "server is back");
    watch->away = false;
    if (!watch->follow) loop_timer_set(watch->loop, &watch->timer, EVENTS_IDLE_MS, 0);
    return sse_parser_feed(&watch->parser, bytes, size);
}

static void stream_done(void *context, const struct http_result *result)
{
    struct watch *watch = context;
    watch->stream = NULL;
    bool lost = result->error.code == ERROR_NETWORK || result->error.code == ERROR_TIMEOUT || result->status == 503;
    if (result->error.code == ERROR_NONE && result->status >= 400 && result->status != 503) {
        finish(watch, server_refused(watch->cli, &(struct answer){ .status = result->status, .body = result->body, .body_bytes = result->body_bytes }));
    } else if (!watch->follow && lost) {
        finish(watch, server_unreachable(watch->cli, &result->error));
    } else if (!watch->follow) {
        finish(watch, CLI_FINE);
    } else {
        if (lost && !watch->away) cli_note(watch->cli, "server away, waiting");
        watch->away = lost;
        loop_timer_set(watch->loop, &watch->timer, CLI_AWAY_MS, 0);
    }
}

static void stream_begin(struct watch *watch)
{
    struct http_call call;
    struct error error = { ERROR_NONE, "" };
    arena_reset(&watch->scratch);
    sse_parser_finish(&watch->parser);
    sse_parser_init(&watch->parser, SSE_LINE_BYTES, SSE_EVENT_BYTES, event_seen, watch);
    server_call(watch->cli, &(struct question){ .method = ROUTE_EVENTS_METHOD, .path = ROUTE_EVENTS_PATH, .on_data = stream_data, .context = watch,
                                                .last_event = watch->last, .is_stream = true },
                &watch->scratch, &call);
    call.on_done = stream_done;
    watch->stream = http_client_send(watch->client, &call, &error);
    if (!watch->stream) finish(watch, cli_fail_error(watch->cli, &error));
    else if (!watch->follow) loop_timer_set(watch->loop, &watch->timer, EVENTS_IDLE_MS, 0);
}

static void timer_due(void *context)
{
    struct watch *watch = context;
    if (!watch->stream) stream_begin(watch);
    else if (!watch->follow) finish(watch, CLI_FINE);
}

/* Where to begin: behind --after, or so that the newest few are shown. */
static int first_find(struct watch *watch)
{
    struct cli *cli = watch->cli;
    const char *after = cli_value(cli, "after");
    struct answer answer;
    int64_t number = 0;
    if (after && (!text_to_number(after, &number) || number < 0)) return cli_fail(cli, CLI_USAGE, "--after takes the number of an event.", NULL, NULL);
    if (!after) {
        int code = server_ask(cli, &(struct question){ .method = ROUTE_STATUS_METHOD, .path = ROUTE_STATUS_PATH }, &answer);
        if (code) return code;
        number = member_number(cli_json(cli, answer.body, answer.body_bytes), "events") - EVENTS_BEFORE;
    }
    snprintf(watch->last, sizeof watch->last, "%lld", (long long)(number > 0 ? number : 0));
    return CLI_FINE;
}

static int run(struct watch *watch)
{
    struct error error = { ERROR_NONE, "" };
    watch->loop = loop_create(&error);
    watch->client = watch->loop ? http_client_create(watch->loop, &error) : NULL;
    if (watch->client) {
        watch->timer = (struct loop_timer){ .callback = timer_due, .context = watch };
        loop_timer_set(watch->loop, &watch->timer, 0, 0);
        loop_run(watch->loop);
    } else {
        watch->code = cli_fail_error(watch->cli, &error);
    }
    http_client_destroy(watch->client);
    loop_destroy(watch->loop);
    return watch->code;
}

int cli_events(struct cli *cli)
{
    struct watch watch = { .cli = cli, .follow = cli_has(cli, "follow") };
    int code = server_connect(cli);
    if (!code) code = first_find(&watch);
    if (code) return code;
    const char *first = arena_text(&cli->arena, watch.last);
    arena_init(&watch.scratch, CLI_ANSWER_BYTES);
    sse_parser_init(&watch.parser, SSE_LINE_BYTES, SSE_EVENT_BYTES, event_seen, &watch);
    code = run(&watch);
    if (!code && !watch.shown) cli_note(cli, "no event that you may see behind number %s; --after 0 shows all", first);
    sse_parser_finish(&watch.parser);
    arena_finish(&watch.scratch);
    return code;
}
