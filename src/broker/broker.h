/* SPDX-License-Identifier: EUPL-1.2 */
/* broker.h - the network's picture: what each partition has to do, kept from events and from what agents say of themselves.
 *
 * Fed with events by one thread, in their order; what agents say and copies of the picture come from any. It can be rebuilt
 * from the store at any time, and forgets nothing that matters: a job is in it from submission to end. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "core/jobs/job.h"
#include "core/jobs/placement.h"
#include "core/network/network.h"
#include "core/trust/trust.h"

struct broker;

struct broker *broker_create(void);
void broker_destroy(struct broker *broker); /* NULL is fine */

/* At start: every partition, then every job that hasn't ended. */
void broker_add_partition(struct broker *broker, const struct partition *partition);
void broker_add_job(struct broker *broker, const struct job *job);

/* A committed event, in order; events that don't concern it are nothing. */
void broker_event(struct broker *broker, const struct event *event);

/* An agent was heard, or its connection ended. */
void broker_heard(struct broker *broker, struct id system, int64_t now_ms);
void broker_gone(struct broker *broker, struct id system);

/* A copy of the picture of this moment. From any thread. */
void broker_picture(struct broker *broker, struct picture *copy);

#endif
