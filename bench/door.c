/* SPDX-License-Identifier: EUPL-1.2 */
/* door.c - what a durable submission costs: the disk alone, the door in process, and (with the server) over HTTP.
 *
 * Every figure that contains a commit needs the disk of the same run beside it; so the disk is measured before and after. */
#include "bench/bench.h"

#include "base/time.h"
#include "broker/broker.h"
#include "core/access/access.h"
#include "core/identity/identity.h"
#include "core/jobs/submission.h"
#include "door/writer.h"
#include "main/home.h"
#include "main/seed.h"
#include "store/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BENCH_S = 3, SAMPLES_MAX = 2000000 };

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

struct spread spread_of(int64_t *values, int count)
{
    if (!count) return (struct spread){ 0 };
    qsort(values, (size_t)count, sizeof *values, by_value);
    return (struct spread){ .p50_us = values[count / 2], .p99_us = values[(int64_t)count * 99 / 100], .max_us = values[count - 1], .count = count };
}

struct spread bench_disk(const char *folder, int seconds)
{
    static char block[4096];
    char path[HOME_PATH_MAX];
    snprintf(path, sizeof path, "%s/disk", folder);
    int file = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600), count = 0;
    int64_t *took = malloc(sizeof *took * 200000), end_us = clock_monotonic_us() + seconds * 1000000, at_us;
    CHECK(file >= 0 && took);
    while ((at_us = clock_monotonic_us()) < end_us && count < 200000) {
        CHECK(pwrite(file, block, sizeof block, (off_t)count * (off_t)sizeof block) == (ssize_t)sizeof block && fdatasync(file) == 0);
        took[count++] = clock_monotonic_us() - at_us;
    }
    close(file);
    unlink(path);
    struct spread spread = spread_of(took, count);
    free(took);
    return spread;
}

struct bench_world { struct arena arena; struct store *store; struct broker *broker; struct door *door; struct sign_key key; struct id person; struct picture picture; };

static const struct picture *picture(void *context)
{
    struct bench_world *world = context;
    broker_picture(world->broker, &world->picture);
    return &world->picture;
}

static void committed(void *context, const struct event *events, int count)
{
    struct bench_world *world = context;
    for (int i = 0; i < count; i++) broker_event(world->broker, &events[i]);
}

/* A project that can't run out: the demo's are small on purpose. */
static void command(struct bench_world *world, enum command_kind kind, const char *key, const void *body)
{
    struct door_request request = { .command = { .kind = kind, .principal = id_from("server"), .key = key, .body = body }, .principal_kind = PRINCIPAL_SERVER, .arena = &world->arena };
    door_execute(world->door, &request, clock_now_ms());
    if (request.status != 201) fprintf(stderr, "bench: %s: %s\n", key, request.answer ? request.answer : "failed"), exit(5);
}

static void project_add(struct bench_world *world)
{
    int64_t now_ms = clock_now_ms();
    struct project_add project = { .name = "bench", .title = "bench", .organisation = id_from("aura-health"), .home = id_from("lumi-ai-factory"), .purpose = "measuring" };
    struct role_grant role = { .person = world->person, .role = ROLE_PROJECT_LEAD, .scope_kind = SCOPE_OF_PROJECT, .scope_id = id_from("bench") };
    static const char *const partitions[] = { "lumi/gpu", "leonardo/booster", "meluxina/gpu", "arrhenius/gpu", "hlrs/ai" };
    command(world, COMMAND_PROJECT_ADD, "project", &project);
    command(world, COMMAND_ROLE_GRANT, "role", &role);
    for (int i = 0; i < countof(partitions); i++) {
        struct allocation_grant grant = { .project = id_from("bench"), .partition = id_from(partitions[i]), .amount = (int64_t)1 << 50, .starts_ms = now_ms - 1000, .ends_ms = now_ms + 86400000 };
        command(world, COMMAND_ALLOCATION_GRANT, partitions[i], &grant);
    }
}

