/* SPDX-License-Identifier: EUPL-1.2 */
/* options.h - Slurm's options, one by one: what each may say, before they are brought together (request.c). */
#ifndef CORE_JOBS_OPTIONS_H
#define CORE_JOBS_OPTIONS_H

#include "core/jobs/request.h"

enum {
    PIECES_ASKED_MAX = 1000000,      /* ten gigafactories; beyond it somebody mistyped */
    LIMIT_ASKED_MAX_S = 365 * 86400, /* longer than any partition's longest */
    ARRAY_INDEX_MAX = 4000000,       /* Slurm's own bound */
    ENVIRONMENT_VARIABLES_MAX = 256,
    ENVIRONMENT_BYTES_MAX = 32768,   /* with ARGUMENTS_BYTES_MAX, doubled by escapes: fits into a job's plan */
    ARGUMENTS_BYTES_MAX = 32768,
};

/* "4", "a100:4", "gpu:a100:4". */
struct asked_accelerators { bool said; int64_t count; const char *model; };

/* What the options said; 0 and NULL: nothing. */
struct asked {
    const char               *name, *partition, *output, *error, *folder;
    int64_t                   nodes, tasks, tasks_per_node, cpus_per_task, memory_mib, limit_s;
    struct asked_accelerators gpus, gpus_per_node, gres;
    bool                      export_all;
    struct texts              environment;
    int                       wait_count;
    struct job_wait           waits[DEPENDENCIES_MAX];
    bool                      wait_any;
    int                       array_count, array_at_once;
    int                      *array;
};

struct options {
    struct arena       *arena;
    const struct texts *environment; /* the caller's, checked by environment_check() */
    struct asked        asked;
    unsigned            beside;      /* options that stood beside the script: directives don't replace them */
};

/* Reads options as sbatch takes them: "--time=10", "--time" "10", "-t10", "-t" "10". line 0: beside the script. The last one
 * of a name wins. OPTION_NOT_ALLOWED, DIRECTIVE_NOT_ALLOWED, OPTION_VALUE, ENV_NOT_ALLOWED, ARRAY_TOO_LARGE. */
struct refusal options_read(struct options *options, const struct texts *items, int line);

/* What an item of a command line is, for finding the script's name behind the options: one that isn't in the table, one
 * that is whole ("-n4", "--time=10"), or one whose value is the next item. */
enum option_item { OPTION_UNKNOWN, OPTION_WHOLE, OPTION_HALF };
enum option_item option_item_of(const char *item);

/* One option's value on its way in; for the readers of lists below. */
struct option_reading { struct options *options; struct asked *asked; const char *option; int line; };
struct refusal option_unfit(const struct option_reading *reading, const char *wanted);

/* option_lists.c */
struct refusal option_export(const struct option_reading *reading, const char *value);
struct refusal option_dependency(const struct option_reading *reading, const char *value);
struct refusal option_array(const struct option_reading *reading, const char *value);
/* Every entry NAME=VALUE of the caller's environment. INVALID_VALUE, ENV_NOT_ALLOWED. */
struct refusal environment_check(const struct texts *environment);
/* No control characters but tab and line feed: fit for an argument or a variable of a job. */
bool option_text_is_clean(const char *text);
/* A decimal number from low to high. */
bool option_number(const char *text, int64_t low, int64_t high, int64_t *number);

#endif
