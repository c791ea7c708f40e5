/* SPDX-License-Identifier: EUPL-1.2 */
/* test_site.h - a small site for tests: a folder of its own, a local executor with real keepers, and what it told. */
#ifndef EXECUTOR_TEST_SITE_H
#define EXECUTOR_TEST_SITE_H

#include "executor/job_folder.h"
#include "executor/local.h"

enum { TEST_JOBS_MAX = 64 };

struct test_told {
    struct id             key;
    int                   starts, ends;
    struct executor_event start, end; /* the last ones */
};

struct test_site {
    char             root[64];
    struct executor *executor;
    struct test_told told[TEST_JOBS_MAX];
    int              told_count;
    int              failed;
};

/* options may be NULL: partition "gpu" of 2 slots with accelerators, and "cpu" of 2 nodes of 2. */
void test_site_init(struct test_site *site);
bool test_site_open(struct test_site *site, const struct local_options *options); /* a life of the executor begins */
void test_site_close(struct test_site *site);                                     /* as abrupt as a kill */
void test_site_finish(struct test_site *site); /* cancels what still runs, waits for it, removes the folder */

/* A job of one piece, limit 20 s, grace 5 s. Its folder is made with the script, unless it is there. */
struct executor_job test_job(struct test_site *site, const char *key, const char *partition, const char *script);
bool test_submit(struct test_site *site, const struct executor_job *job);
void test_cancel(struct test_site *site, const char *key);
void test_poll(struct test_site *site, int wait_ms);

/* Polls until it was told so, 30 s at most; NULL then. */
struct executor_event *test_started(struct test_site *site, const char *key);
struct executor_event *test_ended(struct test_site *site, const char *key);
struct test_told *test_told(struct test_site *site, const char *key);

/* What stands in a file of the job's folder, "" if there is none; valid until the next call. */
const char *test_file(const struct test_site *site, const char *key, const char *file);
bool test_file_wait(struct test_site *site, const char *key, const char *file, const char *holds);
int test_folder(const struct test_site *site, const char *key); /* open; the caller closes it */

/* Prints "not ok" and counts if it doesn't hold. */
void test_expect(struct test_site *site, bool holds, const char *what);

#endif
