/* SPDX-License-Identifier: EUPL-1.2 */
/* main.c - one program. The verbs that are processes are wired here; all others are the command line's. */
#include "base/arena.h"
#include "base/crypto.h"
#include "cli/cli.h"
#include "executor/keeper.h"
#include "main/server.h"
#include "main/site.h"
#include "main/up.h"
#include "sim/sim.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static int run_raw(struct cli *cli, char *name, int (*run)(int argc, char **argv))
{
    int count;
    char **arguments = cli_raw(cli, &count);
    char *all[66] = { name };
    CHECK(count < countof(all) - 2);
    for (int i = 0; i < count; i++) all[i + 1] = arguments[i];
    return run(count + 1, all);
}

static char aif_name[] = "aif", sim_name[] = "sim";
static int up(struct cli *cli) { return run_raw(cli, aif_name, up_main); }
static int server(struct cli *cli) { return run_raw(cli, aif_name, server_main); }
static int site(struct cli *cli) { return run_raw(cli, aif_name, site_main); }
static int sim(struct cli *cli) { return run_raw(cli, sim_name, sim_main); }

static int schema(struct cli *cli)
{
    struct arena arena;
    (void)cli;
    arena_init(&arena, 1024 * 1024);
    fputs(store_schema(&arena), stdout);
    arena_finish(&arena);
    return 0;
}

static const struct cli_verb verbs[] = {
    { .name = "up", .group = CLI_RUN, .flags = CLI_RAW, .arguments = "[--home DIR] [--port N]", .summary = "a whole demo network on this machine",
      .example = "aif up --home /tmp/network", .run = up },
    { .name = "server", .group = CLI_RUN, .flags = CLI_RAW, .arguments = "--home DIR [--port N] [--demo]", .summary = "the network's server",
      .example = "aif server --home /var/lib/aif", .run = server },
    { .name = "site", .group = CLI_RUN, .flags = CLI_RAW, .arguments = "--home DIR", .summary = "the agent beside one system",
      .example = "aif site --home /etc/aif/site", .run = site },
    { .name = "sim", .group = CLI_RUN, .flags = CLI_RAW | CLI_HIDDEN, .arguments = "[--seeds FROM..TO]", .summary = "the whole network on a virtual clock, from a seed",
      .example = "aif sim --seed 7", .run = sim },
    { .name = "schema", .group = CLI_RUN, .flags = CLI_HIDDEN, .arguments = "", .summary = "the database's tables, as a migration",
      .example = "aif schema", .run = schema },
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "keeper") == 0) return keeper_main(argc - 1, argv + 1); /* nothing may run before it */
    crypto_start();
    return cli_main(argc, argv, &(struct cli_local_verbs){ verbs, countof(verbs) });
}
