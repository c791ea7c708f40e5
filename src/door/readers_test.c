/* SPDX-License-Identifier: EUPL-1.2 */
/* readers_test.c - one snapshot a read, a bounded queue, nothing lost at the end, and a read that is left half way harms nobody. */
#include "door/readers.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READS = 2000, QUEUE = 64 };

static struct {
    struct store *writer;
    sem_t         entered, leave;
    atomic_int    done, torn;
} test;

struct sum { struct read read; bool half; int64_t first, second; };

static bool ask(struct store *store, int64_t *number)
{
    struct error error;
    return store_number(store, "SELECT count(*) FROM setting", NULL, 0, number, &error);
}

/* Two questions in one read must get the same answer, whatever is written between them. */
static bool sum_run(struct read *read, struct store *store)
{
    struct sum *sum = (struct sum *)read;
    struct error error;
    if (!ask(store, &sum->first)) return false;
    if (sum->half) { /* left in the middle of rows */
        struct db_statement *rows = db_prepare(store_db(store), "SELECT name FROM setting", &error);
        return rows && db_step(rows, &error) == DB_FAILED;
    }
    if (!ask(store, &sum->second)) return false;
    if (sum->first != sum->second) atomic_fetch_add(&test.torn, 1);
    return true;
}

static void counted(struct read *read)
{
    (void)read;
    atomic_fetch_add(&test.done, 1);
}

static bool stall_run(struct read *read, struct store *store)
{
    (void)read, (void)store;
    sem_post(&test.entered);
    while (sem_wait(&test.leave) != 0) continue;
    return true;
}

static void write_one(int number)
{
    char name[32];
    struct error error = { 0 };
    snprintf(name, sizeof name, "n%d", number);
    CHECK(store_change(test.writer, &(struct change){ CHANGE_ADD, &setting_shape, &(struct setting){ .name = name, .value = "x" } }, &error));
}

static int many_fail(struct readers *readers)
{
    static struct sum sums[READS];
    for (int i = 0; i < READS; i++) {
        sums[i] = (struct sum){ .read = { .run = sum_run, .done = counted }, .half = i % 7 == 0 };
        if (i % 20 == 0) write_one(i);
        while (!readers_put(readers, &sums[i].read)) usleep(100);
    }
    while (atomic_load(&test.done) < READS) usleep(1000);
    bool fine = atomic_load(&test.torn) == 0 && sums[READS - 1].second == READS / 20;
    printf(fine ? "ok - readers: %d reads, one snapshot each\n" : "not ok - readers: %d reads, one snapshot each\n", READS);
    return !fine;
}

/* Both threads held up: as many as the queue takes are taken, not one more; all of them are done before the end. */
static int full_fails(struct readers *readers)
{
    static struct sum stalls[2], sums[QUEUE + 1];
    int taken = 0;
    atomic_store(&test.done, 0);
    for (int i = 0; i < 2; i++) {
        stalls[i].read = (struct read){ .run = stall_run, .done = counted };
        CHECK(readers_put(readers, &stalls[i].read));
        while (sem_wait(&test.entered) != 0) continue;
    }
    for (int i = 0; i < QUEUE + 1; i++) {
        sums[i].read = (struct read){ .run = sum_run, .done = counted };
        taken += readers_put(readers, &sums[i].read);
    }
    sem_post(&test.leave);
    sem_post(&test.leave);
    readers_destroy(readers);
    bool fine = taken == QUEUE && atomic_load(&test.done) == QUEUE + 2;
    printf(fine ? "ok - readers: a full queue\n" : "not ok - readers: a full queue\n");
    return !fine;
}

int main(void)
{
    char location[] = "/tmp/aif-readers-test-XXXXXX", beside[64];
    struct error error = { 0 };
    struct readers *readers;
    close(mkstemp(location));
    sem_init(&test.entered, 0, 0);
    sem_init(&test.leave, 0, 0);
    CHECK(store_open(&test.writer, &(struct store_options){ .location = location, .now_ms = 1 }, &error));
    CHECK(readers_create(&readers, &(struct readers_options){ .location = location, .threads = 2, .queue_max = QUEUE }, &error));
    int failed = many_fail(readers);
    failed = full_fails(readers) || failed;
    store_close(test.writer);
    unlink(location);
    for (int i = 0; i < 2; i++) snprintf(beside, sizeof beside, "%s%s", location, i ? "-wal" : "-shm"), unlink(beside);
    return failed;
}
