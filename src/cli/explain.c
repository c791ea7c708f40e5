/* SPDX-License-Identifier: EUPL-1.2 */
/* explain.c - why here, why it waits or how it ended, what to do: rule, number, next step for each. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"
#include "cli/wrap.h"
#include "cli_routes.h"

#include <string.h>

/* What each end means, and what one can do about it. */
static const struct { const char *end, *sentence, *next; } ends[] = {
    { "completed", "It ran to its end, exit code 0.", "aif fetch brings its outputs, aif evidence its signed record." },
    { "failed", "Its script ended with another exit code than 0, or by a signal.", "aif logs shows its last lines." },
    { "timed-out", "It was still running at the end of its time limit and grace.", "ask for more time (--time), or continue from a checkpoint." },
    { "cancelled", "Somebody who may do so asked for its end.", "submit it again if that wasn't meant." },
    { "lost", "Its site can't say what became of it; nothing was charged.", "submit it again." },
    { "refused", "Its site's own policy didn't take it; nothing was charged.", "choose another partition, or ask the site's operator." },
    { "dependency-never", "A job that it waited for ended in a way that rules it out; nothing was charged.",
      "look at that job, then submit this one again." },
};

static void put_ended(struct cli *cli, const struct json_t *now, struct text *out)
{
    const char *ended_as = json_text(json_get(now, "ended_as")), *reason = member_text(cli, now, "reason");
    for (int i = 0; ended_as && i < countof(ends); i++) {
        if (strcmp(ends[i].end, ended_as) != 0) continue;
        fact_show(cli, "ended", ends[i].sentence, out);
        if (reason) fact_show(cli, "because", reason, out);
        fact_show(cli, "next", ends[i].next, out);
    }
}

/* Jobs by id, each with what has become of it. */
static void put_waits(struct cli *cli, const struct json_t *waits, struct text *out)
{
    struct arena *arena = &cli->arena;
    for (int i = 0; i < json_count(waits); i++) {
        const struct json_t *wait = json_at(waits, i);
        const char *state = member_text(cli, wait, job_is_ended(wait) ? "ended_as" : "state");
        fact_show(cli, i ? "" : "why", arena_format(arena, "it waits for %s (%s), which is %s", member_text(cli, wait, "job"),
                                                    member_text(cli, wait, "kind"), state ? state : "unknown"), out);
    }
}

static void put_waiting(struct cli *cli, const struct json_t *placement, const struct json_t *now, struct text *out)
{
    struct arena *arena = &cli->arena;
    int64_t slots = member_number(now, "slots"), busy = member_number(now, "running_pieces"), others = member_number(now, "waiting_jobs") - 1;
    const char *partition = member_text(cli, placement, "partition"), *heard = words_time(json_text(json_get(now, "heard_ms")), arena);
    if (member_flag(now, "cancel_asked")) fact_show(cli, "why", "it was asked to end, and its site hasn't confirmed that yet", out);
    else if (!member_flag(now, "heard"))
        fact_show(cli, "why", heard ? arena_format(arena, "the site agent of %s wasn't heard since %s UTC; the job starts when it is back", partition, heard)
                                    : arena_format(arena, "the site agent of %s was never heard yet; the job starts when it is there", partition), out);
    else
        fact_show(cli, "why", arena_format(arena, "%lld of %lld accelerators of %s are in use by %s; %s %s too", (long long)busy, (long long)slots, partition,
                                           words_count(member_number(now, "running_jobs"), "running job", arena),
                                           others > 0 ? words_count(others, "other job", arena) : "no other job", others > 1 ? "wait" : "waits"), out);
    fact_show(cli, "expected", arena_format(arena, "%s when it was accepted", wait_shown(cli, member_number(placement, "wait_estimate_s"))), out);
    fact_show(cli, "next", "aif try FILE shows where it would start sooner now; shorter and smaller jobs fit earlier.", out);
}

static void put_now(struct cli *cli, const struct json_t *placement, struct text *out)
{
    const struct json_t *now = json_get(placement, "now");
    const char *state = json_text(json_get(now, "state"));
    enum paint paint;
    const char *shown = job_state_shown(cli, now, &paint);
    paint_text(PAINT_STRONG, job_label(cli, placement), cli->screen.colour, out);
    text_add(out, "  ");
    paint_text(paint, shown ? shown : "unknown", cli->screen.colour, out);
    text_add_format(out, " on %s\n", member_text(cli, placement, "partition"));
    if (job_is_ended(now)) put_ended(cli, now, out);
    else if (state && strcmp(state, "held") == 0) put_waits(cli, json_get(now, "waits_for"), out);
    else if (state && strcmp(state, "waiting") == 0) put_waiting(cli, placement, now, out);
}

int cli_explain(struct cli *cli)
{
    struct json_t *json;
    struct text out;
    const char *path = path_of(&cli->arena, ROUTE_JOB_PLACEMENT_PATH, cli_argument(cli, 0));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_PLACEMENT_METHOD, .path = path }, &json);
    if (code || !json) return code;
    const char *decided = words_time(json_text(json_get(json, "decided_ms")), &cli->arena);
    text_init(&out, &cli->arena);
    put_now(cli, json, &out);
    text_add_format(&out, "\nWhy there: least wait of those that fit at %s UTC; ties go to the project's home.\n", decided ? decided : "an unknown time,");
    verdicts_show(cli, json_get(json, "verdicts"), &out);
    demo_show(json, &out);
    cli_print(cli, &out);
    return CLI_FINE;
}
