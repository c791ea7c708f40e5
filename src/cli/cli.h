/* SPDX-License-Identifier: EUPL-1.2 */
/* cli.h - the command line of aif: one table of verbs makes dispatch, help and suggestions (docs/cli.md).
 *
 * Verbs that talk to a server live here. Verbs that are processes (up, server, site, …) are handed in by main as rows of the
 * same table, so that the command line stays free of server code. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/base.h"

/* What aif returns to the shell. The same list stands in docs/cli.md and in every help. */
enum cli_exit {
    CLI_FINE = 0,
    CLI_REFUSED = 1,      /* a rule said no, or what was checked doesn't hold */
    CLI_USAGE = 2,        /* the command line or a file named on it is wrong */
    CLI_UNREACHABLE = 3,  /* the server can't be reached */
    CLI_NOT_PERMITTED = 4,/* not signed in, or not permitted */
    CLI_MACHINE = 5,      /* a machine failed: this one, the server, or a job lost by its site */
    CLI_JOB_FAILED = 6,   /* the job that was waited for didn't complete */
};

struct cli;

enum cli_group { CLI_LOOK, CLI_JOBS, CLI_PROOF, CLI_RUN };

enum cli_verb_flag {
    CLI_SCRIPT = 1, /* Slurm options, FILE, and its arguments: see arguments.c */
    CLI_RAW = 2,    /* what stands behind the verb is handed over as it is, options too */
    CLI_HIDDEN = 4, /* not in the list of verbs: programs start it, not people */
};

struct cli_option {
    const char *name;    /* without the dashes */
    char        letter;  /* 0: none */
    const char *value;   /* "DIR"; NULL: a flag */
    const char *summary;
};

/* A row of the table. All texts are for people. */
struct cli_verb {
    const char              *name;      /* "job", "ledger check" */
    enum cli_group           group;
    unsigned                 flags;
    const char              *arguments; /* "ID", "[FILE]"; "" for none */
    const char              *summary;   /* a few words */
    const char              *about;     /* further sentences, or NULL */
    const char              *example;   /* lines that work as they stand */
    const struct cli_option *options;
    int                      option_count;
    int                      least, most; /* how many arguments; not asked of SCRIPT and RAW */
    int                    (*run)(struct cli *cli); /* what it returns is aif's exit code */
};

struct cli_local_verbs { const struct cli_verb *verbs; int count; };

/* Runs one command line; returns what main returns. */
int cli_main(int argc, char **argv, const struct cli_local_verbs *local);

/* For the verbs handed in. Texts live as long as the call. */
const char *cli_value(const struct cli *cli, const char *option); /* NULL: wasn't given; the last one wins */
bool cli_has(const struct cli *cli, const char *option);
const char *cli_argument(const struct cli *cli, int index);      /* NULL: there are fewer */
/* RAW verbs: everything behind the verb, ended by NULL. */
char **cli_raw(const struct cli *cli, int *count);

#endif
