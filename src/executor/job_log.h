/* SPDX-License-Identifier: EUPL-1.2 */
/* job_log.h - what a job prints, from a pipe into a file, up to a cap. */
#ifndef EXECUTOR_JOB_LOG_H
#define EXECUTOR_JOB_LOG_H

#include "base/base.h"

struct job_log {
    int     from;     /* the reading end of the pipe, not blocking; -1 when all writers are gone */
    int     to;
    int64_t written_bytes, cap_bytes;
    bool    is_cut;
};

/* Opens (and empties) the file in the folder and makes the pipe; *write_end is for the job. */
bool job_log_init(struct job_log *log, int folder, const char *file, int64_t cap_bytes, int *write_end);
void job_log_say(struct job_log *log, const char *line); /* one line of ours, marked so */
void job_log_copy(struct job_log *log);                  /* what is there now; never waits */
void job_log_finish(struct job_log *log);                /* the file is on disk afterwards */

#endif
