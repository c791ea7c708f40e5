/* SPDX-License-Identifier: EUPL-1.2 */
/* readers.h - the threads that read: each with a read-only connection of its own, all fed from one bounded queue.
 *
 * A read sees what was committed when it began, all of it or nothing, and never waits for the writer. Work on files of the
 * data folder (bytes of streams and folders) is done here too: it may wait for a disk, which the loop's thread must not. */
#ifndef DOOR_READERS_H
#define DOOR_READERS_H

#include "store/store.h"

struct readers;

/* Belongs to its sender; the readers work on it from readers_put until `done` is called. */
struct read {
    /* On a reader's thread, inside one snapshot of the database. False: it was left half way (a full arena, a failed
     * statement), and what it had begun to read is to be forgotten. */
    bool (*run)(struct read *read, struct store *store);
    void (*done)(struct read *read); /* on the same thread right behind it, after the snapshot's end */
    struct read *next;
};

struct readers_options {
    const char *location; /* of a database whose schema is up to date */
    int         threads, queue_max;
};

/* False with error if the database can't be opened. */
bool readers_create(struct readers **readers, const struct readers_options *options, struct error *error);

/* False: the queue is full or the readers are stopping; nothing was taken (answer 503). From any thread. */
bool readers_put(struct readers *readers, struct read *read);

/* Finishes what was put, then ends the threads. NULL is fine. */
void readers_destroy(struct readers *readers);

struct readers_statistics { int64_t reads; int waiting_max; };
struct readers_statistics readers_statistics(struct readers *readers);

#endif
