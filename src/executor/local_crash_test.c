/* SPDX-License-Identifier: EUPL-1.2 */
/* local_crash_test.c - executors and keepers killed on purpose and at random moments: nothing runs twice, nothing is left
 * running, and what is said afterwards is true. A failing round prints its seed; give it as the first argument. */
#include "executor/keeper.h"
#include "executor/process.h"
#include "executor/test_site.h"

#include "base/rng.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char until_go[] = "#!/bin/sh\necho x >> ran\necho ready\nuntil [ -e go ]; do sleep 0.02; done\n";
static const char forever[] = "#!/bin/sh\necho x >> ran\necho ready\n(trap '' TERM; sleep 1000) & sleep 1000 & wait\n";

static void make_file(const struct test_site *site, const char *key, const char *file)
{
    int folder = test_folder(site, key);
    CHECK(job_folder_touch(folder, file));
    close(folder);
}

static bool job_is_gone(const struct test_site *site, const char *key)
{
    int folder = test_folder(site, key), lock = job_folder_lock(folder, "job.lock");
    if (lock >= 0) close(lock);
    close(folder);
    return lock >= 0;
}

/* The living keeper's number, 0 before the claim or after its end. */
static pid_t keeper_of(const struct test_site *site, const char *key)
{
    long keeper = 0;
    const char *claim = strstr(test_file(site, key, "claim"), "\nkeeper ");
    int folder = test_folder(site, key), lock = job_folder_lock(folder, "keeper.lock");
    if (lock >= 0) close(lock);
    close(folder);
    return lock < 0 && claim && sscanf(claim, "\nkeeper %ld\n", &keeper) == 1 ? (pid_t)keeper : 0;
}

static bool keeper_kill(const struct test_site *site, const char *key, int signal)
{
    pid_t keeper = keeper_of(site, key);
    return keeper > 1 && kill(keeper, signal) == 0;
}

static void part_adopt(struct test_site *site)
{
    struct executor_partition_state states[2];
    struct executor_job job = test_job(site, "old", "gpu", until_go);
    job.pieces = 2;
    test_expect(site, test_submit(site, &job) && test_file_wait(site, "old", "log", "ready") && test_started(site, "old"), "it starts");
    test_site_close(site);
    if (!test_site_open(site, NULL)) return;
    test_told(site, "old")->starts = 0;
    site->executor->operations->state(site->executor, states, 2);
    test_expect(site, states[0].busy == 2, "slots of an earlier life are busy before any submit");
    struct executor_job next = test_job(site, "next", "gpu", "#!/bin/sh\n");
    test_expect(site, test_submit(site, &next), "next is taken");
    for (int i = 0; i < 5; i++) test_poll(site, 10);
    test_expect(site, !test_told(site, "next")->starts && !test_told(site, "old")->starts, "next waits, and of old nothing is told yet");
    job = test_job(site, "old", "gpu", until_go);
    job.pieces = 2;
    test_expect(site, test_submit(site, &job), "old is submitted again");
    const struct executor_event *start = test_started(site, "old");
    test_expect(site, start && start->slot_count == 2, "and its start told again");
    make_file(site, "old", "work/go");
    const struct executor_event *end = test_ended(site, "old");
    test_expect(site, end && end->end == END_COMPLETED && strcmp(test_file(site, "old", "work/ran"), "x\n") == 0, "it ran once");
    test_expect(site, test_ended(site, "next") != NULL, "then comes the next");
    test_site_close(site);
    if (!test_site_open(site, NULL)) return;
    test_told(site, "old")->ends = test_told(site, "old")->starts = 0;
    job = test_job(site, "old", "gpu", until_go);
    test_expect(site, test_submit(site, &job) && test_ended(site, "old") && test_told(site, "old")->starts == 1 &&
                      test_told(site, "old")->start.slot_count == 2, "an old end is told again, with its start");
}

