/* SPDX-License-Identifier: EUPL-1.2 */
#include "door/writer.h"

#include "base/time.h"

#include <pthread.h>
#include <stdlib.h>

struct writer {
    pthread_t            thread;
    pthread_mutex_t      lock;
    pthread_cond_t       more;
    struct door         *door;
    int64_t            (*now_ms)(void);
    struct door_request *head, **tail;
    int                  waiting, queue_max;
    bool                 stopping;
    struct writer_statistics statistics;
};

/* How many of them failed. */
static int answer_all(struct door_request *request, const struct door_request *end)
{
    int failed = 0;
    while (request != end) {
        struct door_request *next = request->next; /* `done` may free the request */
        failed += request->result == DOOR_FAILED;
        request->done(request);
        request = next;
    }
    return failed;
}

static struct door_request *take_all(struct writer *writer, int *count)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->head && !writer->stopping) pthread_cond_wait(&writer->more, &writer->lock);
    struct door_request *all = writer->head;
    *count = writer->waiting;
    writer->head = NULL;
    writer->tail = &writer->head;
    writer->waiting = 0;
    pthread_mutex_unlock(&writer->lock);
    return all;
}

static void *writer_main(void *context)
{
    struct writer *writer = context;
    struct door_request *all;
    int count;
    while ((all = take_all(writer, &count))) {
        while (all) {
            int64_t began_us = clock_monotonic_us();
            struct door_request *rest = door_execute(writer->door, all, writer->now_ms());
            int64_t took_us = clock_monotonic_us() - began_us;
            int failed = answer_all(all, rest);
            all = rest;
            pthread_mutex_lock(&writer->lock);
            writer->statistics.failed += failed;
            writer->statistics.batches++;
            writer->statistics.execute_us += took_us;
            pthread_mutex_unlock(&writer->lock);
        }
        pthread_mutex_lock(&writer->lock);
        writer->statistics.commands += count;
        pthread_mutex_unlock(&writer->lock);
    }
    return NULL;
}

struct writer *writer_create(struct door *door, int queue_max, int64_t (*now_ms)(void))
{
    struct writer *writer = calloc(1, sizeof *writer);
    CHECK(writer);
    writer->door = door;
    writer->queue_max = queue_max;
    writer->now_ms = now_ms;
    writer->tail = &writer->head;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->more, NULL);
    CHECK(pthread_create(&writer->thread, NULL, writer_main, writer) == 0);
    return writer;
}

bool writer_put(struct writer *writer, struct door_request *request)
{
    pthread_mutex_lock(&writer->lock);
    bool room = !writer->stopping && writer->waiting < writer->queue_max;
    if (room) {
        request->next = NULL;
        *writer->tail = request;
        writer->tail = &request->next;
        if (writer->waiting++ == 0) pthread_cond_signal(&writer->more);
    }
    pthread_mutex_unlock(&writer->lock);
    return room;
}

void writer_destroy(struct writer *writer)
{
    if (!writer) return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->more);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_mutex_destroy(&writer->lock);
    pthread_cond_destroy(&writer->more);
    free(writer);
}

struct writer_statistics writer_statistics(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    struct writer_statistics statistics = writer->statistics;
    pthread_mutex_unlock(&writer->lock);
    return statistics;
}
