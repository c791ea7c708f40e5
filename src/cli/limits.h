/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - what the command line takes, each figure with its reason. */
#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

enum {
    CLI_OPTIONS_MAX = 32,              /* of its own, on one command line; a verb has at most eight */
    CLI_SLURM_MAX = 64,                /* Slurm options beside a script: what the API takes */
    CLI_ARGUMENTS_MAX = 64,            /* behind a script's name: what the API takes */
    CLI_ARENA_BYTES = 256 * 1024 * 1024,
    CLI_ANSWER_BYTES = 16 * 1024 * 1024, /* the longest list: 2,000 file hashes and 128 verdicts are far below */

    CLI_TOKEN_BYTES = 512,             /* a token has 43 letters; an OpenID one that may follow has more */
    CLI_ADDRESS_BYTES = 512,
    CLI_PERSON_MAX = 40,               /* longest handle of a person */

    CLI_IGNORE_BYTES = 64 * 1024,      /* of an .aifignore; people write a dozen lines */
    CLI_IGNORE_PATTERNS = 256,
    CLI_REFUSED_SHOWN = 10,            /* names in a refusal of a folder; the rest is counted */
    CLI_ENTRIES_MAX = 100000,          /* entries that a walk through a code folder looks at before it gives up */

    CLI_RETRY_MS = 30 * 1000,          /* how long a submission is tried again: a server restart takes under 5 s */
    CLI_RETRY_SAID_MS = 2 * 1000,      /* waiting that long in silence is fine, longer isn't */
    CLI_RETRY_FIRST_MS = 100,
    CLI_RETRY_MOST_MS = 4 * 1000,
    CLI_SILENCE_S = 30,                /* of a server in the middle of an answer: then it's given up */
    CLI_FOLLOW_MS = 200,               /* between looks at a growing log */
    CLI_LOOK_MS = 2 * 1000,            /* a job is looked at that often even if no event says so */
    CLI_AWAY_MS = 1000,                /* between tries while the server is away */
    CLI_LAST_BYTES_MS = 30 * 1000,     /* a job has ended, and neither bytes nor its record come any more */

    CLI_WIDTH_DEFAULT = 80,
    CLI_WIDTH_LEAST = 40,
};

#endif
