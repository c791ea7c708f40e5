/* SPDX-License-Identifier: EUPL-1.2 */
/* submission_test.c - which of the caller's variables leave the machine: those that --export names, and no others. */
#include "cli/submission.h"

#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

static const char *const environment[] = { "SECRET=hunter2", "FOO=1", "BAR=two words", "LD_PRELOAD=evil.so", "AIF_X=1", "BAD\033=x", "ESC=\033[2J", NULL };

/* options beside the script; a directive in it; the "environment" and "options" of the body, or "refused" */
static const struct { const char *option, *directive, *wanted; } rows[] = {
    { NULL, "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"arguments\":[\"1\"]}" },
    { "--export=NONE", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=NONE\"],\"arguments\":[\"1\"]}" },
    { "--export=FOO", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=FOO\"],\"arguments\":[\"1\"],\"environment\":[\"FOO=1\"]}" },
    { "--export=BAR,X=9", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=BAR,X=9\"],\"arguments\":[\"1\"],\"environment\":[\"BAR=two words\"]}" },
    { "--export=X=9", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=X=9\"],\"arguments\":[\"1\"]}" },
    { NULL, "#SBATCH --export=FOO", "{\"script\":\"#!/bin/sh\\n#SBATCH --export=FOO\\ntrue\\n\",\"name\":\"t.sh\",\"arguments\":[\"1\"],\"environment\":[\"FOO=1\"]}" },
    /* all: but what steers a loader, or isn't clean */
    { "--export=ALL", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=ALL\"],\"arguments\":[\"1\"],\"environment\":[\"SECRET=hunter2\",\"FOO=1\",\"BAR=two words\"]}" },
    /* what can't be read asks for none: the server says why */
    { "--export=LD_PRELOAD", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=LD_PRELOAD\"],\"arguments\":[\"1\"]}" },
    { "--export=FOO,MISSING", "", "{\"script\":\"#!/bin/sh\\n\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=FOO,MISSING\"],\"arguments\":[\"1\"]}" },
    { "--export=FOO", "#SBATCH --qos=high", "{\"script\":\"#!/bin/sh\\n#SBATCH --qos=high\\ntrue\\n\",\"name\":\"t.sh\",\"options\":[\"--export=FOO\"],\"arguments\":[\"1\"]}" },
};

static const char *body_of(struct cli *cli, int row)
{
    const struct cli_verbs verbs = { verbs_own, verbs_own_count, NULL, 0 };
    char *line[6] = { (char[]){ "aif" }, (char[]){ "submit" } };
    int words = 2;
    const char *body = NULL;
    if (rows[row].option) line[words++] = arena_text(&cli->arena, rows[row].option);
    line[words++] = (char[]){ "dir/t.sh" };
    line[words++] = (char[]){ "1" };
    CHECK(arguments_parse(&verbs, words, line, &cli->arguments) == WISH_RUN);
    struct submission submission = { .file = cli->arguments.items[0], .script = arena_format(&cli->arena, "#!/bin/sh\n%s\ntrue\n", rows[row].directive) };
    return submission_format(cli, &submission, environment, &body) == CLI_FINE ? body : "refused";
}

int main(void)
{
    static struct cli cli;
    int wrong = 0;
    arena_init(&cli.arena, 16 << 20);
    for (int i = 0; i < countof(rows); i++) {
        const char *got = body_of(&cli, i);
        if (strcmp(got, rows[i].wanted) == 0) continue;
        printf("not ok - %s %s\n  wanted: %s\n  got:    %s\n", rows[i].option ? rows[i].option : "", rows[i].directive, rows[i].wanted, got);
        wrong++;
    }
    arena_finish(&cli.arena);
    if (wrong) return 1;
    printf("ok - submissions: %d rows\n", countof(rows));
    return 0;
}
