/* SPDX-License-Identifier: EUPL-1.2 */
/* job_folder.h - what stands in a job's folder: the only thing that executor, keeper and job share.
 *
 *   work/        the user's files                          script       what to run, with its #! line
 *   plan         how to start it          (executor)       claim        made with O_EXCL: the one start      (keeper)
 *   keeper.lock  locked while a keeper lives               job.lock     locked while a process of the job lives
 *   started      pid, boot, time          (keeper)         log, error   what it printed                      (keeper)
 *   status       the end; never changes   (either)         cancel       its presence says: please end        (executor)
 *   keeper.log   complaints of the keeper; empty when all is well
 * plan, started and status are records (record.h). The folder itself must be durable before the executor is told. */
#ifndef EXECUTOR_JOB_FOLDER_H
#define EXECUTOR_JOB_FOLDER_H

#include "executor/executor.h"
#include "executor/limits.h"
#include "executor/record.h"

#include <sys/types.h>

struct job_plan {
    const char *key, *partition;
    const char *sandbox;         /* the sandbox's program, "" to run without one */
    const char *sandbox_missing; /* why, in words for the log */
    int64_t     limit_s, grace_s, memory_bytes, log_bytes;
    int64_t     user;            /* run as this user and group; 0: as the keeper's own */
    bool        separate_error;
    const char *working_folder;
    uint64_t    slots;           /* as bits; 0 until the executor has chosen */
    const char *environment[ENVIRONMENT_MAX + ENVIRONMENT_OWN_MAX], *arguments[ARGUMENTS_MAX];
    int         environment_count, argument_count;
};

struct job_start {
    pid_t   pid;          /* pid 1 of the sandbox, or the script, as the machine numbers it */
    int64_t pid_ticks;    /* its start time in clock ticks since boot: with pid and boot it names one process for ever */
    char    boot[40];
    int64_t at_ms;
};

enum job_reason { REASON_NONE, REASON_KEEPER_GONE, REASON_RESTARTED, REASON_NOT_STARTED, REASON_SANDBOX, REASON_SHUTDOWN,
                  REASON_UNREADABLE };

struct job_status {
    enum executor_end end;
    enum job_reason   reason;
    int               exit_code, signal;
    int64_t           at_ms, ran_ms;
    bool              is_measured;
    int64_t           cpu_ms, memory_max_bytes, read_bytes, written_bytes;
};

/* What a folder says about its job, whoever was killed in between. */
enum job_phase {
    JOB_NEW,      /* no start was ever claimed and no keeper lives: may be started */
    JOB_STARTING, /* a keeper lives and hasn't reported the start */
    JOB_RUNNING,
    JOB_ENDED,    /* status stands */
    JOB_ORPHANED, /* claimed, no keeper, no status: to be settled as lost */
};

int job_folder_open(const char *path, struct error *error); /* -1 on failure */
bool job_folder_has(int folder, const char *file);
bool job_folder_touch(int folder, const char *file); /* makes an empty file, or finds it */

/* Locks keeper.lock or job.lock; the descriptor holds the lock and is the caller's, also across fork and exec if it
 * says so there. -1: somebody else holds it, or the folder can't be written. */
int job_folder_lock(int folder, const char *file);
enum job_phase job_folder_phase(int folder);

/* Makes the claim, durably. False with ERROR_BUSY: a start was claimed before. */
bool job_folder_claim(int folder, struct error *error);
bool job_folder_claimed_in_this_boot(int folder);

bool job_plan_save(int folder, const struct job_plan *plan, enum file_care care, struct error *error);
bool job_plan_load(int folder, struct arena *arena, struct job_plan *plan, struct error *error);
bool job_start_save(int folder, const struct job_start *start, struct error *error);
bool job_start_load(int folder, struct job_start *start, struct error *error);
bool job_status_save(int folder, const struct job_status *status, struct error *error);
bool job_status_load(int folder, struct job_status *status, struct error *error);

/* One sentence for people; NULL for REASON_NONE. Static. */
const char *job_reason_sentence(enum job_reason reason);

#endif
