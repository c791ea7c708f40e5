/* SPDX-License-Identifier: EUPL-1.2 */
/* access.h - what was awarded: projects and their allocations of access time. */
#ifndef CORE_ACCESS_ACCESS_H
#define CORE_ACCESS_ACCESS_H

#include "base/shape.h"

enum { ALLOCATIONS_MAX = 64 };  /* of one project: one per partition; the network has 16 to 40 systems */

#define PROJECT_FIELDS(X, R)                                                                      \
    X(R, ID,     id,           _, FIELD_KEY, 0, "the project")                                    \
    X(R, TEXT,   name,         _, FIELD_UNIQUE | FIELD_PLAIN, 40, "its short name: jobs are aura/17") \
    X(R, TEXT,   title,        _, FIELD_PLAIN, 200, "what it is about")                           \
    X(R, ID,     organisation, _, FIELD_INDEXED, 0, "whose it is")                                \
    X(R, ID,     home,         _, FIELD_OPTIONAL, 0, "the factory that advises it; its systems win ties") \
    X(R, TEXT,   purpose,      _, 0, 500, "what the access time may be used for; binds")          \
    X(R, FLAG,   open,         _, 0, 0, "may start new jobs")                                     \
    X(R, NUMBER, last_job,     _, 0, 0, "number of its newest job")                               \
    X(R, NUMBER, live_jobs,    _, 0, 0, "jobs that haven't ended")                                \
    X(R, FLAG,   demo,         _, 0, 0, "invented for the demo network")                          \
    X(R, TIME,   added_ms,     _, 0, 0, "when it began")
SHAPE_STRUCT(project, PROJECT_FIELDS);

#define ALLOCATION_FIELDS(X, R)                                                                   \
    X(R, ID,   id,        _, FIELD_KEY, 0, "the allocation")                                      \
    X(R, ID,   project,   _, FIELD_INDEXED, 0, "whose it is")                                     \
    X(R, ID,   partition, _, 0, 0, "on which partition")                                          \
    X(R, ID,   account,   _, 0, 0, "its account in the ledger")                                   \
    X(R, TIME, starts_ms, _, 0, 0, "good from")                                                   \
    X(R, TIME, ends_ms,   _, 0, 0, "good until")
SHAPE_STRUCT(allocation, ALLOCATION_FIELDS);

#endif
