/* SPDX-License-Identifier: EUPL-1.2 */
/* readers.c - one queue, few threads. A thread that finds nothing waits; whoever puts wakes one only if one sleeps, so that under
 * load a read costs no system call. */
#include "door/readers.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MAX = 16 };

struct reader {
    pthread_t       thread;
    struct readers *readers;
    struct store   *store;
};

struct readers {
    pthread_mutex_t lock;
    pthread_cond_t  more;
    struct read    *head, **tail;
    int             waiting, queue_max, sleeping, count, running;
    bool            stopping;
    struct readers_statistics statistics;
    struct reader   threads[THREADS_MAX];
};

static struct read *read_take(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    while (!readers->head && !readers->stopping) {
        readers->sleeping++;
        pthread_cond_wait(&readers->more, &readers->lock);
        readers->sleeping--;
    }
    struct read *read = readers->head;
    if (read) {
        readers->head = read->next;
        if (!readers->head) readers->tail = &readers->head;
        readers->waiting--;
        readers->statistics.reads++;
    }
    pthread_mutex_unlock(&readers->lock);
    return read;
}

/* A snapshot that can't be had isn't the end: each statement then sees its own, and fails by itself if it must. */
static void *reader_main(void *context)
{
    struct reader *reader = context;
    struct db *db = store_db(reader->store);
    struct error error;
    struct read *read;
    while ((read = read_take(reader->readers))) {
        bool snapshot = db_run(db, "BEGIN", &error), whole = read->run(read, reader->store);
        if (!snapshot || !whole || !db_commit(db, &error)) db_rollback(db);
        read->done(read);
    }
    return NULL;
}

bool readers_create(struct readers **readers, const struct readers_options *options, struct error *error)
{
    struct readers *r = *readers = calloc(1, sizeof *r);
    CHECK(r && options->threads > 0 && options->threads <= THREADS_MAX);
    struct store_options store = { .location = options->location, .read_only = true };
    r->queue_max = options->queue_max;
    r->tail = &r->head;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->more, NULL);
    for (; r->count < options->threads; r->count++) {
        r->threads[r->count].readers = r;
        if (!store_open(&r->threads[r->count].store, &store, error)) {
            readers_destroy(r);
            *readers = NULL;
            return false;
        }
    }
    for (; r->running < r->count; r->running++)
        CHECK(pthread_create(&r->threads[r->running].thread, NULL, reader_main, &r->threads[r->running]) == 0);
    return true;
}

bool readers_put(struct readers *readers, struct read *read)
{
    pthread_mutex_lock(&readers->lock);
    bool room = !readers->stopping && readers->waiting < readers->queue_max;
    if (room) {
        read->next = NULL;
        *readers->tail = read;
        readers->tail = &read->next;
        if (++readers->waiting > readers->statistics.waiting_max) readers->statistics.waiting_max = readers->waiting;
        if (readers->sleeping) pthread_cond_signal(&readers->more);
    }
    pthread_mutex_unlock(&readers->lock);
    return room;
}

void readers_destroy(struct readers *readers)
{
    if (!readers) return;
    pthread_mutex_lock(&readers->lock);
    readers->stopping = true;
    pthread_cond_broadcast(&readers->more);
    pthread_mutex_unlock(&readers->lock);
    for (int i = 0; i < readers->running; i++) pthread_join(readers->threads[i].thread, NULL);
    for (int i = 0; i < readers->count; i++) store_close(readers->threads[i].store);
    pthread_mutex_destroy(&readers->lock);
    pthread_cond_destroy(&readers->more);
    free(readers);
}

struct readers_statistics readers_statistics(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    struct readers_statistics statistics = readers->statistics;
    pthread_mutex_unlock(&readers->lock);
    return statistics;
}
