/* SPDX-License-Identifier: EUPL-1.2 */
/* job_folder.c - the states of a job on disk, and why a key is started at most once.
 *
 * The executor takes keeper.lock before it writes the plan and starts the keeper, and the keeper *inherits* that open
 * file: flock belongs to the open file, not to a process, so the lock is held without a gap from before the plan until
 * the keeper's end, whoever of the two is killed. The keeper's first act is the claim, made with O_EXCL and on disk
 * before anything runs. From lock and three files everything follows:
 *
 *   lock held  status  claim  started | phase       how it comes about
 *   either     yes     -      -       | ENDED       status is written when no process of the job is left
 *   yes        no      yes    yes     | RUNNING
 *   yes        no      else           | STARTING    the executor was killed right behind the fork, or it just forked
 *   no         no      no     -       | NEW         killed before the fork, or the keeper died before its claim: nothing ran
 *   no         no      yes    -       | ORPHANED    the keeper was killed, or the machine went down
 *
 * The lock is tried first and the files are looked at while it is held, so a keeper can't end in between. A plan is
 * written by holders of the lock only, never when a claim stands: the slots in the plan of a living keeper are the
 * ones it runs on. Nothing but forgetting the whole folder takes a claim or a status away. */
#include "executor/job_folder.h"

#include "executor/process.h"
#include "executor/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int job_folder_open(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) error_set_errno(error, ERROR_IO, "the job's folder can't be opened");
    return folder;
}

