/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - every bound of this layer, with its reason. */
#ifndef AGENT_LIMITS_H
#define AGENT_LIMITS_H

#include "core/trust/record.h"

enum {
    AGENT_WORDS_BYTES = 300,       /* a reason as the server takes it */
    AGENT_STEP_BYTES = 64 * 1024 * 1024, /* memory of a step; the first after a start names every live job of the site: 20,000 */
    AGENT_STREAMS = RECORD_OUTPUTS_MAX + 2, /* of one job: as many outputs as its record can name, log, error */

    COLLECT_ENTRIES = 100000,      /* names looked at in a job's folder; a job that makes more keeps them at the site */
    COLLECT_DEPTH = 64,            /* folders below one another; a safe path has at most 255 bytes */
    COLLECT_SLICE_BYTES = 4 * 1024 * 1024, /* hashed at once, about 3 ms, of so many files; then others get their turn */
    COLLECT_SLICE_FILES = 200,
    REMOVE_SLICE = 500,            /* names removed at once, about 5 ms */

    SITE_BULK_LANES = 3,           /* files and outputs under way at once; with the lanes below, stream, batch and state 8: */
    SITE_LOG_LANES = 2,            /* as many connections as the client opens to one host. Logs never wait behind files */
    SITE_HASH_TRIES = 3,           /* a file that came wrong so often isn't what the instruction says */
    SITE_TURNS = 32,               /* jobs that get a turn before sockets and timers get theirs */
    SITE_JOB_BUCKETS = 1024,       /* 20,000 jobs, 20 in each */
    SITE_EVENTS = 16,              /* of the executor, between turns of the loop */
    SITE_FILE_MS = 60 * 60 * 1000, /* one file: 256 MiB at 600 kbit/s */

    POLICY_BYTES = 64 * 1024,      /* site.ini; ours have 600 bytes */
    POLICY_PARTITIONS = 16,        /* as many as an executor serves */
    POLICY_TEXT_BYTES = 255,       /* a value: paths and addresses */
    SECRET_BYTES = 4096,           /* a token or key file */
};

#define OUTPUTS_BYTES_MAX ((int64_t)256 * 1024 * 1024) /* of one job; more is data, and travels as such */

#endif