static void lost_check(struct test_site *site, const char *key)
{
    struct executor_job job = test_job(site, key, "gpu", forever);
    test_expect(site, test_submit(site, &job) && test_file_wait(site, key, "log", "ready") && test_started(site, key), "it starts");
    int64_t killed_ms = clock_monotonic_ms();
    test_expect(site, keeper_kill(site, key, SIGKILL), "its keeper is killed");
    const struct executor_event *end = test_ended(site, key);
    test_expect(site, end && end->kind == EXECUTOR_LOST && end->end == END_LOST && !end->is_measured && strstr(end->reason, "was killed"),
                "a job without keeper is lost");
    test_expect(site, clock_monotonic_ms() - killed_ms < 900, "which is noticed without waiting for the next look");
    test_expect(site, job_is_gone(site, key), "and nothing of it is left");
}

static void part_lost(struct test_site *site)
{
    struct local_options options = { .sandbox = "/nonexistent/bwrap", .allow_unsandboxed = true, .look_ms = 5000 };
    lost_check(site, "walled");
    struct executor_job job = test_job(site, "down", "gpu", forever);
    test_expect(site, test_submit(site, &job) && test_file_wait(site, "down", "log", "ready") &&
                      keeper_kill(site, "down", SIGTERM), "a keeper gets the machine's SIGTERM");
    job.grace_s = 0;
    const struct executor_event *end = test_ended(site, "down");
    test_expect(site, end && end->end == END_LOST && end->is_measured && strstr(end->reason, "shut down") && job_is_gone(site, "down"),
                "and says that the site ended the job");
    test_site_close(site);
    if (test_site_open(site, &options)) lost_check(site, "bare");
}

static void part_restarted(struct test_site *site)
{
    struct executor_job job = test_job(site, "before", "gpu", forever);
    int folder = test_folder(site, "before"), claim = openat(folder, "claim", O_WRONLY | O_CREAT | O_EXCL, 0600);
    static const char other[] = "boot 00000000-0000-0000-0000-000000000000\nkeeper 1\n";
    CHECK(claim >= 0 && write(claim, other, sizeof other - 1) == (ssize_t)sizeof other - 1 && close(claim) == 0);
    close(folder);
    test_expect(site, test_submit(site, &job), "a job claimed before a restart of the machine is taken");
    const struct executor_event *end = test_ended(site, "before");
    test_expect(site, end && end->end == END_LOST && strstr(end->reason, "restarted") && !*test_file(site, "before", "work/ran"),
                "it is lost and not started again");
    job = test_job(site, "marked", "gpu", forever);
    make_file(site, "marked", "cancel");
    test_expect(site, test_submit(site, &job), "a job cancelled in an earlier life is taken");
    end = test_ended(site, "marked");
    test_expect(site, end && end->end == END_CANCELLED && !*test_file(site, "marked", "claim"), "and never started");
    struct test_site second = *site;
    struct local_options options = { 0 };
    second.executor = NULL;
    test_expect(site, !test_site_open(&second, &options), "a second executor in the same folder is refused");
}

static pid_t keeper_by_hand(const char *path)
{
    pid_t keeper = fork();
    if (keeper == 0) execl("/proc/self/exe", "test", "keeper", path, (char *)NULL), _exit(127);
    CHECK(keeper > 0);
    return keeper;
}

