/* SPDX-License-Identifier: EUPL-1.2 */
/* job_check_test.c - one row a job: what is asked, and a word of the refusal ("-": taken). Rows before others with the
 * same faults show the order of the checks. */
#include "executor/job_check.h"

#include "executor/limits.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *key;
    int64_t     limit_s, grace_s, memory_bytes;
    int         pieces, nodes;
    const char *working_folder, *environment, *answer;
} jobs[] = {
    { "01J", 60, 10, 0, 1, 1, "", "A=1", "-" },
    { "01J", 60, 10, 0, 4, 0, "a/b", "A_b1=", "-" },
    { "", 0, 10, 0, 1, 1, "", "A=1", "key" },
    { "../x", 60, 10, 0, 1, 1, "", "A=1", "key" },
    { "01J", 0, -1, 0, 1, 1, "", "A=1", "time limit" },
    { "01J", LIMIT_S_MAX + 1, 0, 0, 1, 1, "", "A=1", "time limit" },
    { "01J", 60, -1, 1, 1, 1, "", "A=1", "grace" },
    { "01J", 60, GRACE_S_MAX + 1, 0, 1, 1, "", "A=1", "grace" },
    { "01J", 60, 0, 1, 5, 1, "", "A=1", "memory" },
    { "01J", 60, 0, -1, 1, 1, "", "A=1", "memory" },
    { "01J", 60, 0, 0, 5, 1, "/etc", "A=1", "pieces" },
    { "01J", 60, 0, 0, 1, 2, "", "A=1", "pieces" },
    { "01J", 60, 0, 0, 1, 1, "/etc", "=1", "folder" },
    { "01J", 60, 0, 0, 1, 1, "a/../..", "A=1", "folder" },
    { "01J", 60, 0, 0, 1, 1, "..", "A=1", "folder" },
    { "01J", 60, 0, 0, 1, 1, "..a/b..", "A=1", "-" },
    { "01J", 60, 0, 0, 1, 1, "", "=1", "NAME=value" },
    { "01J", 60, 0, 0, 1, 1, "", "A", "NAME=value" },
    { "01J", 60, 0, 0, 1, 1, "", "A B=1", "NAME=value" },
    { "01J", 60, 0, 0, 1, 1, "", "1A=1", "NAME=value" },
    { "01J", 60, 0, 0, 1, 1, "", "LD_PRELOAD=x", "LD_PRELOAD" },
    { "01J", 60, 0, 0, 1, 1, "", "LD=x", "-" },
    { "01J", 60, 0, 0, 1, 1, "", "BASH_ENV=x", "BASH_ENV" },
    { "01J", 60, 0, 0, 1, 1, "", "BASH_ENVY=x", "-" },
    { "01J", 60, 0, 0, 1, 1, "", "SLURM_JOB_ID=1", "SLURM_JOB_ID" },
    { "01J", 60, 0, 0, 1, 1, "", "SPANK_X=1", "SPANK_X" },
    { "01J", 60, 0, 0, 1, 1, "", "AIF_SLOTS=1", "AIF_SLOTS" },
    { "01J", 60, 0, 0, 1, 1, "", "CUDA_VISIBLE_DEVICES=1", "CUDA_VISIBLE_DEVICES" },
};

static const struct { const char *head, *answer; } scripts[] = {
    { "#!/bin/sh\necho\r\n", "-" },  { "#!/usr/bin/env python3", "-" }, { "echo\n", "first line" },
    { "", "first line" },            { "#!", "first line" },            { "#!/bin/sh\r\necho\n", "Windows" },
};

static bool answer_holds(bool is_taken, const struct error *error, const char *answer)
{
    return strcmp(answer, "-") == 0 ? is_taken : !is_taken && strstr(error->text, answer);
}

static bool sizes_hold(struct executor_job job, const struct slots_shape *shape)
{
    static char large[TEXT_BYTES_MAX + 1];
    static const char *many[ENVIRONMENT_MAX + 1], *one[] = { large };
    struct error error;
    memset(large, 'a', sizeof large - 1);
    for (int i = 0; i < countof(many); i++) many[i] = "A=1";
    job.environment = many;
    job.environment_count = ENVIRONMENT_MAX;
    if (!job_check(&job, shape, &error)) return false;
    job.environment_count = ENVIRONMENT_MAX + 1;
    if (job_check(&job, shape, &error) || !strstr(error.text, "257")) return false;
    job.environment_count = 0;
    job.arguments = one;
    job.argument_count = 1;
    if (!job_check(&job, shape, &error)) return false;
    job.environment_count = 1;
    return !job_check(&job, shape, &error) && strstr(error.text, "131075");
}

int main(void)
{
    struct slots_shape shape;
    struct error error;
    int failed = 0;
    CHECK(slots_shape_init(&shape, 4, 1, 4, &error));
    for (int i = 0; i < countof(jobs); i++) {
        struct executor_job job = {
            .key = id_from(jobs[i].key), .partition = "gpu", .limit_s = jobs[i].limit_s, .grace_s = jobs[i].grace_s,
            .memory_bytes = jobs[i].memory_bytes, .pieces = jobs[i].pieces, .nodes = jobs[i].nodes,
            .working_folder = jobs[i].working_folder, .environment = &jobs[i].environment, .environment_count = 1,
        };
        if (!answer_holds(job_check(&job, &shape, &error), &error, jobs[i].answer)) failed = printf("not ok - job.check: row %d\n", i);
        if (i == 0 && !sizes_hold(job, &shape)) failed = printf("not ok - job.check: sizes\n");
    }
    for (int i = 0; i < countof(scripts); i++)
        if (!answer_holds(job_check_script(scripts[i].head, strlen(scripts[i].head), &error), &error, scripts[i].answer))
            failed = printf("not ok - job.check script: row %d\n", i);
    if (failed) return 1;
    printf("ok - job.check: %d rows\n", countof(jobs) + countof(scripts) + 4);
    return 0;
}
