/* SPDX-License-Identifier: EUPL-1.2 */
/* writer_test.c - many threads put, one writes: everything that was taken is answered once and is durable, what isn't taken isn't
 * done, and ending means finishing. Meant to run under the thread sanitizer, too. */
#include "door/test_world.h"
#include "door/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 8, PUTS = 500, SENDERS_MAX = THREADS * PUTS };

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - writer: %s\n", what);
    return holds;
}

static char folder[] = "/tmp/aif-writer-test-XXXXXX", path[sizeof folder + 10];

static void folder_remove(void)
{
    static const char *const tails[] = { "", "-wal", "-shm" };
    for (int i = 0; i < countof(tails); i++) {
        char name[sizeof path + 8];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

static int64_t now_ms(void) { return WORLD_NOW_MS; }

struct sender { struct world_call call; struct folder_add body; char list[80], key[16]; atomic_int answered, status; };

/* As in the server: what was answered is gone at once. */
static void answered(struct door_request *request)
{
    struct sender *sender = request->context;
    atomic_store(&sender->status, request->status);
    atomic_fetch_add(&sender->answered, 1);
    arena_finish(request->arena);
}

static void sender_init(struct sender *sender, int number)
{
    snprintf(sender->list, sizeof sender->list, "%064d 1 - a\n", number % (SENDERS_MAX / 2)); /* every folder twice */
    snprintf(sender->key, sizeof sender->key, "key-%d", number);
    sender->body = (struct folder_add){ .list = sender->list };
    world_call_init(&sender->call, COMMAND_FOLDER_ADD, number % 2 ? "ana" : "bo", sender->key, &sender->body);
    sender->call.request.done = answered;
    sender->call.request.context = sender;
}

/* ---- many threads */

static struct sender *senders;
static struct writer *shared;

static void *put_all(void *context)
{
    int first = (int)(intptr_t)context * PUTS;
    for (int i = 0; i < PUTS; i++) {
        sender_init(&senders[first + i], first + i);
        while (!writer_put(shared, &senders[first + i].call.request)) usleep(100); /* full: again */
    }
    return NULL;
}

static bool threads_hold(void)
{
    static struct world world;
    pthread_t threads[THREADS];
    int once = 0, created = 0, known = 0;
    world_open(&world, path, WORLD_JOB_S, NULL);
    senders = calloc(SENDERS_MAX, sizeof *senders);
    CHECK(senders);
    shared = writer_create(world.door, 100, now_ms);
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, put_all, (void *)(intptr_t)i) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    writer_destroy(shared);
    for (int i = 0; i < SENDERS_MAX; i++) {
        once += atomic_load(&senders[i].answered) == 1;
        created += atomic_load(&senders[i].status) == 201;
        known += atomic_load(&senders[i].status) == 200;
    }
    bool ok = says(once == SENDERS_MAX, "not everything was answered once") && says(created == SENDERS_MAX / 2 && known == SENDERS_MAX / 2, "not every folder was new once") &&
              says(world_number(&world, "SELECT count(*) FROM folder") == SENDERS_MAX / 2 && world_number(&world, "SELECT count(*) FROM answer WHERE key LIKE 'key-%'") == SENDERS_MAX, "what was answered is durable") &&
              says(world_trail_holds(&world), "the trail");
    free(senders);
    world_close(&world);
    folder_remove();
    return ok;
}

/* ---- a full queue, and the end */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int at_gate;

static void answered_at_gate(struct door_request *request)
{
    atomic_store(&at_gate, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    answered(request);
}

/* The writer is kept busy with one request; a queue of 10 takes 10 and then says no, and takes again once there is room. */
static bool full_queue_holds(void)
{
    static struct world world;
    static struct sender few[14];
    enum { QUEUE = 10 };
    int taken = 0, answers = 0;
    world_open(&world, path, WORLD_JOB_S, NULL);
    for (int i = 0; i < countof(few); i++) few[i] = (struct sender){ 0 }, sender_init(&few[i], i);
    few[0].call.request.done = answered_at_gate;
    struct writer *writer = writer_create(world.door, QUEUE, now_ms);
    pthread_mutex_lock(&gate);
    CHECK(writer_put(writer, &few[0].call.request));
    while (!atomic_load(&at_gate)) usleep(100);
    for (int i = 1; i < countof(few) - 1; i++) taken += writer_put(writer, &few[i].call.request);
    bool ok = says(taken == QUEUE, "a queue of ten");
    pthread_mutex_unlock(&gate);
    while (!writer_put(writer, &few[countof(few) - 1].call.request)) usleep(100);
    writer_destroy(writer); /* finishes what it has */
    for (int i = 0; i < countof(few); i++) {
        answers += atomic_load(&few[i].answered);
        if (!atomic_load(&few[i].answered)) arena_finish(&few[i].call.arena);
    }
    ok = ok && says(answers == QUEUE + 2 && world_number(&world, "SELECT count(*) FROM answer WHERE key LIKE 'key-%'") == QUEUE + 2, "what wasn't taken was done");
    writer_destroy(NULL);
    world_close(&world);
    folder_remove();
    return ok;
}

/* What failed is counted; nobody waits for an answer that never comes. */
static bool failures_are_counted(void)
{
    static struct world world;
    static struct sender one;
    world_open(&world, path, WORLD_JOB_S, NULL);
    sender_init(&one, 1);
    one.call.arena.limit_bytes = 2000;
    struct writer *writer = writer_create(world.door, 10, now_ms);
    CHECK(writer_put(writer, &one.call.request));
    while (!atomic_load(&one.answered)) usleep(100);
    struct writer_statistics statistics;
    do statistics = writer_statistics(writer);
    while (!statistics.commands);
    bool ok = says(atomic_load(&one.status) == 503 && statistics.failed == 1 && statistics.batches == 1 && statistics.commands == 1, "a failure");
    writer_destroy(writer);
    world_close(&world);
    folder_remove();
    return ok;
}

int main(void)
{
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/db", folder);
    bool ok = threads_hold() && full_queue_holds() && failures_are_counted();
    rmdir(folder);
    if (ok) printf("ok - writer: %d threads, %d puts, a full queue, the end\n", THREADS, SENDERS_MAX);
    return !ok;
}
