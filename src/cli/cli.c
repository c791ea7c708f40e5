/* SPDX-License-Identifier: EUPL-1.2 */
/* cli.c - one run: take the line apart, help or hand to the verb, check that what was written arrived.
 *
 * A full disk or a closed pipe behind standard output is a failure of the machine, not a success. */
#include "cli/cli.h"

#include "base/crypto.h"
#include "cli/context.h"
#include "cli/help.h"
#include "cli/verbs.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal_width(void)
{
    struct winsize size;
    const char *said = getenv("COLUMNS");
    int64_t columns;
    if (said && text_to_number(said, &columns) && columns >= CLI_WIDTH_LEAST && columns <= 1000) return (int)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= CLI_WIDTH_LEAST) return size.ws_col;
    return CLI_WIDTH_DEFAULT;
}

/* NO_COLOR as on no-color.org: set and not empty. */
static void screen_init(struct screen *screen)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
    screen->out_is_terminal = isatty(STDOUT_FILENO);
    screen->error_is_terminal = isatty(STDERR_FILENO);
    screen->colour = screen->out_is_terminal && !(refused && *refused) && terminal && strcmp(terminal, "dumb") != 0;
    screen->width = screen->out_is_terminal ? terminal_width() : TABLE_WIDTH_ANY;
}

static int run(struct cli *cli, const struct cli_verbs *verbs, int argc, char **argv)
{
    struct text out;
    struct error error = { ERROR_NONE, "" };
    text_init(&out, &cli->arena);
    switch (arguments_parse(verbs, argc, argv, &cli->arguments)) {
    case WISH_WRONG: return cli_fail(cli, CLI_USAGE, cli->arguments.wrong, NULL, NULL);
    case WISH_VERSION: text_add(&out, "aif " AIF_VERSION "\n"); break;
    case WISH_HELP:
        if (cli->arguments.verb) help_verb(cli->arguments.verb, &out);
        else help_all(verbs, &out);
        break;
    case WISH_RUN:
        cli->json = arguments_value(&cli->arguments, "json") != NULL;
        if (!settings_find_home(&cli->settings, &cli->arguments, &cli->arena, &error)) return cli_fail_error(cli, &error);
        return cli->arguments.verb->run(cli);
    }
    cli_print(cli, &out);
    return CLI_FINE;
}

int cli_main(int argc, char **argv, const struct cli_local_verbs *local)
{
    const struct cli_verbs verbs = { verbs_own, verbs_own_count, local->verbs, local->count };
    struct cli *cli = calloc(1, sizeof *cli);
    if (!cli) return CLI_MACHINE;
    crypto_start();
    setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters; what is written is UTF-8 everywhere */
    arena_init(&cli->arena, CLI_ARENA_BYTES);
    screen_init(&cli->screen);
    int code = run(cli, &verbs, argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) code = cli_fail(cli, CLI_MACHINE, "What was to be shown couldn't be written.", NULL, NULL);
    for (struct kept_json *kept = cli->kept; kept; kept = kept->next) json_free(kept->json);
    arena_finish(&cli->arena);
    free(cli);
    return code;
}

const char *cli_value(const struct cli *cli, const char *option) { return arguments_value(&cli->arguments, option); }
bool cli_has(const struct cli *cli, const char *option) { return arguments_value(&cli->arguments, option) != NULL; }

const char *cli_argument(const struct cli *cli, int index)
{
    return index >= 0 && index < cli->arguments.count ? cli->arguments.items[index] : NULL;
}

char **cli_raw(const struct cli *cli, int *count)
{
    *count = cli->arguments.raw_count;
    return cli->arguments.raw;
}
