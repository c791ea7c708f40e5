/* SPDX-License-Identifier: EUPL-1.2 */
/* local.c - the queue, the slots, and what the agent is told.
 *
 * Strictly first come, first served per partition: a job that doesn't fit holds up those behind it. Busy slots are never
 * kept as a figure of their own; they are the slots of the jobs that start or run. A job that waits is known to memory
 * alone, the agent submits it again after a restart; one that was started is known to its folder, and ROOT/starts/KEY,
 * a link to the folder made before its keeper, lets the next life find it and its slots before anything else is started.
 *
 * ROOT/lock keeps a second executor away. Ends come as inotify events: a status is renamed into the folder, and a keeper
 * that is killed closes its lock file, which was open for writing; looking at all once in look_ms is the safety net. */
#include "executor/local.h"

#include "executor/job_check.h"
#include "executor/job_environment.h"
#include "executor/local_job.h"
#include "executor/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct partition {
    char               name[32];
    struct slots_shape shape;
    bool               has_accelerators;
};

struct local {
    struct executor   executor;
    int               lock, starts, watches; /* ROOT/lock, ROOT/starts, inotify */
    struct partition  partitions[LOCAL_PARTITIONS_MAX];
    int               partition_count;
    char              program[FOLDER_MAX], sandbox[FOLDER_MAX], sandbox_missing[240]; /* "": jobs are sandboxed */
    bool              allow_unsandboxed;
    int64_t           memory_bytes, log_bytes, look_ms, looked_ms, user;
    struct local_jobs jobs;
};

/* ---- what was started ---- */

static int partition_find(const struct local *local, const char *name)
{
    for (int i = 0; i < local->partition_count; i++)
        if (same_text(local->partitions[i].name, name)) return i;
    return -1;
}

