/* SPDX-License-Identifier: EUPL-1.2 */
/* broker.c - counts work per partition. A live job's share of the sums is remembered with it, so that what was added is
 * exactly what is taken away again. Waiting work is pieces x (limit + grace); of running jobs the sum of pieces x latest end
 * is kept, from which the work that may remain at any moment follows without touching a job. */
#include "broker/broker.h"

#include "base/json.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct live_job {
    struct id        id;
    int              partition;
    int64_t          pieces, limit_s;   /* limit with grace */
    bool             running;
    int64_t          end_s;             /* running: latest end, seconds since 1970 */
    struct live_job *next;
};

enum { BUCKETS = 16384 };

struct broker {
    pthread_mutex_t  lock;
    struct picture   picture;
    struct live_job *jobs[BUCKETS];
};

struct broker *broker_create(void)
{
    struct broker *broker = calloc(1, sizeof *broker);
    CHECK(broker);
    pthread_mutex_init(&broker->lock, NULL);
    return broker;
}

void broker_destroy(struct broker *broker)
{
    if (!broker) return;
    for (int i = 0; i < BUCKETS; i++)
        for (struct live_job *job = broker->jobs[i], *next; job; job = next) next = job->next, free(job);
    pthread_mutex_destroy(&broker->lock);
    free(broker);
}

static int partition_find(const struct broker *broker, const char *id)
{
    for (int i = 0; i < broker->picture.count; i++)
        if (strcmp(broker->picture.partitions[i].id.text, id) == 0) return i;
    return -1;
}

static struct live_job **job_slot(struct broker *broker, struct id id)
{
    struct live_job **slot = &broker->jobs[text_bucket(id.text, BUCKETS)];
    while (*slot && !id_equal((*slot)->id, id)) slot = &(*slot)->next;
    return slot;
}

void broker_add_partition(struct broker *broker, const struct partition *partition)
{
    pthread_mutex_lock(&broker->lock);
    struct picture *picture = &broker->picture;
    if (picture->count < PICTURE_PARTITIONS_MAX && partition_find(broker, partition->id.text) < 0) {
        picture->partitions[picture->count++] = (struct picture_partition){
            .id = partition->id, .system = partition->system, .slots = partition->slots, .nodes = partition->nodes,
            .slots_per_node = partition->slots_per_node, .limit_max_s = partition->limit_max_s, .grace_s = partition->grace_s,
            .experimental = partition->experimental, .open = partition->open };
        struct picture_partition *added = &picture->partitions[picture->count - 1];
        if (partition->model) snprintf(added->model, sizeof added->model, "%s", partition->model);
    }
    pthread_mutex_unlock(&broker->lock);
}

/* Adds (sign 1) or takes away (-1) what the job counts for. */
static void count(struct broker *broker, const struct live_job *job, int sign)
{
    struct picture_partition *partition = &broker->picture.partitions[job->partition];
    if (job->running) {
        partition->running_jobs += sign;
        partition->running_pieces += sign * job->pieces;
        partition->running_end_sum_s += sign * job->pieces * job->end_s;
    } else {
        partition->waiting_jobs += sign;
        partition->waiting_work += sign * job->pieces * job->limit_s;
    }
}

static void job_insert(struct broker *broker, struct live_job job)
{
    struct live_job **slot = job_slot(broker, job.id);
    if (*slot || job.partition < 0) return;
    *slot = malloc(sizeof job);
    CHECK(*slot);
    **slot = job;
    count(broker, *slot, 1);
}

void broker_add_job(struct broker *broker, const struct job *job)
{
    pthread_mutex_lock(&broker->lock);
    job_insert(broker, (struct live_job){ .id = job->id, .partition = partition_find(broker, job->partition.text), .pieces = job->pieces,
                                          .limit_s = job->limit_s + job->grace_s, .running = job->state == JOB_RUNNING,
                                          .end_s = job->started_ms / 1000 + job->limit_s + job->grace_s });
    pthread_mutex_unlock(&broker->lock);
}

static int64_t number_of(const struct json_t *payload, const char *name)
{
    int64_t number = 0;
    json_number(json_get(payload, name), &number);
    return number;
}

static void job_submitted(struct broker *broker, const struct event *event, const struct json_t *payload)
{
    const char *partition = json_text(json_get(payload, "partition"));
    job_insert(broker, (struct live_job){ .id = event->subject, .partition = partition ? partition_find(broker, partition) : -1,
                                          .pieces = number_of(payload, "pieces"),
                                          .limit_s = number_of(payload, "limit_s") + number_of(payload, "grace_s") });
}

static void job_started(struct broker *broker, const struct event *event, const struct json_t *payload)
{
    struct live_job *job = *job_slot(broker, event->subject);
    if (!job || job->running) return;
    count(broker, job, -1);
    job->running = true;
    job->end_s = number_of(payload, "at_ms") / 1000 + job->limit_s;
    count(broker, job, 1);
}

static void job_ended(struct broker *broker, const struct event *event)
{
    struct live_job **slot = job_slot(broker, event->subject), *job = *slot;
    if (!job) return;
    count(broker, job, -1);
    *slot = job->next;
    free(job);
}

void broker_event(struct broker *broker, const struct event *event)
{
    struct json_fault fault;
    bool submitted = strcmp(event->name, "job.submitted") == 0, started = strcmp(event->name, "job.started") == 0;
    if (!submitted && !started && strcmp(event->name, "job.ended") != 0) return;
    struct json_t *payload = json_read(event->payload, strlen(event->payload), &fault);
    pthread_mutex_lock(&broker->lock);
    if (submitted) job_submitted(broker, event, payload);
    else if (started) job_started(broker, event, payload);
    else job_ended(broker, event);
    pthread_mutex_unlock(&broker->lock);
    json_free(payload);
}

static void heard(struct broker *broker, struct id system, bool is, int64_t now_ms)
{
    pthread_mutex_lock(&broker->lock);
    for (int i = 0; i < broker->picture.count; i++) {
        struct picture_partition *partition = &broker->picture.partitions[i];
        if (!id_equal(partition->system, system)) continue;
        partition->heard = is;
        if (now_ms) partition->heard_ms = now_ms;
    }
    pthread_mutex_unlock(&broker->lock);
}

void broker_heard(struct broker *broker, struct id system, int64_t now_ms) { heard(broker, system, true, now_ms); }
void broker_gone(struct broker *broker, struct id system) { heard(broker, system, false, 0); }

void broker_picture(struct broker *broker, struct picture *copy)
{
    pthread_mutex_lock(&broker->lock);
    copy->count = broker->picture.count;
    memcpy(copy->partitions, broker->picture.partitions, sizeof *copy->partitions * (size_t)copy->count);
    pthread_mutex_unlock(&broker->lock);
}
