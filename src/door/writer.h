/* SPDX-License-Identifier: EUPL-1.2 */
/* writer.h - the one thread that writes. It takes all that waits, one batch a commit; while a commit waits for the disk the
 * next batch gathers by itself, so there is no timer and no waiting for company. */
#ifndef DOOR_WRITER_H
#define DOOR_WRITER_H

#include "door/door.h"

struct writer;

struct writer_statistics { int64_t batches, commands, failed; int64_t execute_us; };

/* The door belongs to the writer's thread from now on. now_ms is asked once a batch. */
struct writer *writer_create(struct door *door, int queue_max, int64_t (*now_ms)(void));

/* False: the queue is full or the writer is stopping; the request wasn't taken (answer 503). From any thread. */
bool writer_put(struct writer *writer, struct door_request *request);

/* Finishes what was put, then ends the thread. The door is the caller's again. */
void writer_destroy(struct writer *writer);

struct writer_statistics writer_statistics(struct writer *writer);

#endif
