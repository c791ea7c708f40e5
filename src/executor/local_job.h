/* SPDX-License-Identifier: EUPL-1.2 */
/* local_job.h - the jobs of the local executor: what memory knows about each, and its steps on disk. For local.c only. */
#ifndef EXECUTOR_LOCAL_JOB_H
#define EXECUTOR_LOCAL_JOB_H

#include "executor/job_folder.h"

enum local_state { LOCAL_WAITING, LOCAL_STARTING, LOCAL_RUNNING, LOCAL_ENDED };

struct local_job {
    struct local_job *next, *previous; /* in the order of submission */
    struct local_job *same_bucket;
    struct id         key;
    char             *folder;          /* absolute */
    int               partition;       /* index; -1: of a partition that the options no longer name */
    int               pieces, nodes;
    enum local_state  state;
    uint64_t          slots;           /* since its start */
    int               tries, watch;    /* watch: inotify's number, -1 */
    int64_t           try_again_ms;
    bool              is_known;        /* submitted in this life; others aren't told of */
    bool              is_cancelled;    /* and still waits: to be settled */
    bool              has_started, is_start_told, is_end_told;
    int64_t           started_at_ms;
    struct job_status status;          /* when ended */
};

/* All jobs, in the order of their submission; found by key through buckets. All zero is empty. */
struct local_jobs {
    struct local_job *first, *last, *buckets[4096];
    int               count;
};

struct local_job *local_jobs_find(struct local_jobs *jobs, struct id key);
struct local_job *local_jobs_add(struct local_jobs *jobs, struct id key, const char *folder);
void local_jobs_drop(struct local_jobs *jobs, struct local_job *job);

bool local_job_is_active(const struct local_job *job); /* starts or runs: its slots are busy */

/* Looks into the folder and moves the job on: to running, ended, or back to waiting if nothing was started. Ends what an
 * orphaned job left behind and settles it as lost. */
void local_job_look(struct local_job *job, int64_t now_ms);

/* Writes the plan with these slots and starts a keeper. False: it still waits, or what was found is adopted. */
bool local_job_start(struct local_job *job, const char *program, uint64_t slots, bool has_accelerators, int64_t now_ms);

/* Ends a job that never started, durably. False: the disk refused, or it did start. */
bool local_job_settle(struct local_job *job, enum executor_end end, enum job_reason reason, int64_t now_ms);

#endif
