/* SPDX-License-Identifier: EUPL-1.2 */
/* job_environment.c - names are Slurm's (sbatch(1), OUTPUT ENVIRONMENT VARIABLES) where Slurm has one, so that scripts
 * run unchanged; AIF_ where it hasn't. Each name occurs once: an entry of the job replaces our default of that name. */
#include "executor/job_environment.h"

#include "executor/slots.h"

#include <string.h>

static bool has_name(const struct job_plan *plan, const char *entry)
{
    size_t length = strcspn(entry, "=") + 1;
    for (int i = 0; i < plan->environment_count; i++)
        if (strncmp(plan->environment[i], entry, length) == 0) return true;
    return false;
}

static void add(struct job_plan *plan, const char *entry)
{
    CHECK(plan->environment_count < countof(plan->environment));
    if (!has_name(plan, entry)) plan->environment[plan->environment_count++] = entry;
}

static void add_number(struct job_plan *plan, struct arena *arena, const char *name, int number)
{
    add(plan, arena_format(arena, "%s=%d", name, number > 0 ? number : 1));
}

void job_environment_fill(struct job_plan *plan, struct arena *arena, const struct executor_job *job, const char *home)
{
    for (int i = job->environment_count - 1; i >= 0; i--) add(plan, job->environment[i]); /* the last of a name counts */
    add(plan, arena_format(arena, "HOME=%s", home));
    add(plan, "PATH=/usr/local/bin:/usr/bin:/bin");
    add(plan, "LANG=C.UTF-8");
    add(plan, "SHELL=/bin/sh");
    add(plan, "TMPDIR=/tmp");
    add(plan, "USER=job");
    add(plan, "LOGNAME=job");
    add(plan, arena_format(arena, "AIF_JOB_ID=%s", job->key.text));
    add(plan, arena_format(arena, "AIF_PARTITION=%s", job->partition));
    add(plan, arena_format(arena, "SLURM_JOB_ID=%s", job->key.text));
    add(plan, arena_format(arena, "SLURM_JOB_NAME=%s", job->name ? job->name : "job"));
    add(plan, arena_format(arena, "SLURM_JOB_PARTITION=%s", job->partition));
    add(plan, arena_format(arena, "SLURM_SUBMIT_DIR=%s%s%s", home, *job->working_folder ? "/" : "", job->working_folder));
    add_number(plan, arena, "SLURM_JOB_NUM_NODES", job->nodes);
    add_number(plan, arena, "SLURM_NTASKS", job->tasks);
    add_number(plan, arena, "SLURM_CPUS_PER_TASK", job->cpus_per_task);
    if (id_is_none(job->array_job)) return;
    add(plan, arena_format(arena, "SLURM_ARRAY_JOB_ID=%s", job->array_job.text));
    add(plan, arena_format(arena, "SLURM_ARRAY_TASK_ID=%lld", (long long)job->array_index));
    add(plan, arena_format(arena, "SLURM_ARRAY_TASK_COUNT=%lld", (long long)job->array_count));
}

void job_environment_add_slots(struct job_plan *plan, struct arena *arena, uint64_t slots, bool has_accelerators)
{
    int list[EXECUTOR_SLOTS_MAX], count = slots_list(slots, list);
    struct text names;
    text_init(&names, arena);
    for (int i = 0; i < count; i++) {
        if (i) text_add_char(&names, ',');
        text_add_number(&names, list[i]);
    }
    add(plan, arena_format(arena, "AIF_SLOTS=%s", names.bytes));
    add(plan, arena_format(arena, "CUDA_VISIBLE_DEVICES=%s", has_accelerators ? names.bytes : ""));
    add(plan, arena_format(arena, "ROCR_VISIBLE_DEVICES=%s", has_accelerators ? names.bytes : ""));
    if (has_accelerators) add_number(plan, arena, "SLURM_GPUS", count);
}
