/* SPDX-License-Identifier: EUPL-1.2 */
/* request.h - what a job asks for, read from the script that people have: Slurm's options and #SBATCH lines.
 *
 * Pure. Options given beside the script win over #SBATCH lines, as with sbatch. Every option that isn't on the list in
 * docs/jobs.md is refused by name and line; nothing is ignored in silence. Options are read in options.c, directives.c
 * finds them in the script, request.c makes one meaning of them. */
#ifndef CORE_JOBS_REQUEST_H
#define CORE_JOBS_REQUEST_H

#include "core/refusal.h"
#include "base/shape.h"

enum {
    SCRIPT_BYTES_MAX = 256 * 1024,
    ARRAY_MAX = 1000,         /* jobs that one submission may become */
    DEPENDENCIES_MAX = 16,
    LIMIT_DEFAULT_S = 3600,   /* when neither script nor options name a time; cut to the partition's longest */
};

/* The body of job.submit and of try, as it comes over the wire. */
#define JOB_SUBMIT_FIELDS(X, R)                                                                   \
    X(R, TEXT,  project,   _, FIELD_OPTIONAL, 47, "the project that pays; may be left out by who has one only") \
    X(R, TEXT,  script,    _, 0, SCRIPT_BYTES_MAX, "the script's text")                           \
    X(R, TEXT,  name,      _, FIELD_OPTIONAL | FIELD_PLAIN, 200, "the script's file name: the job's name unless --job-name says other") \
    X(R, TEXTS, options,   _, FIELD_OPTIONAL, 64, "options as sbatch takes them: \"--time=10\", \"-n\", \"4\"") \
    X(R, TEXTS, arguments, _, FIELD_OPTIONAL, 64, "what stands behind the script's name")         \
    X(R, TEXT,  folder,    _, FIELD_OPTIONAL, 64, "SHA-256 of the code folder, sent before")      \
    X(R, TEXTS, environment, _, FIELD_OPTIONAL, 256, "NAME=VALUE of the caller, used as far as --export names them") \
    X(R, FLAG,  dry_run,   _, FIELD_OPTIONAL, 0, "decide everything, change nothing")
SHAPE_STRUCT(job_submit, JOB_SUBMIT_FIELDS);

#define DEPENDENCY_KIND_WORDS(X)                                                                  \
    X(DEPENDENCY_AFTER, "after") X(DEPENDENCY_AFTER_ANY, "afterany") X(DEPENDENCY_AFTER_OK, "afterok") X(DEPENDENCY_AFTER_NOT_OK, "afternotok")
WORDS_ENUM(dependency_kind, DEPENDENCY_KIND_WORDS);

struct job_wait { enum dependency_kind kind; const char *job; }; /* job: an id, aura/17 or 17, as written */

struct job_request {
    const char     *name;
    const char     *partition;      /* NULL: any that fits */
    int64_t         limit_s;        /* 0: not said */
    int64_t         nodes;          /* at least 1 */
    bool            nodes_fixed;    /* false: nobody said how many; a job takes as many as its accelerators need */
    int64_t         tasks, tasks_per_node, cpus_per_task; /* at least 1; tasks_per_node 0: not said */
    int64_t         accelerators;   /* in all, at least 1 unless none were asked: then 0 and one piece is billed */
    int64_t         accelerators_per_node; /* 0: not said */
    const char     *model;          /* "a100" of gpu:a100:4; NULL: any */
    int64_t         pieces;         /* what is billed and held: max(accelerators, 1) */
    int64_t         memory_mib;     /* 0: not said */
    const char     *output, *error; /* patterns for job_file_name(), below the working folder; NULL: the job's log, error to output */
    const char     *folder;         /* --chdir: below the job's own folder; "" for itself */
    bool            export_all;
    struct texts    environment;    /* NAME=VALUE that the job gets */
    struct texts    arguments;
    int             wait_count;
    struct job_wait waits[DEPENDENCIES_MAX];
    bool            wait_any;       /* "?" between them: one is enough */
    int             array_count;    /* 0: no array */
    int            *array;          /* the indices */
    int             array_at_once;  /* "%n"; 0: no bound. Kept with the job and told, not enforced across the network */
    const char     *script;
    char            script_hash[65];
};

/* Reads script and options into *request (texts in the arena). The first refusal in the order: script, options beside it,
 * then directives by line. */
struct refusal job_request_parse(const struct job_submit *submit, struct arena *arena, struct job_request *request);

/* What a pattern of --output names for one job: %j its number, %A the number of its array's first job (its own outside arrays),
 * %a its index (0 outside arrays), %x its name, %% a percent sign. NULL: another pattern, or not a safe relative path. */
char *job_file_name(const char *pattern, const char *name, int64_t number, int64_t array, int64_t index, struct arena *arena);

/* May a job's environment have this variable? The command line asks the same before it sends its caller's. */
bool job_variable_is_allowed(const char *name);

#endif
