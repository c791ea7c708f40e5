/* SPDX-License-Identifier: EUPL-1.2 */
/* job_environment.h - the environment a job starts with: clean, the job's own entries, ours, and Slurm's words for them. */
#ifndef EXECUTOR_JOB_ENVIRONMENT_H
#define EXECUTOR_JOB_ENVIRONMENT_H

#include "executor/job_folder.h"

/* Fills plan->environment for a job that passed job_check. home: where work/ is for the job. */
void job_environment_fill(struct job_plan *plan, struct arena *arena, const struct executor_job *job, const char *home);

/* Adds what the slots decide. has_accelerators: slots are accelerators and named to CUDA and ROCm, else these see none. */
void job_environment_add_slots(struct job_plan *plan, struct arena *arena, uint64_t slots, bool has_accelerators);

#endif
