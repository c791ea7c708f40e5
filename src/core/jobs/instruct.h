/* SPDX-License-Identifier: EUPL-1.2 */
/* instruct.h - inside the room: instructions to agents, and what starts a job, as canonical JSON (docs/agent-protocol.md). */
#ifndef CORE_JOBS_INSTRUCT_H
#define CORE_JOBS_INSTRUCT_H

#include "core/jobs/job.h"
#include "core/rule.h"

/* An instruction not begun by then isn't begun at all; it never entitles anybody to start the job elsewhere. */
#define INSTRUCTION_LIFE_MS ((int64_t)7 * 86400 * 1000)

/* Arguments, environment and places of a job, independent of where it is placed: first what all jobs of a submission have in
 * common, then one job's plan made of it. */
char *job_plan_begin(const struct job_request *request, struct arena *arena);
char *job_plan_format(const char *begun, const struct job_request *request, const struct job *job, struct arena *arena);

/* Issues the next instruction of the agent: adds its row and counts it in *agent, which the caller puts once at the end. */
void instruct_start(const struct facts *facts, struct agent *agent, struct job *job, const char *plan, struct outcome *outcome);
void instruct_cancel(const struct facts *facts, struct agent *agent, const struct job *job, struct outcome *outcome);
/* The body that asks for nothing, in place of an instruction whose job has ended. */
char *instruct_none(const struct instruction *instruction, const char *network, struct arena *arena);

#endif