/* Keepers by hand, as many at once: all but one find the lock held or the claim made. */
static void part_race(struct test_site *site)
{
    enum { KEEPERS = 6 };
    pid_t keepers[KEEPERS];
    char path[160];
    struct executor_job job = test_job(site, "raced", "gpu", "#!/bin/sh\necho x >> ran\nsleep 0.1\n");
    test_expect(site, test_submit(site, &job), "the plan is written");
    job = test_job(site, "ended", "gpu", forever);
    test_expect(site, test_submit(site, &job), "and another");
    test_site_close(site);
    snprintf(path, sizeof path, "%s/jobs/raced", site->root);
    for (int i = 0; i < KEEPERS; i++) keepers[i] = keeper_by_hand(path);
    for (int i = 0; i < KEEPERS; i++) CHECK(waitpid(keepers[i], NULL, 0) == keepers[i]);
    test_expect(site, strcmp(test_file(site, "raced", "work/ran"), "x\n") == 0, "many keepers, one start");
    int folder = test_folder(site, "raced");
    CHECK(unlinkat(folder, "status", 0) == 0); /* as if the keeper had been killed behind its claim */
    close(folder);
    pid_t late = keeper_by_hand(path);
    CHECK(waitpid(late, NULL, 0) == late);
    test_expect(site, strcmp(test_file(site, "raced", "work/ran"), "x\n") == 0, "a claim is never taken twice");
    make_file(site, "ended", "cancel"); /* behind the executor's last look, before the keeper's claim */
    snprintf(path, sizeof path, "%s/jobs/ended", site->root);
    late = keeper_by_hand(path);
    CHECK(waitpid(late, NULL, 0) == late);
    test_expect(site, strstr(test_file(site, "ended", "status"), "cancelled") && !strstr(test_file(site, "ended", "status"), "cpu_ms") &&
                      !*test_file(site, "ended", "started"), "a keeper that finds a cancel starts nothing");
}

static void part_unable(struct test_site *site)
{
    struct local_options options = { .program = "/nonexistent/aif" };
    test_site_close(site);
    if (!test_site_open(site, &options)) return;
    struct executor_job job = test_job(site, "stuck", "gpu", forever);
    test_expect(site, test_submit(site, &job), "it is taken");
    const struct executor_event *end = test_ended(site, "stuck");
    test_expect(site, end && end->kind == EXECUTOR_LOST && strstr(end->reason, "could not be started") && !test_told(site, "stuck")->starts,
                "a job that can't be started is given up after a few tries");
}

static void pause_us(int64_t us)
{
    struct timespec pause = { .tv_nsec = us * 1000 };
    nanosleep(&pause, NULL);
}

/* A life that is killed between 0 and 40 ms after it began to submit, then one that ends the work. */
static void part_executor_killed(struct test_site *site, struct rng *rng)
{
    enum { ROUNDS = 15 };
    char keys[2][16];
    int begun = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int ready[2];
        test_site_close(site);
        for (int i = 0; i < 2; i++) snprintf(keys[i], sizeof keys[i], "k%d%c", round, 'a' + i);
        for (int i = 0; i < 2; i++) test_job(site, keys[i], "gpu", "#!/bin/sh\necho x >> ran\n");
        CHECK(pipe2(ready, O_CLOEXEC) == 0);
        pid_t life = fork();
        if (life == 0) {
            bool is_open = test_site_open(site, NULL) && write(ready[1], "x", 1) == 1;
            for (int i = 0; is_open && i < 2; i++) {
                struct executor_job job = test_job(site, keys[i], "gpu", "");
                test_submit(site, &job);
                test_poll(site, 0);
            }
            while (is_open) test_poll(site, 100);
            _exit(1);
        }
        char x;
        struct pollfd opened = { .fd = ready[0], .events = POLLIN };
        close(ready[1]);
        CHECK(poll(&opened, 1, 30000) == 1 && read(ready[0], &x, 1) == 1);
        close(ready[0]);
        pause_us(rng_between(rng, 0, round % 2 ? 40000 : 500)); /* a start takes 1 to 20 ms: half the kills come at its beginning */
        CHECK(kill(life, SIGKILL) == 0 && waitpid(life, NULL, 0) == life);
        for (int i = 0; i < 2; i++) {
            int folder = test_folder(site, keys[i]);
            begun += job_folder_phase(folder) != JOB_NEW;
            close(folder);
        }
        if (!test_site_open(site, NULL)) return;
        site->told_count = 0;
        for (int i = 0; i < 2; i++) {
            struct executor_job job = test_job(site, keys[i], "gpu", "");
            test_submit(site, &job);
        }
        for (int i = 0; i < 2; i++) {
            const struct executor_event *end = test_ended(site, keys[i]);
            bool holds = end && end->end == END_COMPLETED && test_told(site, keys[i])->starts == 1 &&
                         strcmp(test_file(site, keys[i], "work/ran"), "x\n") == 0;
            test_expect(site, holds, "a killed executor's job runs once");
            if (!holds) printf("# %s: starts %d, status: %s\n", keys[i], test_told(site, keys[i])->starts, test_file(site, keys[i], "status"));
        }
    }
    printf("# executor killed: %d of %d jobs had begun to start\n", begun, 2 * ROUNDS);
    test_expect(site, begun > 0 && begun < 2 * ROUNDS, "kills come before and after the start");
}

