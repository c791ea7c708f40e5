/* SPDX-License-Identifier: EUPL-1.2 */
/* simulated_test.c - per seed: jobs submitted twice, lives that end at random, cancels, restarts of the machine. Every job
 * is told one end, the same in every life, nothing starts twice, slots are never given twice; a seed repeats itself. */
#include "executor/simulated.h"

#include "base/rng.h"

#include <stdio.h>
#include <string.h>

enum { JOBS = 40, SEEDS = 200, STEPS = 20000, SLOTS = 4 };

struct told { struct executor_event start, end; bool has_start, has_end; };

struct run {
    struct simulated_world *world;
    struct executor        *executor;
    struct rng              rng;
    struct told             told[JOBS];
    int                     lives, restarts, cancels, ends[END_LOST + 1];
    uint64_t                digest;
    const char             *wrong;
};

static struct id key_of(int number)
{
    char text[16];
    snprintf(text, sizeof text, "job%d", number);
    return id_from(text);
}

static void submit_open(struct run *run)
{
    struct error error;
    for (int i = 0; i < JOBS; i++) {
        if (run->told[i].has_end) continue;
        struct executor_job job = { .key = key_of(i), .partition = i % 3 ? "gpu" : "cpu", .pieces = 1 + i % SLOTS, .limit_s = 60,
                                    .grace_s = 5, .working_folder = "" };
        if (!run->executor->operations->submit(run->executor, &job, 0, &error)) run->wrong = "a job was refused";
    }
}

static bool same_event(const struct executor_event *a, const struct executor_event *b)
{
    return a->at_ms == b->at_ms && a->end == b->end && a->ran_ms == b->ran_ms && a->slot_count == b->slot_count &&
           memcmp(a->slots, b->slots, sizeof a->slots) == 0;
}

static void event_take(struct run *run, const struct executor_event *event)
{
    int number = 0;
    CHECK(sscanf(event->key.text, "job%d", &number) == 1 && number >= 0 && number < JOBS);
    struct told *told = &run->told[number];
    bool is_start = event->kind == EXECUTOR_STARTED;
    bool *has = is_start ? &told->has_start : &told->has_end;
    struct executor_event *last = is_start ? &told->start : &told->end;
    if (*has && !same_event(last, event)) run->wrong = "a repeat says something else";
    if (!is_start && event->ran_ms && !told->has_start) run->wrong = "an end came before its start";
    if (!*has && !is_start) run->ends[event->end]++;
    run->digest = run->digest * 31 + (uint64_t)event->at_ms + (uint64_t)event->end + (uint64_t)number;
    *has = true;
    *last = *event;
    if (!is_start && rng_once_in(&run->rng, 2)) run->executor->operations->forget(run->executor, event->key);
}

/* Slots of jobs that overlap in time: told starts without told ends must not share any. */
static void slots_look(struct run *run)
{
    for (int partition = 0; partition < 2; partition++) {
        int used = 0;
        for (int i = 0; i < JOBS; i++)
            if ((i % 3 != 0) == partition && run->told[i].has_start && !run->told[i].has_end) used += run->told[i].start.slot_count;
        if (used > SLOTS) run->wrong = "more slots are in use than there are";
    }
}

static void fault(struct run *run, int64_t now_ms)
{
    if (rng_once_in(&run->rng, 20)) {
        run->executor->operations->destroy(run->executor);
        run->executor = simulated_create(run->world);
        run->lives++;
        submit_open(run);
    }
    if (rng_once_in(&run->rng, 200)) simulated_world_restart(run->world, now_ms), run->restarts++;
    if (rng_once_in(&run->rng, 30)) {
        run->executor->operations->cancel(run->executor, key_of((int)rng_between(&run->rng, 0, JOBS - 1)), now_ms);
        run->cancels++;
    }
    if (rng_once_in(&run->rng, 5)) submit_open(run);
}

static void run_seed(struct run *run, uint64_t seed)
{
    static const struct simulated_partition partitions[] = { { "cpu", SLOTS, 2, 2 }, { "gpu", SLOTS, 0, 0 } };
    *run = (struct run){ .world = simulated_world_create(seed, partitions, 2, 10), .rng = { seed ^ 0x5eed } };
    run->executor = simulated_create(run->world);
    submit_open(run);
    int64_t now_ms = 0, next_ms;
    for (int step = 0; step < STEPS && !run->wrong && simulated_next_ms(run->world, &next_ms); step++) {
        struct executor_event events[3];
        if (next_ms > now_ms) now_ms = next_ms;
        int count = run->executor->operations->poll(run->executor, now_ms, events, countof(events));
        for (int i = 0; i < count; i++) event_take(run, &events[i]);
        if (count < countof(events)) slots_look(run); /* all of this moment is told */
        fault(run, now_ms);
    }
    for (int i = 0; i < JOBS && !run->wrong; i++)
        if (!run->told[i].has_end) run->wrong = "a job has no end";
    if (simulated_starts_max(run->world) > 1) run->wrong = "a job was started twice";
    for (int i = 0; i < JOBS && !run->wrong; i++)
        if (simulated_starts(run->world, key_of(i)) != run->told[i].has_start && run->told[i].end.ran_ms)
            run->wrong = "the world's count and what was told differ";
    run->executor->operations->destroy(run->executor);
    simulated_world_destroy(run->world);
}

int main(void)
{
    static struct run run, again;
    int lives = 0, restarts = 0, cancels = 0, ends[END_LOST + 1] = { 0 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_seed(&run, seed);
        run_seed(&again, seed);
        if (!run.wrong && run.digest != again.digest) run.wrong = "a seed doesn't repeat itself";
        if (run.wrong) {
            printf("not ok - simulated: %s, seed %llu\n", run.wrong, (unsigned long long)seed);
            return 1;
        }
        lives += run.lives, restarts += run.restarts, cancels += run.cancels;
        for (int i = 0; i < countof(ends); i++) ends[i] += run.ends[i];
    }
    for (int i = 0; i < countof(ends); i++) CHECK(ends[i] > 0);
    CHECK(lives > 0 && restarts > 0 && cancels > 0);
    printf("ok - simulated: %d seeds, %d lives, %d restarts, %d cancels; %d completed, %d failed, %d timed out, %d cancelled, %d lost\n",
           SEEDS, lives, restarts, cancels, ends[END_COMPLETED], ends[END_FAILED], ends[END_TIMED_OUT], ends[END_CANCELLED], ends[END_LOST]);
    return 0;
}
