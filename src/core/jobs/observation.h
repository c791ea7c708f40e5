/* SPDX-License-Identifier: EUPL-1.2 */
/* observation.h - inside the rooms: what is common to everything that an agent tells. */
#ifndef CORE_JOBS_OBSERVATION_H
#define CORE_JOBS_OBSERVATION_H

#include "core/jobs/job.h"
#include "core/network/network.h"
#include "core/rule.h"

/* Observations come in order and may come again. True: this one is new, and *agent (a copy to change) counts it.
 * False: the outcome says so already (repeated: nothing happens; a gap or a foreign journal: refused). */
bool observation_is_new(const char *journal, int64_t number, const struct facts *facts, struct agent *agent, struct outcome *outcome);

/* Counts it without believing it: the ledger stays, an event raises the alarm. */
void observation_quarantine(const char *kind, struct id job, const char *why, const struct agent *agent, struct outcome *outcome);

/* How a job ended, in the server's words; a job that was refused, or never sent, has an end that no agent observes. */
enum job_end observation_end(enum observed_end end);

#endif
