/* SPDX-License-Identifier: EUPL-1.2 */
/* arguments.h - a command line taken apart by the table of verbs: which verb, which options, which arguments. Pure. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "cli/cli.h"
#include "cli/limits.h"

/* The verbs of this program and those handed in by main, as one list. */
struct cli_verbs { const struct cli_verb *own; int own_count; const struct cli_verb *local; int local_count; };
int verbs_count(const struct cli_verbs *verbs);
const struct cli_verb *verbs_at(const struct cli_verbs *verbs, int index);

/* Taken by every verb: --server, --as, --home, --json, --help. */
extern const struct cli_option cli_options_of_all[];
extern const int cli_options_of_all_count;

enum cli_wish { WISH_RUN, WISH_HELP, WISH_VERSION, WISH_WRONG };

struct cli_arguments {
    const struct cli_verb *verb;   /* NULL: none was named */
    int                    option_count;
    struct { const struct cli_option *option; const char *value; } options[CLI_OPTIONS_MAX];
    int                    slurm_count; /* SCRIPT: options for the server, as they stand */
    const char            *slurm[CLI_SLURM_MAX];
    int                    count;       /* SCRIPT: FILE first, then what the script is given */
    const char            *items[CLI_ARGUMENTS_MAX + 1];
    int                    raw_count;   /* RAW */
    char                 **raw;
    char                   wrong[400];  /* WRONG: one sentence, and what would be right */
};

/* The result points into argv. */
enum cli_wish arguments_parse(const struct cli_verbs *verbs, int argc, char **argv, struct cli_arguments *into);

/* The last value given for an option, "" for a flag, NULL if it wasn't given. */
const char *arguments_value(const struct cli_arguments *arguments, const char *option);

#endif