bool job_folder_has(int folder, const char *file)
{
    return faccessat(folder, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool job_folder_touch(int folder, const char *file)
{
    int made = openat(folder, file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return made >= 0 && close(made) == 0;
}

/* `access` matters to watchers: closing a file that was open for writing is an event, closing one for reading isn't. */
static int lock_take(int folder, const char *file, int access)
{
    int lock = openat(folder, file, access | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return -1;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
    close(lock);
    return -1;
}

int job_folder_lock(int folder, const char *file) { return lock_take(folder, file, O_RDWR); }

enum job_phase job_folder_phase(int folder)
{
    int lock = lock_take(folder, "keeper.lock", O_RDONLY);
    enum job_phase phase = lock >= 0 ? JOB_NEW : JOB_STARTING;
    if (job_folder_has(folder, "status")) phase = JOB_ENDED;
    else if (job_folder_has(folder, "claim"))
        phase = lock >= 0 ? JOB_ORPHANED : job_folder_has(folder, "started") ? JOB_RUNNING : JOB_STARTING;
    if (lock >= 0) close(lock);
    return phase;
}

bool job_folder_claim(int folder, struct error *error)
{
    char words[96], boot[40];
    process_boot(boot);
    int length = snprintf(words, sizeof words, "boot %s\nkeeper %ld\n", boot, (long)getpid());
    int claim = openat(folder, "claim", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (claim < 0 && errno == EEXIST) return error_set(error, ERROR_BUSY, "the job was started before");
    if (claim < 0) return error_set_errno(error, ERROR_IO, "the claim can't be made");
    bool is_durable = write(claim, words, (size_t)length) == length && fsync(claim) == 0 && fsync(folder) == 0;
    close(claim);
    return is_durable || error_set_errno(error, ERROR_IO, "the claim can't be synced");
}

bool job_folder_claimed_in_this_boot(int folder)
{
    char words[96] = "", boot[40];
    process_boot(boot);
    int claim = openat(folder, "claim", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (claim < 0) return false;
    ssize_t got = read(claim, words, sizeof words - 1);
    close(claim);
    return got > 0 && strstr(words, boot);
}

bool job_plan_save(int folder, const struct job_plan *plan, enum file_care care, struct error *error)
{
    struct arena arena;
    struct text text;
    arena_init(&arena, RECORD_ARENA_BYTES);
    text_init(&text, &arena);
    record_add(&text, "key", plan->key);
    record_add(&text, "partition", plan->partition);
    record_add(&text, "sandbox", plan->sandbox);
    record_add(&text, "sandbox_missing", plan->sandbox_missing);
    record_add_number(&text, "limit_s", plan->limit_s);
    record_add_number(&text, "grace_s", plan->grace_s);
    record_add_number(&text, "memory_bytes", plan->memory_bytes);
    record_add_number(&text, "log_bytes", plan->log_bytes);
    record_add_number(&text, "user", plan->user);
    record_add_number(&text, "separate_error", plan->separate_error);
    record_add(&text, "working_folder", plan->working_folder);
    int slots[EXECUTOR_SLOTS_MAX], slot_count = slots_list(plan->slots, slots);
    for (int i = 0; i < slot_count; i++) record_add_number(&text, "slot", slots[i]);
    for (int i = 0; i < plan->environment_count; i++) record_add(&text, "environment", plan->environment[i]);
    for (int i = 0; i < plan->argument_count; i++) record_add(&text, "argument", plan->arguments[i]);
    bool is_saved = record_save(folder, "plan", &text, care, error);
    arena_finish(&arena);
    return is_saved;
}

bool job_plan_load(int folder, struct arena *arena, struct job_plan *plan, struct error *error)
{
    struct record record;
    if (!record_load(folder, "plan", arena, &record, error)) return false;
    *plan = (struct job_plan){
        .key = record_find(&record, "key", ""),
        .partition = record_find(&record, "partition", ""),
        .sandbox = record_find(&record, "sandbox", ""),
        .sandbox_missing = record_find(&record, "sandbox_missing", ""),
        .limit_s = record_find_number(&record, "limit_s", 0),
        .grace_s = record_find_number(&record, "grace_s", 0),
        .memory_bytes = record_find_number(&record, "memory_bytes", 0),
        .log_bytes = record_find_number(&record, "log_bytes", 0),
        .user = record_find_number(&record, "user", 0),
        .separate_error = record_find_number(&record, "separate_error", 0) != 0,
        .working_folder = record_find(&record, "working_folder", ""),
    };
    plan->environment_count = record_find_all(&record, "environment", plan->environment, countof(plan->environment));
    plan->argument_count = record_find_all(&record, "argument", plan->arguments, countof(plan->arguments));
    const char *slots[EXECUTOR_SLOTS_MAX];
    int slot_count = record_find_all(&record, "slot", slots, countof(slots));
    for (int i = 0; i < slot_count; i++) {
        int64_t slot = -1;
        if (!text_to_number(slots[i], &slot) || slot < 0 || slot >= EXECUTOR_SLOTS_MAX)
            return error_set(error, ERROR_IO, "the plan names slot %s", slots[i]);
        plan->slots |= UINT64_C(1) << slot;
    }
    if (strlen(plan->key) <= ID_MAX && plan->limit_s > 0) return true;
    return error_set(error, ERROR_IO, "the plan has no key or no limit");
}

bool job_start_save(int folder, const struct job_start *start, struct error *error)
{
    struct arena arena;
    struct text text;
    arena_init(&arena, RECORD_ARENA_BYTES);
    text_init(&text, &arena);
    record_add_number(&text, "pid", start->pid);
    record_add_number(&text, "pid_ticks", start->pid_ticks);
    record_add(&text, "boot", start->boot);
    record_add_number(&text, "at_ms", start->at_ms);
    bool is_saved = record_save(folder, "started", &text, FILE_DURABLE, error);
    arena_finish(&arena);
    return is_saved;
}

bool job_start_load(int folder, struct job_start *start, struct error *error)
{
    struct arena arena;
    struct record record;
    arena_init(&arena, RECORD_ARENA_BYTES);
    bool is_loaded = record_load(folder, "started", &arena, &record, error);
    if (is_loaded) {
        *start = (struct job_start){
            .pid = (pid_t)record_find_number(&record, "pid", 0),
            .pid_ticks = record_find_number(&record, "pid_ticks", 0),
            .at_ms = record_find_number(&record, "at_ms", 0),
        };
        snprintf(start->boot, sizeof start->boot, "%s", record_find(&record, "boot", ""));
    }
    arena_finish(&arena);
    return is_loaded;
}

static const char *const end_words[] = {
    [END_COMPLETED] = "completed", [END_FAILED] = "failed", [END_TIMED_OUT] = "timed-out",
    [END_CANCELLED] = "cancelled", [END_LOST] = "lost",
};

static const struct { const char *word, *sentence; } reasons[] = {
    [REASON_NONE] = { "none", NULL },
    [REASON_KEEPER_GONE] = { "keeper-gone", "the process that looked after the job was killed, and the job with it" },
    [REASON_RESTARTED] = { "restarted", "the machine was restarted while the job ran" },
    [REASON_NOT_STARTED] = { "not-started", "the job could not be started on this machine; nothing of it ran" },
    [REASON_SANDBOX] = { "sandbox", "the job's sandbox could not be set up or was destroyed; the job's log says more" },
    [REASON_SHUTDOWN] = { "shutdown", "the site ended the job because its machine was being shut down" },
    [REASON_UNREADABLE] = { "unreadable", "the record of how the job ended can't be read" },
};

const char *job_reason_sentence(enum job_reason reason) { return reasons[reason].sentence; }

bool job_status_save(int folder, const struct job_status *status, struct error *error)
{
    struct arena arena;
    struct text text;
    arena_init(&arena, RECORD_ARENA_BYTES);
    text_init(&text, &arena);
    record_add(&text, "end", end_words[status->end]);
    record_add(&text, "reason", reasons[status->reason].word);
    record_add_number(&text, "exit_code", status->exit_code);
    record_add_number(&text, "signal", status->signal);
    record_add_number(&text, "at_ms", status->at_ms);
    record_add_number(&text, "ran_ms", status->ran_ms);
    if (status->is_measured) {
        record_add_number(&text, "cpu_ms", status->cpu_ms);
        record_add_number(&text, "memory_max_bytes", status->memory_max_bytes);
        record_add_number(&text, "read_bytes", status->read_bytes);
        record_add_number(&text, "written_bytes", status->written_bytes);
    }
    bool is_saved = record_save(folder, "status", &text, FILE_DURABLE, error);
    arena_finish(&arena);
    return is_saved;
}

static bool status_read(const struct record *record, struct job_status *status)
{
    *status = (struct job_status){
        .exit_code = (int)record_find_number(record, "exit_code", 0),
        .signal = (int)record_find_number(record, "signal", 0),
        .at_ms = record_find_number(record, "at_ms", 0),
        .ran_ms = record_find_number(record, "ran_ms", 0),
        .is_measured = record_find(record, "cpu_ms", NULL) != NULL,
        .cpu_ms = record_find_number(record, "cpu_ms", 0),
        .memory_max_bytes = record_find_number(record, "memory_max_bytes", 0),
        .read_bytes = record_find_number(record, "read_bytes", 0),
        .written_bytes = record_find_number(record, "written_bytes", 0),
    };
    const char *end = record_find(record, "end", ""), *reason = record_find(record, "reason", "");
    for (int i = 0; i < countof(reasons); i++)
        if (same_text(reasons[i].word, reason)) status->reason = (enum job_reason)i;
    for (int i = 0; i < countof(end_words); i++) {
        if (!same_text(end_words[i], end)) continue;
        status->end = (enum executor_end)i;
        return true;
    }
    return false;
}

bool job_status_load(int folder, struct job_status *status, struct error *error)
{
    struct arena arena;
    struct record record;
    arena_init(&arena, RECORD_ARENA_BYTES);
    bool is_loaded = record_load(folder, "status", &arena, &record, error);
    if (is_loaded && !status_read(&record, status)) is_loaded = error_set(error, ERROR_IO, "status names no known end");
    arena_finish(&arena);
    return is_loaded;
}
