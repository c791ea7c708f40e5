/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - every bound of this layer, with its reason. */
#ifndef EXECUTOR_LIMITS_H
#define EXECUTOR_LIMITS_H

#include <stdint.h>

enum {
    LOCAL_PARTITIONS_MAX = 16,   /* the largest announced system has fewer */
    LOCAL_JOBS_MAX = 20000,      /* waiting and running of one agent; the network's 100,000 are spread over the systems */
    FOLDER_MAX = 1024,           /* bytes of a job folder's path; leaves PATH_MAX room for names below it */
    SCRIPT_HEAD_BYTES = 256,     /* what Linux reads of a #! line */

    ENVIRONMENT_MAX = 256,       /* entries a job may bring */
    ENVIRONMENT_OWN_MAX = 32,    /* entries the executor adds */
    ARGUMENTS_MAX = 256,
    TEXT_BYTES_MAX = 128 * 1024, /* of all entries and arguments together: a sixteenth of Linux's default ARG_MAX */

    RECORD_BYTES_MAX = 1 << 20,  /* a plan escaped twice over is smaller; more is a broken disk or a foreign file */
    RECORD_LINES_MAX = 2048,
    RECORD_ARENA_BYTES = 8 << 20,

    JOB_PROCESSES_MAX = 4096,    /* RLIMIT_NPROC; Linux counts all processes and threads of the user, so a small figure
                                  * would let one job's neighbours fail */
    JOB_FILES_MAX = 4096,        /* RLIMIT_NOFILE; data loaders open many shards */
    START_TRIES_MAX = 3,         /* keepers that die before they claim */
    STATUS_TRIES_MAX = 600,      /* a second apart: an operator has ten minutes to make room on a full disk */
};

#define LIMIT_S_MAX        (INT64_C(366) * 86400)  /* a year: no call grants longer jobs */
#define GRACE_S_MAX        INT64_C(3600)           /* an hour to write a checkpoint */
#define MEMORY_BYTES_MIN   (INT64_C(32) << 20)     /* below this an interpreter doesn't start */
#define LOG_BYTES_MAX      (INT64_C(64) << 20)     /* default cap of one log; more is data and belongs into a file */
#define TMP_BYTES_MAX      (INT64_C(1) << 30)      /* /tmp and /dev/shm of a job, each; they live in memory */
#define FILE_BYTES_MAX     (INT64_C(1) << 40)      /* RLIMIT_FSIZE: a typing error shall not fill a store */

#endif
