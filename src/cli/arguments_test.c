/* SPDX-License-Identifier: EUPL-1.2 */
/* arguments_test.c - command lines, and what they are taken apart into. */
#include "cli/arguments.h"

#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

static int nothing(struct cli *cli)
{
    (void)cli;
    return 0;
}

static const struct cli_verb local[] = {
    { "up", CLI_RUN, CLI_RAW, "[--port N]", "a network", NULL, "aif up", NULL, 0, 0, 0, nothing },
    { "schema", CLI_RUN, CLI_HIDDEN, "", "the tables", NULL, "aif schema", NULL, 0, 0, 0, nothing },
};

/* wish; verb; our options; Slurm's; arguments (raw ones for RAW). For WRONG: the sentence alone. */
static const struct { const char *line, *wanted; } rows[] = {
    { "jobs", "run jobs | | |" },
    { "--as ana jobs", "run jobs | as=ana | |" },
    { "jobs --as ana", "run jobs | as=ana | |" },
    { "jobs --as=ana --json", "run jobs | as=ana json | |" },
    { "job aura/17", "run job | | | aura/17" },
    { "logs -f aura/17", "run logs | follow | | aura/17" },
    { "logs aura/17 -f", "run logs | follow | | aura/17" },
    { "logs -- -f", "run logs | | | -f" },
    { "audit verify", "run audit verify | | |" },
    { "audit verify log.jsonl", "run audit verify | | | log.jsonl" },
    { "ledger check", "run ledger check | | |" },
    { "fetch aura/17 --to a --to b", "run fetch | to=a to=b | | aura/17" },
    { "--help", "help none | help | |" },
    { "-h", "help none | help | |" },
    { "submit --help", "help submit | help | |" },
    { "job --help", "help job | help | |" },
    { "up --help", "run up | | | --help" },
    { "--version", "version" },
    /* the script's own arguments are never ours */
    { "submit train.sh", "run submit | | | train.sh" },
    { "submit train.sh --help --json -n 4", "run submit | | | train.sh --help --json -n 4" },
    { "submit -n4 train.sh", "run submit | | -n4 | train.sh" },
    { "submit -n 4 train.sh", "run submit | | -n 4 | train.sh" },
    { "submit --time=10 -N 2 --gpus 8 train.sh 1 2", "run submit | | --time=10 -N 2 --gpus 8 | train.sh 1 2" },
    { "submit --dir . -n 4 --wait --export=ALL train.sh", "run submit | dir=. wait | -n 4 --export=ALL | train.sh" },
    { "submit -n 4 -- -strange.sh -x", "run submit | | -n 4 | -strange.sh -x" },
    { "submit -d afterok:3 train.sh", "run submit | | -d afterok:3 | train.sh" },
    { "submit -D sub train.sh", "run submit | | -D sub | train.sh" },
    { "try --gpus=4 train.sh", "run try | | --gpus=4 | train.sh" },
    { "submit - x", "run submit | | | - x" },
    { "up --port 1 --x", "run up | | | --port 1 --x" },
    /* wrong */
    { "", "A verb is missing. `aif --help` lists them all." },
    { "sumbit train.sh", "There is no verb \"sumbit\". Did you mean `aif submit`?" },
    { "joob 1", "There is no verb \"joob\". Did you mean `aif job`?" },
    { "evid 1", "There is no verb \"evid\". Did you mean `aif evidence`?" },
    { "schem", "There is no verb \"schem\". `aif --help` lists them all." },
    { "quantum", "There is no verb \"quantum\". `aif --help` lists them all." },
    { "\033[2J", "There is no verb \"(unreadable)\". `aif --help` lists them all." },
    { "ledger", "`aif ledger` needs one more word. Did you mean `aif ledger check`?" },
    { "audit verfy x", "`aif audit` needs one more word. Did you mean `aif audit verify`?" },
    { "audit --json", "`aif audit` needs one more word. Did you mean `aif audit verify`?" },
    { "job", "`aif job` needs ID." },
    { "job 1 2", "`aif job` takes ID and nothing more: 2" },
    { "jobs 1", "`aif jobs` takes no argument: 1" },
    { "jobs --stat running", "`aif jobs` has no option --stat. Did you mean --state?" },
    { "jobs --colour", "`aif jobs` has no option --colour. `aif jobs --help` lists them." },
    { "--colour jobs", "`aif` has no option --colour. `aif --help` lists them." },
    { "jobs --state", "--state needs a value: --state STATE" },
    { "jobs --json=yes", "--json takes no value: --json=yes" },
    { "submit", "`aif submit` needs a FILE: the script." },
    { "submit -n 4", "`aif submit` needs a FILE: the script." },
    { "submit --qos=high train.sh", "The option --qos=high isn't taken. docs/jobs.md lists those that are." },
    { "submit -q high train.sh", "The option -q isn't taken. docs/jobs.md lists those that are." },
    { "submit --time", "--time needs a value." },
    { "submit --dir", "--dir needs a value: --dir DIR" },
};

enum { WORDS_MAX = 32 };

/* Cut at single spaces. */
static int cut(char *line, char *words[WORDS_MAX])
{
    int count = 0;
    words[count++] = line - 1;
    for (char *at = line; *at;) {
        words[count++] = at;
        at += strcspn(at, " ");
        if (*at) *at++ = 0;
    }
    return count;
}

static void put(char to[600], char before, const char *text)
{
    size_t used = strlen(to);
    snprintf(to + used, 600 - used, "%c%s", before, text);
}

static void describe(enum cli_wish wish, const struct cli_arguments *arguments, char to[600])
{
    static const char *const wishes[] = { "run", "help", "version", "" };
    to[0] = 0;
    if (wish == WISH_WRONG || wish == WISH_VERSION) {
        snprintf(to, 600, "%s", wish == WISH_WRONG ? arguments->wrong : "version");
        return;
    }
    snprintf(to, 600, "%s %s |", wishes[wish], arguments->verb ? arguments->verb->name : "none");
    for (int i = 0; i < arguments->option_count; i++) {
        put(to, ' ', arguments->options[i].option->name);
        if (arguments->options[i].option->value) put(to, '=', arguments->options[i].value);
    }
    put(to, ' ', "|");
    for (int i = 0; i < arguments->slurm_count; i++) put(to, ' ', arguments->slurm[i]);
    put(to, ' ', "|");
    for (int i = 0; i < arguments->count; i++) put(to, ' ', arguments->items[i]);
    for (int i = 0; i < arguments->raw_count; i++) put(to, ' ', arguments->raw[i]);
}

int main(void)
{
    const struct cli_verbs verbs = { verbs_own, verbs_own_count, local, countof(local) };
    static struct cli_arguments arguments;
    int wrong = 0;
    for (int i = 0; i < countof(rows); i++) {
        char line[200], got[600], *words[WORDS_MAX];
        snprintf(line, sizeof line, " %s", rows[i].line);
        int count = cut(line + 1, words);
        describe(arguments_parse(&verbs, count, words, &arguments), &arguments, got);
        if (strcmp(got, rows[i].wanted) == 0) continue;
        printf("not ok - aif %s\n  wanted: %s\n  got:    %s\n", rows[i].line, rows[i].wanted, got);
        wrong++;
    }
    if (wrong) return 1;
    printf("ok - command lines: %d rows\n", countof(rows));
    return 0;
}
