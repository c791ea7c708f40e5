/* SPDX-License-Identifier: EUPL-1.2 */
/* settle.h - inside the room: the end of a job, in one place for all ways to end. */
#ifndef CORE_JOBS_SETTLE_H
#define CORE_JOBS_SETTLE_H

#include "core/jobs/job.h"
#include "core/rule.h"

/* Ends the job: posts `measured` piece-seconds (at most what is held) or, with post false, voids the hold; counts the project's
 * live jobs down; adds job.ended. The caller has filled in how it ended. facts hold the job's project, account, hold and used. */
void job_settle(struct job *job, bool post, int64_t measured, const struct facts *facts, struct outcome *outcome);

#endif
