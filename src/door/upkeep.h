/* SPDX-License-Identifier: EUPL-1.2 */
/* upkeep.h - what the server does by itself, on one thread: signs checkpoints of the trail, releases held jobs whose
 * dependencies have moved, and moves SQLite's log into the database so that no commit has to. */
#ifndef DOOR_UPKEEP_H
#define DOOR_UPKEEP_H

#include "door/writer.h"

struct upkeep;

struct upkeep_options {
    const char            *location;    /* of the database */
    const char            *network;
    const struct sign_key *server_key;
    struct id              server;      /* the server as a principal */
    struct writer         *writer;
    int64_t              (*now_ms)(void);
    int64_t                sign_ms;     /* a checkpoint at most this often */
    int64_t                tidy_ms;     /* SQLite's log */
};

/* Reads the whole trail once and holds it against the newest signed checkpoint: a trail that was changed is refused here. */
bool upkeep_create(struct upkeep **upkeep, const struct upkeep_options *options, struct error *error);
/* Signs what there is, then ends the thread; needs the writer. What is told of jobs from then on is forgotten. NULL is fine. */
void upkeep_stop(struct upkeep *upkeep);
/* After the writer's end, which tells it of jobs as long as it lives. NULL is fine. */
void upkeep_destroy(struct upkeep *upkeep);

/* Something of this job has changed, so those that wait for it may go. From any thread. */
void upkeep_job_moved(struct upkeep *upkeep, struct id job);
/* This one is held since its submission; what it waits for may be over already, and won't move again. From any thread. */
void upkeep_job_held(struct upkeep *upkeep, struct id job);

#endif
