/* SPDX-License-Identifier: EUPL-1.2 */
/* try.c - a first answer for somebody without an account: no token is sent, even where there is one. */
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/show.h"
#include "cli/submission.h"
#include "cli_routes.h"

#include <unistd.h>

int cli_try(struct cli *cli)
{
    struct submission submission = { .file = NULL };
    struct question question = { .method = ROUTE_TRY_METHOD, .path = ROUTE_TRY_PATH, .without_token = true };
    struct json_t *json;
    struct text out;
    int code = submission_read(cli, &submission);
    if (!code) code = submission_format(cli, &submission, (const char *const *)environ, &question.body);
    if (!code) code = server_ask_json(cli, &question, &json);
    if (code || !json) return code;
    const struct json_t *verdicts = json_get(json, "verdicts"), *chosen = verdict_chosen(verdicts);
    text_init(&out, &cli->arena);
    if (chosen) text_add_format(&out, "Soonest on %s: %s.\n\n", member_text(cli, chosen, "partition"), wait_shown(cli, member_number(chosen, "wait_s")));
    else text_add(&out, "It can't run as it is asked.\n\n");
    verdicts_show(cli, verdicts, &out);
    demo_show(json, &out);
    cli_print(cli, &out);
    return chosen ? CLI_FINE : CLI_REFUSED;
}