static void job_watch(struct local *local, struct local_job *job)
{
    if (job->watch < 0 && local->watches >= 0)
        job->watch = inotify_add_watch(local->watches, job->folder, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

/* After a look: what has ended needs no watch and no link; what nobody in this life has submitted needs no memory. */
static void job_tidy(struct local *local, struct local_job *job)
{
    if (local_job_is_active(job)) return;
    if (job->watch >= 0) inotify_rm_watch(local->watches, job->watch);
    job->watch = -1;
    unlinkat(local->starts, job->key.text, 0);
    if (!job->is_known) local_jobs_drop(&local->jobs, job);
}

/* Takes over what was started before: its slots are in its plan. */
static struct local_job *job_adopt(struct local *local, struct id key, const char *path, int folder)
{
    struct arena arena;
    struct job_plan plan;
    struct error error;
    struct local_job *job = local_jobs_add(&local->jobs, key, path);
    job->state = LOCAL_STARTING;
    arena_init(&arena, RECORD_ARENA_BYTES);
    if (job_plan_load(folder, &arena, &plan, &error)) {
        job->partition = partition_find(local, plan.partition);
        job->slots = plan.slots;
    }
    arena_finish(&arena);
    job_watch(local, job);
    return job;
}

/* ---- submit, cancel, forget ---- */

static void job_know(struct local_job *known, const struct executor_job *job)
{
    known->is_known = true;
    known->pieces = job->pieces; /* should its keeper have died before the claim, it is started once more */
    known->nodes = job->nodes;
}

static bool script_prepare(int folder, struct error *error)
{
    char head[SCRIPT_HEAD_BYTES];
    int script = openat(folder, "script", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (script < 0) return error_set_errno(error, ERROR_IO, "the script can't be opened");
    ssize_t size = read(script, head, sizeof head);
    bool is_ready = job_check_script(head, size > 0 ? (size_t)size : 0, error);
    if (is_ready && fchmod(script, 0555) != 0) is_ready = error_set_errno(error, ERROR_IO, "the script can't be made executable");
    close(script);
    return is_ready;
}

static bool plan_write(const struct local *local, int folder, const struct executor_job *job, struct error *error)
{
    struct arena arena;
    char home[FOLDER_MAX + 8];
    bool has_walls = !*local->sandbox_missing;
    snprintf(home, sizeof home, "%s/work", job->folder);
    struct job_plan plan = {
        .key = job->key.text, .partition = job->partition, .working_folder = job->working_folder,
        .sandbox = has_walls ? local->sandbox : "", .sandbox_missing = local->sandbox_missing,
        .limit_s = job->limit_s, .grace_s = job->grace_s, .separate_error = job->separate_error,
        .memory_bytes = job->memory_bytes ? job->memory_bytes : local->memory_bytes,
        .log_bytes = local->log_bytes, .user = has_walls ? local->user : 0, .argument_count = job->argument_count,
    };
    for (int i = 0; i < job->argument_count; i++) plan.arguments[i] = job->arguments[i];
    arena_init(&arena, RECORD_ARENA_BYTES);
    job_environment_fill(&plan, &arena, job, has_walls ? SANDBOX_HOME : home);
    int lock = job_folder_lock(folder, "keeper.lock");
    bool is_saved = lock >= 0 ? job_plan_save(folder, &plan, FILE_QUICK, error)
                              : error_set(error, ERROR_BUSY, "somebody holds the lock of the job's keeper");
    if (lock >= 0) close(lock);
    arena_finish(&arena);
    return is_saved;
}

/* A job that no folder knows as started. */
static bool job_take(struct local *local, int folder, const struct executor_job *job, struct error *error)
{
    int partition = partition_find(local, job->partition);
    if (local->jobs.count >= LOCAL_JOBS_MAX) return error_set(error, ERROR_FULL, "%d jobs wait here already", LOCAL_JOBS_MAX);
    if (partition < 0) return error_set(error, ERROR_INPUT, "this system has no partition %.32s", job->partition);
    if (*local->sandbox_missing && !local->allow_unsandboxed)
        return error_set(error, ERROR_CONFIG, "this site can't run jobs safely and so runs none: %s", local->sandbox_missing);
    if (!job_check(job, &local->partitions[partition].shape, error) || !script_prepare(folder, error) ||
        !plan_write(local, folder, job, error))
        return false;
    struct local_job *taken = local_jobs_add(&local->jobs, job->key, job->folder);
    job_know(taken, job);
    taken->partition = partition;
    taken->is_cancelled = job_folder_has(folder, "cancel"); /* cancelled in an earlier life that ended before it was settled */
    return true;
}

static bool local_submit(struct executor *executor, const struct executor_job *job, int64_t now_ms, struct error *error)
{
    struct local *local = (struct local *)executor;
    struct local_job *known = local_jobs_find(&local->jobs, job->key);
    if (known && !same_text(known->folder, job->folder))
        return error_set(error, ERROR_INPUT, "job %s was taken with another folder", job->key.text);
    if (known) {
        if (!known->is_known) job_know(known, job);
        return true;
    }
    if (job->folder[0] != '/' || strlen(job->folder) >= FOLDER_MAX - 32)
        return error_set(error, ERROR_INPUT, "the job's folder isn't an absolute path of fewer than %d bytes", FOLDER_MAX - 32);
    int folder = job_folder_open(job->folder, error);
    if (folder < 0) return false;
    bool is_taken = true;
    if (job_folder_phase(folder) == JOB_NEW) {
        is_taken = job_take(local, folder, job, error);
    } else {
        struct local_job *adopted = job_adopt(local, job->key, job->folder, folder);
        job_know(adopted, job);
        local_job_look(adopted, now_ms);
        job_tidy(local, adopted);
    }
    close(folder);
    return is_taken;
}

static void local_cancel(struct executor *executor, struct id key, int64_t now_ms)
{
    struct local *local = (struct local *)executor;
    struct error error;
    struct local_job *job = local_jobs_find(&local->jobs, key);
    if (!job || job->state == LOCAL_ENDED) return;
    int folder = job_folder_open(job->folder, &error);
    if (folder >= 0) {
        job_folder_touch(folder, "cancel"); /* the keeper looks for it, and so does the next life */
        close(folder);
    }
    job->is_cancelled = true;
    if (job->state == LOCAL_WAITING) local_job_settle(job, END_CANCELLED, REASON_NONE, now_ms);
}

static void local_forget(struct executor *executor, struct id key)
{
    struct local *local = (struct local *)executor;
    struct local_job *job = local_jobs_find(&local->jobs, key);
    if (job && job->state == LOCAL_ENDED) local_jobs_drop(&local->jobs, job);
}

/* ---- poll ---- */

static bool watches_drain(const struct local *local)
{
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool is_woken = false;
    while (local->watches >= 0 && read(local->watches, events, sizeof events) > 0) is_woken = true;
    return is_woken;
}

static void jobs_look(struct local *local, int64_t now_ms)
{
    for (struct local_job *job = local->jobs.first, *next; job; job = next) {
        next = job->next;
        if (!local_job_is_active(job)) continue;
        local_job_look(job, now_ms);
        job_tidy(local, job);
    }
    local->looked_ms = now_ms;
}

static void slots_busy(const struct local *local, uint64_t busy[LOCAL_PARTITIONS_MAX])
{
    memset(busy, 0, LOCAL_PARTITIONS_MAX * sizeof *busy);
    for (const struct local_job *job = local->jobs.first; job; job = job->next)
        if (job->partition >= 0 && local_job_is_active(job)) busy[job->partition] |= job->slots;
}

static void job_try(struct local *local, struct local_job *job, uint64_t slots, int64_t now_ms)
{
    unlinkat(local->starts, job->key.text, 0);
    job_watch(local, job);
    if (symlinkat(job->folder, local->starts, job->key.text) == 0)
        local_job_start(job, local->program, slots, local->partitions[job->partition].has_accelerators, now_ms);
    else job->try_again_ms = now_ms + local->look_ms; /* a full disk: it waits */
    job_tidy(local, job);
}

static void jobs_start(struct local *local, int64_t now_ms)
{
    bool is_held_up[LOCAL_PARTITIONS_MAX] = { false };
    uint64_t busy[LOCAL_PARTITIONS_MAX], slots;
    slots_busy(local, busy);
    for (struct local_job *job = local->jobs.first; job; job = job->next) {
        if (job->state != LOCAL_WAITING) continue;
        if (job->is_cancelled) {
            local_job_settle(job, END_CANCELLED, REASON_NONE, now_ms);
            continue;
        }
        if (job->partition < 0) { /* taken over, never begun, and its partition is gone */
            local_job_settle(job, END_LOST, REASON_NOT_STARTED, now_ms);
            continue;
        }
        if (is_held_up[job->partition]) continue;
        bool has_room = now_ms >= job->try_again_ms &&
                        slots_choose(&local->partitions[job->partition].shape, busy[job->partition], job->pieces, job->nodes, &slots);
        if (has_room) job_try(local, job, slots, now_ms);
        if (job->state == LOCAL_WAITING) is_held_up[job->partition] = true;
        else if (local_job_is_active(job)) busy[job->partition] |= job->slots;
    }
}

static void start_tell(struct local_job *job, struct executor_event *event)
{
    *event = (struct executor_event){ .kind = EXECUTOR_STARTED, .key = job->key, .at_ms = job->started_at_ms };
    event->slot_count = slots_list(job->slots, event->slots);
    job->is_start_told = true;
}

static void end_tell(struct local_job *job, struct executor_event *event)
{
    const struct job_status *status = &job->status;
    *event = (struct executor_event){
        .kind = status->end == END_LOST ? EXECUTOR_LOST : EXECUTOR_ENDED, .key = job->key, .at_ms = status->at_ms,
        .end = status->end, .exit_code = status->exit_code, .signal = status->signal, .ran_ms = status->ran_ms,
        .is_measured = status->is_measured, .cpu_ms = status->cpu_ms, .memory_max_bytes = status->memory_max_bytes,
        .read_bytes = status->read_bytes, .written_bytes = status->written_bytes,
        .reason = job_reason_sentence(status->reason),
    };
    job->is_end_told = true;
}

static int local_poll(struct executor *executor, int64_t now_ms, struct executor_event *events, int room)
{
    struct local *local = (struct local *)executor;
    int told = 0;
    bool is_woken = watches_drain(local);
    if (is_woken || now_ms - local->looked_ms >= local->look_ms || now_ms < local->looked_ms) jobs_look(local, now_ms);
    jobs_start(local, now_ms);
    for (struct local_job *job = local->jobs.first; job && told < room; job = job->next) {
        if (!job->is_known) continue;
        if (job->has_started && !job->is_start_told) start_tell(job, &events[told++]);
        if (told < room && job->state == LOCAL_ENDED && !job->is_end_told) end_tell(job, &events[told++]);
    }
    return told;
}

static int local_state(const struct executor *executor, struct executor_partition_state *states, int room)
{
    const struct local *local = (const struct local *)executor;
    int count = local->partition_count < room ? local->partition_count : room;
    uint64_t busy[LOCAL_PARTITIONS_MAX];
    slots_busy(local, busy);
    for (int i = 0; i < count; i++) {
        states[i] = (struct executor_partition_state){ .slots = local->partitions[i].shape.slots,
                                                       .busy = slots_count(busy[i]) };
        memcpy(states[i].name, local->partitions[i].name, sizeof states[i].name);
        for (const struct local_job *job = local->jobs.first; job; job = job->next) {
            if (job->partition != i) continue;
            states[i].waiting_jobs += job->state == LOCAL_WAITING;
            states[i].running_jobs += local_job_is_active(job);
        }
    }
    return count;
}

static int local_watch_fd(const struct executor *executor) { return ((const struct local *)executor)->watches; }

/* ---- create and destroy ---- */

static void local_destroy(struct executor *executor)
{
    struct local *local = (struct local *)executor;
    int files[] = { local->watches, local->starts, local->lock };
    while (local->jobs.first) local_jobs_drop(&local->jobs, local->jobs.first);
    for (int i = 0; i < countof(files); i++)
        if (files[i] >= 0) close(files[i]);
    free(local);
}

static const struct executor_operations local_operations = {
    .submit = local_submit, .cancel = local_cancel, .poll = local_poll, .forget = local_forget,
    .state = local_state, .watch_fd = local_watch_fd, .destroy = local_destroy,
};

static bool text_keep(char *to, size_t room, const char *text, const char *what, struct error *error)
{
    if (strlen(text) >= room) return error_set(error, ERROR_CONFIG, "%s is longer than %zu bytes", what, room - 1);
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool options_keep(struct local *local, const struct local_options *options, struct error *error)
{
    if (options->partition_count > LOCAL_PARTITIONS_MAX)
        return error_set(error, ERROR_CONFIG, "more than %d partitions", LOCAL_PARTITIONS_MAX);
    for (int i = 0; i < options->partition_count; i++) {
        const struct local_partition *from = &options->partitions[i];
        struct partition *to = &local->partitions[local->partition_count++];
        to->has_accelerators = from->has_accelerators;
        if (!text_keep(to->name, sizeof to->name, from->name, "a partition's name", error) ||
            !slots_shape_init(&to->shape, from->slots, from->nodes, from->slots_per_node, error))
            return false;
    }
    local->allow_unsandboxed = options->allow_unsandboxed;
    local->memory_bytes = options->memory_bytes;
    local->log_bytes = options->log_bytes ? options->log_bytes : LOG_BYTES_MAX;
    local->look_ms = options->look_ms ? options->look_ms : 1000;
    local->user = geteuid() == 0 ? SANDBOX_USER : 0;
    return text_keep(local->program, FOLDER_MAX, options->program ? options->program : "/proc/self/exe", "the program", error) &&
           text_keep(local->sandbox, FOLDER_MAX, options->sandbox ? options->sandbox : SANDBOX_PROGRAM, "the sandbox", error);
}

/* An executor that was killed while it forked leaves its lock to the fork for the millisecond until that execs or ends. */
static int root_lock(int folder)
{
    enum { TRIES = 20, PAUSE_MS = 50 };
    int lock = job_folder_lock(folder, "lock");
    for (int i = 0; i < TRIES && lock < 0; i++) {
        poll(NULL, 0, PAUSE_MS);
        lock = job_folder_lock(folder, "lock");
    }
    return lock;
}

static bool root_open(struct local *local, const char *root, struct error *error)
{
    if (root[0] != '/' || strlen(root) >= FOLDER_MAX / 2)
        return error_set(error, ERROR_CONFIG, "the executor's folder must be an absolute path");
    if (mkdir(root, 0700) != 0 && errno != EEXIST) return error_set_errno(error, ERROR_IO, "%s can't be made", root);
    int folder = job_folder_open(root, error);
    if (folder < 0) return false;
    local->lock = root_lock(folder);
    if (mkdirat(folder, "starts", 0700) == 0 || errno == EEXIST)
        local->starts = openat(folder, "starts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(folder);
    if (local->lock < 0) return error_set(error, ERROR_BUSY, "another executor works in %s, or its lock can't be made", root);
    return local->starts >= 0 || error_set_errno(error, ERROR_IO, "%s/starts can't be opened", root);
}

/* One link of an earlier life: a job that still starts or runs (or is to be settled) is taken over. */
static void start_resume(struct local *local, const char *name)
{
    char path[FOLDER_MAX];
    struct error error;
    ssize_t length = readlinkat(local->starts, name, path, sizeof path - 1);
    if (length <= 0 || strlen(name) > ID_MAX) return;
    path[length] = 0;
    int folder = job_folder_open(path, &error);
    enum job_phase phase = folder >= 0 ? job_folder_phase(folder) : JOB_NEW;
    if (phase == JOB_NEW || phase == JOB_ENDED) unlinkat(local->starts, name, 0);
    else job_adopt(local, id_from(name), path, folder);
    if (folder >= 0) close(folder);
}

static bool starts_resume(struct local *local, struct error *error)
{
    int copy = fcntl(local->starts, F_DUPFD_CLOEXEC, 0);
    DIR *starts = copy >= 0 ? fdopendir(copy) : NULL;
    if (!starts) return error_set_errno(error, ERROR_IO, "the started jobs can't be listed");
    for (struct dirent *entry; (entry = readdir(starts));)
        if (entry->d_name[0] != '.') start_resume(local, entry->d_name);
    closedir(starts);
    return true;
}

struct executor *local_create(const struct local_options *options, struct error *error)
{
    struct local *local = calloc(1, sizeof *local);
    CHECK(local);
    *local = (struct local){ .executor = { &local_operations }, .lock = -1, .starts = -1, .watches = -1 };
    if (!options_keep(local, options, error) || !root_open(local, options->root, error)) {
        local_destroy(&local->executor);
        return NULL;
    }
    char probe[FOLDER_MAX];
    snprintf(probe, sizeof probe, "%s/probe", options->root);
    if (sandbox_probe(probe, local->sandbox, local->user, local->sandbox_missing, sizeof local->sandbox_missing))
        local->sandbox_missing[0] = 0;
    local->watches = inotify_init1(IN_NONBLOCK | IN_CLOEXEC); /* -1 if the machine has no more: looking still finds all */
    if (starts_resume(local, error)) return &local->executor;
    local_destroy(&local->executor);
    return NULL;
}

const char *local_sandbox_missing(const struct executor *executor)
{
    const struct local *local = (const struct local *)executor;
    return *local->sandbox_missing ? local->sandbox_missing : NULL;
}