/* Keepers killed as soon as they can be named, or a little later. Whatever is told, nothing is left and nothing ran twice. */
static void part_keeper_killed(struct test_site *site, struct rng *rng)
{
    enum { ROUNDS = 15 };
    char key[16];
    int lost = 0, had_run = 0;
    for (int round = 0; round < ROUNDS; round++) {
        snprintf(key, sizeof key, "l%d", round);
        site->told_count = 0;
        struct executor_job job = test_job(site, key, "gpu", "#!/bin/sh\necho x >> ran\nsleep 1000\n");
        job.limit_s = 2;
        job.grace_s = 0;
        test_expect(site, test_submit(site, &job), "it is taken");
        int64_t until_ms = clock_monotonic_ms() + 10000;
        while (!keeper_of(site, key) && clock_monotonic_ms() < until_ms) test_poll(site, 0);
        pause_us(rng_between(rng, 0, 25000));
        test_expect(site, keeper_kill(site, key, SIGKILL), "a keeper is killed");
        const struct executor_event *end = test_ended(site, key);
        lost += end && end->end == END_LOST;
        bool has_run = strcmp(test_file(site, key, "work/ran"), "x\n") == 0;
        had_run += has_run;
        bool holds = end && end->end == END_LOST && job_is_gone(site, key) && (has_run || !*test_file(site, key, "work/ran")) &&
                     (!has_run || test_told(site, key)->starts == 1);
        test_expect(site, holds, "a job whose keeper was killed is lost and gone");
        if (!holds) printf("# %s: %s; gone %d, status: %s\n", key, end ? end->reason : "no end", job_is_gone(site, key), test_file(site, key, "status"));
    }
    printf("# keeper killed: %d of %d lost, %d had begun to run\n", lost, ROUNDS, had_run);
}

static const struct {
    const char *name;
    void (*run)(struct test_site *site);
    void (*run_seeded)(struct test_site *site, struct rng *rng);
} parts[] = {
    { "adopt", part_adopt, NULL },   { "lost", part_lost, NULL }, { "restarted", part_restarted, NULL },
    { "race", part_race, NULL },     { "unable", part_unable, NULL },
    { "executor killed", NULL, part_executor_killed }, { "keeper killed", NULL, part_keeper_killed },
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "keeper") == 0) return keeper_main(argc - 1, argv + 1);
    int64_t seed = 1;
    if (argc > 1) CHECK(text_to_number(argv[1], &seed));
    int failed = 0;
    for (int i = 0; i < countof(parts); i++) {
        struct test_site site;
        struct rng rng = { (uint64_t)seed };
        struct local_options options = { .look_ms = 5000 }; /* ends must be noticed by the watch, not by looking */
        int64_t begun_ms = clock_monotonic_ms();
        test_site_init(&site);
        bool is_open = test_site_open(&site, &options);
        const char *missing = is_open ? local_sandbox_missing(site.executor) : NULL;
        if (!is_open) site.failed++;
        else if (missing) printf("skipped: local %s: %s\n", parts[i].name, missing);
        else if (parts[i].run) parts[i].run(&site);
        else parts[i].run_seeded(&site, &rng);
        test_site_finish(&site);
        if (!site.failed && !missing) printf("ok - local %s: %lld ms\n", parts[i].name, (long long)(clock_monotonic_ms() - begun_ms));
        else if (site.failed) printf("# seed %lld\n", (long long)seed);
        failed += site.failed;
    }
    return failed ? 1 : 0;
}
