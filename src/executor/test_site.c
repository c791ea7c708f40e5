/* SPDX-License-Identifier: EUPL-1.2 */
/* test_site.c - waiting means polling the executor as an agent does, woken by its watch, never sleeping for a result. */
#include "executor/test_site.h"

#include "base/time.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 30000 };

void test_expect(struct test_site *site, bool holds, const char *what)
{
    if (holds) return;
    printf("not ok - local: %s\n", what);
    site->failed++;
}

void test_site_init(struct test_site *site)
{
    *site = (struct test_site){ .root = "/tmp/aif-executor-XXXXXX" };
    char path[96];
    CHECK(mkdtemp(site->root));
    snprintf(path, sizeof path, "%s/jobs", site->root);
    CHECK(mkdir(path, 0700) == 0);
}

bool test_site_open(struct test_site *site, const struct local_options *options)
{
    static const struct local_partition partitions[] = {
        { .name = "gpu", .slots = 2, .has_accelerators = true },
        { .name = "cpu", .slots = 4, .nodes = 2, .slots_per_node = 2 },
    };
    char root[96];
    struct error error;
    struct local_options mine = options ? *options : (struct local_options){ 0 };
    snprintf(root, sizeof root, "%s/executor", site->root);
    mine.root = root;
    mine.partitions = partitions;
    mine.partition_count = countof(partitions);
    site->executor = local_create(&mine, &error);
    if (!site->executor) printf("# the executor can't be made: %s\n", error.text);
    return site->executor != NULL;
}

void test_site_close(struct test_site *site)
{
    if (site->executor) site->executor->operations->destroy(site->executor);
    site->executor = NULL;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

static void path_of(const struct test_site *site, const char *key, const char *file, char *to, size_t room)
{
    snprintf(to, room, "%s/jobs/%s%s%s", site->root, key, *file ? "/" : "", file);
}

void test_site_finish(struct test_site *site)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    for (int i = 0; i < site->told_count; i++)
        if (site->executor && !site->told[i].ends) site->executor->operations->cancel(site->executor, site->told[i].key, clock_now_ms());
    for (bool is_busy = true; is_busy && site->executor && clock_monotonic_ms() < until_ms;) {
        struct executor_partition_state states[4];
        test_poll(site, 20);
        int count = site->executor->operations->state(site->executor, states, countof(states));
        is_busy = false;
        for (int i = 0; i < count; i++) is_busy = is_busy || states[i].running_jobs || states[i].waiting_jobs;
    }
    for (int i = 0; i < site->told_count; i++) { /* a sanitizer's report in a keeper would stand there */
        const char *complaint = test_file(site, site->told[i].key.text, "keeper.log");
        test_expect(site, !*complaint, "keepers have nothing to complain about");
        if (*complaint) printf("# %s: %s\n", site->told[i].key.text, complaint);
    }
    test_site_close(site);
    nftw(site->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct executor_job test_job(struct test_site *site, const char *key, const char *partition, const char *script)
{
    static char folder[192];
    char path[224];
    path_of(site, key, "", folder, sizeof folder);
    if (mkdir(folder, 0700) == 0) {
        path_of(site, key, "work", path, sizeof path);
        CHECK(mkdir(path, 0700) == 0);
        path_of(site, key, "script", path, sizeof path);
        int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        CHECK(file >= 0 && write(file, script, strlen(script)) == (ssize_t)strlen(script) && close(file) == 0);
    }
    return (struct executor_job){ .key = id_from(key), .name = "test", .partition = partition, .folder = folder, .pieces = 1,
                                  .nodes = 1, .tasks = 1, .cpus_per_task = 2, .limit_s = 20, .grace_s = 5, .working_folder = "" };
}

struct test_told *test_told(struct test_site *site, const char *key)
{
    for (int i = 0; i < site->told_count; i++)
        if (strcmp(site->told[i].key.text, key) == 0) return &site->told[i];
    CHECK(site->told_count < TEST_JOBS_MAX);
    site->told[site->told_count] = (struct test_told){ .key = id_from(key) };
    return &site->told[site->told_count++];
}

bool test_submit(struct test_site *site, const struct executor_job *job)
{
    struct error error;
    test_told(site, job->key.text);
    bool is_taken = site->executor->operations->submit(site->executor, job, clock_now_ms(), &error);
    if (!is_taken) printf("# refused: %s\n", error.text);
    return is_taken;
}

void test_cancel(struct test_site *site, const char *key)
{
    site->executor->operations->cancel(site->executor, id_from(key), clock_now_ms());
}

void test_poll(struct test_site *site, int wait_ms)
{
    struct executor_event events[8];
    struct executor *executor = site->executor;
    int count = executor->operations->poll(executor, clock_now_ms(), events, countof(events));
    for (int i = 0; i < count; i++) {
        struct test_told *told = test_told(site, events[i].key.text);
        bool is_start = events[i].kind == EXECUTOR_STARTED;
        *(is_start ? &told->start : &told->end) = events[i];
        *(is_start ? &told->starts : &told->ends) += 1;
    }
    struct pollfd ready = { .fd = executor->operations->watch_fd(executor), .events = POLLIN };
    if (count == 0) poll(&ready, 1, wait_ms);
}

struct executor_event *test_started(struct test_site *site, const char *key)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (!test_told(site, key)->starts && clock_monotonic_ms() < until_ms) test_poll(site, 100);
    return test_told(site, key)->starts ? &test_told(site, key)->start : NULL;
}

struct executor_event *test_ended(struct test_site *site, const char *key)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (!test_told(site, key)->ends && clock_monotonic_ms() < until_ms) test_poll(site, 100);
    return test_told(site, key)->ends ? &test_told(site, key)->end : NULL;
}

const char *test_file(const struct test_site *site, const char *key, const char *file)
{
    static char bytes[65536];
    char path[224];
    path_of(site, key, file, path, sizeof path);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = from >= 0 ? read(from, bytes, sizeof bytes - 1) : 0;
    if (from >= 0) close(from);
    bytes[size > 0 ? size : 0] = 0;
    return bytes;
}

bool test_file_wait(struct test_site *site, const char *key, const char *file, const char *holds)
{
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (!strstr(test_file(site, key, file), holds) && clock_monotonic_ms() < until_ms) test_poll(site, 5);
    return strstr(test_file(site, key, file), holds) != NULL;
}

int test_folder(const struct test_site *site, const char *key)
{
    char path[192];
    struct error error;
    path_of(site, key, "", path, sizeof path);
    int folder = job_folder_open(path, &error);
    CHECK(folder >= 0);
    return folder;
}
