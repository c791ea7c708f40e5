/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/follow.h"
#include "cli/handlers.h"
#include "cli/server.h"
#include "cli/wrap.h"
#include "cli_routes.h"

#include <string.h>

static bool show_bytes(void *context, const void *bytes, size_t size)
{
    log_show(context, bytes, size);
    return true;
}

int cli_logs(struct cli *cli)
{
    const char *job = cli_argument(cli, 0), *stream = cli_value(cli, "stream");
    bool raw = cli_has(cli, "raw") || cli->json;
    struct answer answer;
    if (!stream) stream = "log";
    if (cli_has(cli, "follow"))
        return follow_job(cli, &(struct follow_wish){ .job = job, .label = text_clean(job, &cli->arena), .stream = stream, .raw = raw });
    struct log_screen screen = log_screen_of(cli, raw);
    const char *path = path_of(&cli->arena, path_of(&cli->arena, ROUTE_JOB_STREAM_PATH, job), stream);
    int code = server_ask(cli, &(struct question){ .method = ROUTE_JOB_STREAM_METHOD, .path = path, .on_data = show_bytes, .context = &screen }, &answer);
    log_show_end(&screen);
    return code;
}
