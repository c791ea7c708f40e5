/* SPDX-License-Identifier: EUPL-1.2 */
/* local.h - the executor of one machine: jobs are processes here, each looked after by a keeper (keeper.h). */
#ifndef EXECUTOR_LOCAL_H
#define EXECUTOR_LOCAL_H

#include "executor/executor.h"

struct local_partition {
    const char *name;                       /* under 32 bytes */
    int         slots, nodes, slots_per_node; /* nodes 0: one node with all slots */
    bool        has_accelerators;           /* slots are named to CUDA and ROCm by their numbers */
};

struct local_options {
    const char                   *root;     /* the executor's own folder, absolute, made if missing; one executor each */
    const struct local_partition *partitions;
    int                           partition_count;
    const char                   *program;  /* has the verb `keeper`; NULL: this program, /proc/self/exe */
    const char                   *sandbox;  /* NULL: /usr/bin/bwrap */
    bool                          allow_unsandboxed; /* where no sandbox can be had; each log says so */
    int64_t                       memory_bytes; /* of a process, for jobs that ask for none; 0: no limit */
    int64_t                       log_bytes;    /* 0: LOG_BYTES_MAX */
    int64_t                       look_ms;      /* looks at running jobs at least this often; 0: 1000 */
};

/* Finds what an earlier life left running before it returns, so that its slots are busy. Tries the sandbox once, which
 * takes some 20 ms. Job folders are absolute. ERROR_BUSY: another executor has this root. Options are copied. */
struct executor *local_create(const struct local_options *options, struct error *error);

/* NULL if jobs are sandboxed; else why they can't be, as long as the executor lives. */
const char *local_sandbox_missing(const struct executor *executor);

#endif