static void world_start(struct bench_world *world, const char *folder)
{
    struct error error = { 0 };
    struct store_list list;
    char path[HOME_PATH_MAX];
    arena_init(&world->arena, 64 * 1024 * 1024);
    CHECK(snprintf(path, sizeof path, "%s/aif.db", folder) < (int)sizeof path);
    world->broker = broker_create();
    struct store_options options = { .location = path, .now_ms = clock_now_ms() };
    bool ok = key_file(home_path(folder, &world->arena, "server.key"), &world->key, &error) && store_open(&world->store, &options, &error);
    struct door_options door = { .store = world->store, .id_seed = { 1, 2 }, .server_key = &world->key, .network = "bench", .picture = picture, .committed = committed, .context = world };
    ok = ok && door_create(&world->door, &door, &error);
    struct seed_options seeds = { .door = world->door, .server = id_from("server"), .home = folder, .demo = true, .now_ms = clock_now_ms(), .server_key = &world->key };
    ok = ok && seed(&seeds, &error) && store_select(world->store, &partition_shape, "", NULL, 0, 100, &world->arena, &list, &error);
    for (int i = 0; ok && i < list.count; i++) broker_add_partition(world->broker, &((const struct partition *)list.rows)[i]);
    ok = ok && store_select(world->store, &person_shape, "WHERE handle = 'ana'", NULL, 0, 1, &world->arena, &list, &error);
    if (!ok) fprintf(stderr, "bench: %s\n", error.text), exit(5);
    world->person = ((const struct person *)list.rows)->id;
    project_add(world);
}

static void world_stop(struct bench_world *world)
{
    door_destroy(world->door);
    store_close(world->store);
    broker_destroy(world->broker);
    arena_finish(&world->arena);
}

static void submission_fill(struct door_request *request, struct arena *arena, const struct bench_world *world, int64_t number)
{
    struct job_submission *body = arena_take(arena, sizeof *body);
    body->submit = (struct job_submit){ .project = "bench", .script = arena_format(arena, "#!/bin/sh\n#SBATCH --time=00:00:01\n./train --epochs 12 --data /data/set-%lld\n", (long long)(number % 100)) };
    struct refusal refusal = job_request_parse(&body->submit, arena, &body->request);
    CHECK(!refusal.code);
    *request = (struct door_request){ .command = { .kind = COMMAND_JOB_SUBMIT, .principal = world->person, .key = arena_format(arena, "01J%020lld", (long long)number), .body = body },
                                      .principal_kind = PRINCIPAL_PERSON, .arena = arena };
}

struct figure bench_door(const char *folder, int group, int seconds)
{
    static struct bench_world world;
    static struct door_request requests[BATCH_MAX];
    static struct arena arenas[BATCH_MAX];
    char path[HOME_PATH_MAX];
    snprintf(path, sizeof path, "%s/door-%d", folder, group);
    struct error error;
    CHECK(folder_make(path, &error));
    world_start(&world, path);
    int64_t *took = malloc(sizeof *took * SAMPLES_MAX), number = 0, began_us = clock_monotonic_us(), end_us = began_us + seconds * 1000000;
    int batches = 0;
    CHECK(took);
    for (int i = 0; i < group; i++) arena_init(&arenas[i], 4 * 1024 * 1024);
    while (clock_monotonic_us() < end_us && batches < SAMPLES_MAX) {
        for (int i = 0; i < group; i++) {
            arena_reset(&arenas[i]);
            submission_fill(&requests[i], &arenas[i], &world, number++);
            if (i) requests[i - 1].next = &requests[i];
        }
        int64_t at_us = clock_monotonic_us();
        CHECK(!door_execute(world.door, requests, clock_now_ms()));
        took[batches++] = clock_monotonic_us() - at_us;
        for (int i = 0; i < group; i++)
            if (requests[i].status != 201) fprintf(stderr, "bench: %s\n", requests[i].answer ? requests[i].answer : "failed"), exit(5);
    }
    double all_s = (double)(clock_monotonic_us() - began_us) / 1e6;
    for (int i = 0; i < group; i++) arena_finish(&arenas[i]);
    struct figure figure = { .per_second = (double)number / all_s, .each = spread_of(took, batches) };
    free(took);
    world_stop(&world);
    return figure;
}

void bench_prepare(const char *home)
{
    static struct bench_world world;
    world_start(&world, home);
    world_stop(&world);
}
