/* SPDX-License-Identifier: EUPL-1.2 */
/* placement_kept.h - a placement as it is kept with its job: codes and numbers, no sentences. Ten partitions take 900 bytes
 * instead of 4,000 that way, and a submission's cost is mostly the bytes that it makes durable. Sentences are put back when
 * somebody asks. */
#ifndef CORE_JOBS_PLACEMENT_KEPT_H
#define CORE_JOBS_PLACEMENT_KEPT_H

#include "core/jobs/placement.h"

char *placement_keep(const struct placement *placement, struct arena *arena);

/* The form of placement_format() again, out of the kept one. NULL: it isn't one of ours. */
char *placement_kept_format(const char *kept, struct arena *arena);

#endif
