/* SPDX-License-Identifier: EUPL-1.2 */
/* explain.c - why here, why it waits or how it ended, what to do: rule, number, next step for each. */
#include "cli/handlers.h"
#include "cli/paths.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/words.h"

#include <string.h>

/* What each end means, and what one can do about it. */
static const struct { const char *end, *sentence, *next; } ends[] = {
    { "completed", "It ran to its end, exit code 0.", "aif fetch brings its outputs, aif evidence its signed record." },
    { "failed", "Its script ended with another exit code than 0, or by a signal.", "aif logs shows its last lines." },
    { "timed-out", "It was still running at the end of its time limit and grace.", "ask for more time (--time), or continue from a checkpoint." },
    { "cancelled", "Somebody who may do so asked for its end.", "submit it again if that wasn't meant." },
    { "lost", "Its site can't say what became of it; nothing was charged.", "submit it again." },
    { "refused", "Its site's own policy didn't take it; nothing was charged.", "choose another partition, or ask the site's operator." },
    { "dependency-never", "A job that it waited for ended in a way that rules it out; nothing was charged.", "look at that job, then submit this one again." },
};

static void put_ended(struct cli *cli, const struct json_t *job, struct text *out)
{
    const char *ended_as = json_text(json_get(job, "ended_as")), *reason = member_text(cli, job, "reason");
    for (int i = 0; ended_as && i < countof(ends); i++) {
        if (strcmp(ends[i].end, ended_as) != 0) continue;
        fact_show(cli, "ended", ends[i].sentence, out);
        if (reason) fact_show(cli, "because", reason, out);
        fact_show(cli, "next", ends[i].next, out);
    }
}

static void put_now(struct cli *cli, const struct json_t *job, struct text *out)
{
    const char *state = json_text(json_get(job, "state"));
    enum paint paint;
    const char *shown = job_state_shown(cli, job, &paint);
    paint_text(PAINT_STRONG, job_label(cli, job), cli->screen.colour, out);
    text_add(out, "  ");
    paint_text(paint, shown ? shown : "unknown", cli->screen.colour, out);
    text_add_char(out, '\n');
    if (job_is_ended(job)) put_ended(cli, job, out);
    else if (state && strcmp(state, "held") == 0) fact_show(cli, "why", "it waits for other jobs, as its --dependency says", out);
}

int cli_explain(struct cli *cli)
{
    struct json_t *json;
    struct text out;
    const char *path = path_of(&cli->arena, ROUTE_JOB_PLACEMENT_PATH, cli_argument(cli, 0));
    int code = server_ask_json(cli, &(struct question){ .method = ROUTE_JOB_PLACEMENT_METHOD, .path = path }, &json);
    if (code || !json) return code;
    text_init(&out, &cli->arena);
    put_now(cli, json, &out);
    text_add(&out, "\nWhy there: least wait of those that fit when it was submitted; ties go to the project's home.\n");
    verdicts_show(cli, json_get(json, "verdicts"), &out);
    cli_print(cli, &out);
    return CLI_FINE;
}
