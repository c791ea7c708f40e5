/* SPDX-License-Identifier: EUPL-1.2 */
/* executor.h - where jobs run. `local`, `slurm` and `simulated` are equals behind these calls.
 *
 * An executor owns a queue and the slots of its partitions. It is told of a job by its key (the job's id in the
 * network) and starts each key at most once, whatever is repeated, and whoever was killed in between.
 * Single-threaded: the agent's loop calls it; nothing here waits. */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include "base/error.h"

enum { EXECUTOR_SLOTS_MAX = 64 };

/* What to start. Texts belong to the caller and are copied. */
struct executor_job {
    struct id          key;
    const char        *name;       /* what the user calls it; NULL: "job" */
    const char        *partition;  /* its name inside the system: "gpu" */
    const char        *folder;     /* the job's own folder: holds work/ (the user's files) and script */
    int                pieces;     /* slots (accelerators or other billed pieces) to occupy */
    int                nodes, tasks, cpus_per_task;
    int64_t            limit_s, grace_s;
    int64_t            memory_bytes;  /* 0: the policy's default */
    bool               separate_error; /* standard error into its own file, not into the log */
    const char *const *environment;   /* "NAME=value", as the job asked; count below */
    int                environment_count;
    const char *const *arguments;     /* behind the script's name */
    int                argument_count;
    const char        *working_folder; /* below work/, "" for work/ itself */
    struct id          array_job;      /* the first job of its array; none: it's in none, and the two below mean nothing */
    int64_t            array_index, array_count;
};

enum executor_event_kind { EXECUTOR_STARTED, EXECUTOR_ENDED, EXECUTOR_LOST };

enum executor_end { END_COMPLETED, END_FAILED, END_TIMED_OUT, END_CANCELLED, END_LOST };

/* What happened to a key. Told again after a restart; the agent forgets repeats. An end without a start: nothing ran. */
struct executor_event {
    enum executor_event_kind kind;
    struct id                key;
    int64_t                  at_ms;   /* when it happened, UTC */
    int                      slot_count, slots[EXECUTOR_SLOTS_MAX]; /* STARTED */
    enum executor_end        end;     /* ENDED; LOST has END_LOST */
    int                      exit_code, signal; /* as a shell says it: ended by signal n is exit_code 128 + n and signal n */
    int64_t                  ran_ms;
    bool                     is_measured; /* the figures below were; otherwise they are 0 and mean nothing */
    int64_t                  cpu_ms, memory_max_bytes; /* of all processes; of the largest single one */
    int64_t                  read_bytes, written_bytes; /* from and to storage, not what the page cache served */
    const char              *reason;  /* for LOST and refusals to start: one sentence; static */
};

struct executor_partition_state {
    char    name[32];
    int     slots, busy;           /* pieces */
    int     waiting_jobs, running_jobs;
};

struct executor;

struct executor_operations {
    /* Takes the job, or finds that it was taken before. False: it can never run here (error says why in words for the user). */
    bool (*submit)(struct executor *executor, const struct executor_job *job, int64_t now_ms, struct error *error);
    /* Ends the job if it waits or runs; unknown keys are no news. Grace: SIGTERM, then SIGKILL after the job's grace_s. */
    void (*cancel)(struct executor *executor, struct id key, int64_t now_ms);
    /* Starts what can start, then fills at most `room` events; returns how many. Call at least every second, and when
     * watch_fd (if any) is readable. */
    int (*poll)(struct executor *executor, int64_t now_ms, struct executor_event *events, int room);
    /* The agent has the end of this key on disk: the executor may forget it. */
    void (*forget)(struct executor *executor, struct id key);
    int (*state)(const struct executor *executor, struct executor_partition_state *partitions, int room);
    int (*watch_fd)(const struct executor *executor); /* -1: none */
    void (*destroy)(struct executor *executor);
};

/* First member of every executor. */
struct executor { const struct executor_operations *operations; };

#endif
