/* SPDX-License-Identifier: EUPL-1.2 */
/* placement.h - where could this job run, and where would it start soonest? One verdict for every partition of the picture:
 * refused (rule, number, next step) or estimated. Least wait wins, ties by the project's home, then by id.
 *
 * First form of the estimate: seconds of work ahead per slot. Later only the estimate gets better, not the shape. */
#ifndef CORE_JOBS_PLACEMENT_H
#define CORE_JOBS_PLACEMENT_H

#include "core/jobs/request.h"
#include "core/network/network.h"

enum {
    PICTURE_PARTITIONS_MAX = 128,    /* of 16 to 40 systems, two or three each */
    PLACEMENT_BYTES_MAX = 131072,    /* of placement_format() for the largest picture, every partition refused at length */
};

/* A partition as the broker sees it. Work is what live jobs may still take: pieces x seconds. */
struct picture_partition {
    struct id id, system;
    int64_t   slots, nodes, slots_per_node, limit_max_s, grace_s;
    char      model[81];                /* what a piece is; "": unknown, so that no job that names a model fits */
    bool      experimental, open, home; /* home: of the asking project; set by whoever asks */
    bool      heard;                    /* its agent is connected */
    int64_t   heard_ms;                 /* last word of it, 0: never */
    int64_t   waiting_jobs, waiting_work;
    int64_t   running_jobs, running_pieces;
    int64_t   running_end_sum_s;        /* sum over running jobs of pieces x latest end (seconds since 1970) */
};

/* Immutable once published; facts for rules. */
struct picture { int count; struct picture_partition partitions[PICTURE_PARTITIONS_MAX]; };

/* NULL: the picture has no such partition. */
const struct picture_partition *picture_find(const struct picture *picture, struct id partition);

/* What the asking project has on a partition; for `try` there is no project and no list. */
struct placement_allocation { struct id partition; int64_t available; int64_t starts_ms, ends_ms; };

struct placement_verdict {
    const struct picture_partition *partition;
    struct refusal                  refusal;  /* code NONE: estimated */
    int64_t                         wait_s;   /* seconds of work ahead per slot */
    int64_t                         amount;   /* piece-seconds that would be held */
    bool                            heard;
};

struct placement {
    int                       count, chosen;  /* chosen: index, -1 if every partition refuses */
    struct placement_verdict  verdicts[PICTURE_PARTITIONS_MAX];
};

struct placement_question {
    const struct job_request          *request;
    int64_t                            jobs;       /* how many of it at once (an array), at least 1 */
    const struct placement_allocation *allocations;
    int                                allocation_count;
    bool                               has_project;
    const char                        *project;    /* its name, for sentences */
    struct id                          home;       /* a factory's systems are marked in the picture's copy */
    const struct id                   *home_systems;
    int                                home_system_count;
    int64_t                            now_ms;
};

/* Verdicts in order: the chosen first, then estimated (heard before unheard, by wait, home, id), then refused by id. A job that
 * names a partition still gets a true verdict of every other one, but only the named one can be chosen. */
void placement_decide(const struct picture *picture, const struct placement_question *question, struct placement *placement);

/* Why the job can't be placed, for the whole question: NO_SUCH_PARTITION, what the named partition said, or, if none was named,
 * what's wrong with the allocation that came closest, else NO_PARTITION_FITS. NONE if one was chosen. */
struct refusal placement_refusal(const struct placement *placement, const struct job_request *request);

/* How many nodes of a partition the job takes: as asked, or as many as its accelerators need. */
int64_t placement_nodes(const struct job_request *request, const struct picture_partition *partition);

/* The time limit that a job has on a partition: as asked, or the default cut to the partition's longest. */
int64_t placement_limit_s(const struct job_request *request, const struct picture_partition *partition);

/* The placement as JSON, for the job's row, `try` and `explain`: a list of {partition, system, chosen, estimated, heard} with
 * {wait_s, held} if estimated, {code, sentence, rule, next} if refused. The same placement gives the same bytes. */
char *placement_format(const struct placement *placement, struct arena *arena);

#endif
