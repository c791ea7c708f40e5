/* SPDX-License-Identifier: EUPL-1.2 */
/* model.h - what must be so, kept from two sides that don't know each other: the events that the server tells, and what the
 * executors really did. Every event is held against it the moment it is told. */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "core/jobs/job.h"
#include "core/trust/checkpoint.h"
#include "core/trust/merkle.h"
#include "executor/executor.h"
#include "sim/world.h"

/* What an executor did with a key, from its own mouth. */
struct model_truth { bool has_started, has_ended; int64_t started_ms, ended_ms, ran_ms; enum executor_end end; };

struct model_job {
    struct id       id;
    int             number;         /* in its project */
    int             project, system; /* of the world */
    int64_t         pieces, held, used, limit_s;
    bool            is_held, is_started, is_ended, is_recorded, is_cancel_asked;
    enum job_end    end;
    int             streams;
    struct model_truth truth;
    struct model_job  *next;
};

struct model_account { int64_t granted, held, used; };

enum { MODEL_BUCKETS = 1024 };

struct model {
    struct run          *run;
    int64_t              told;      /* sequence of the newest event */
    struct merkle        tree;      /* of the events as they were told */
    struct model_job    *buckets[MODEL_BUCKETS];
    struct model_job   **jobs;      /* in the order of submission */
    int                  job_count, job_room, live_count;
    struct model_account accounts[WORLD_PROJECTS][WORLD_SYSTEMS_MAX];
    struct actor        *actors;    /* of the world's persons, as the store knows them */
    bool                 lost_journal[WORLD_SYSTEMS_MAX]; /* a system's agent has begun a new journal */
};

void model_create(struct run *run);
/* Roles as they are in the store; after the world was made and at each start of the server. */
void model_load_actors(struct model *model);

void model_event(struct model *model, const struct event *event);
/* An executor's event, put to the clock of its site; told again it must say the same, and gets the same time. */
void model_truth_told(struct model *model, struct executor_event *event, int64_t skew_ms);

struct model_job *model_job(const struct model *model, struct id id); /* NULL: none */
const char *model_name(const struct run *run, const struct model_job *job); /* "aura/17" */

#endif
