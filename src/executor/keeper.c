/* SPDX-License-Identifier: EUPL-1.2 */
/* keeper.c - one thread, one poll loop, nothing of databases or networks.
 *
 * Always true: the claim is on disk before anything of the job runs, and so is the start of a sandboxed one; a status is
 * written only when no process of the job is left; who reads a status will never read another. The keeper is a
 * subreaper: whatever the job leaves behind becomes its child, so "no process left" is wait4 saying ECHILD, and what
 * they used is what wait4 added up.
 *
 * An end is asked for by the file `cancel`, looked for five times a second: no signal goes by process number, and an
 * inotify instance for each keeper would soon hit fs.inotify.max_user_instances, 128. First SIGTERM goes to every
 * process of the job, but not to bwrap's own two, which would take the sandbox down with them; after the grace SIGKILL
 * to the same ones, and half a second later to pid 1 of the sandbox, with which the kernel ends everything inside.
 * That order, because pid 1 adds up what its children used only if it is alive to wait for them. */
#include "executor/keeper.h"

#include "base/time.h"
#include "executor/job_log.h"
#include "executor/process.h"
#include "executor/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 200, LAST_KILL_MS = 500, STATUS_PAUSE_MS = 1000 };

enum stop { STOP_NONE, STOP_LIMIT, STOP_CANCEL, STOP_SHUTDOWN };

struct keeper {
    const char        *path;
    int                folder, lock, job_lock;
    struct arena       arena;
    struct job_plan    plan;
    struct job_log     log, error_log;
    int                status_pipe, signals, gate;
    char               status_text[512]; /* what bwrap has said so far, its beginning */
    size_t             status_length;
    pid_t              child;            /* bwrap, or the script; 0 when waited for */
    pid_t              first;            /* pid 1 of the sandbox, 0 without one or before bwrap has named it */
    int                first_handle;     /* pidfd of it, -1 */
    bool               is_started, sandbox_has_failed;
    int64_t            begun_ms, kill_ms; /* monotonic; kill_ms counts when stop is set */
    enum stop          stop;
    struct rusage      used;
    struct job_status  status;
};

/* ---- starting ---- */

static void standard_files(int folder)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    int complaints = openat(folder, "keeper.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(complaints >= 0 ? complaints : nothing, STDERR_FILENO);
    if (nothing > STDERR_FILENO) close(nothing);
    if (complaints > STDERR_FILENO) close(complaints);
}

/* True if file 3 is this folder's keeper.lock; then it is locked already or is locked now. */
static bool is_handed_lock(int folder)
{
    struct stat handed, wanted;
    return fstat(KEEPER_LOCK_FILE, &handed) == 0 && fstatat(folder, "keeper.lock", &wanted, AT_SYMLINK_NOFOLLOW) == 0 &&
           handed.st_dev == wanted.st_dev && handed.st_ino == wanted.st_ino && flock(KEEPER_LOCK_FILE, LOCK_EX | LOCK_NB) == 0;
}

/* Leaves open: 0, 1, 2, the lock, the folder. */
static bool files_init(struct keeper *keeper)
{
    bool is_handed = false;
    while (open("/dev/null", O_RDWR) < STDERR_FILENO) continue; /* 0 to 2 are taken, whoever started us */
    int folder = open(keeper->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) is_handed = is_handed_lock(folder);
    syscall(SYS_close_range, is_handed ? KEEPER_LOCK_FILE + 1 : KEEPER_LOCK_FILE, ~0u, 0);
    keeper->folder = open(keeper->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (keeper->folder < 0) return false;
    standard_files(keeper->folder);
    keeper->lock = is_handed ? KEEPER_LOCK_FILE : job_folder_lock(keeper->folder, "keeper.lock");
    return keeper->lock >= 0 && fcntl(keeper->lock, F_SETFD, FD_CLOEXEC) == 0;
}

static bool signals_init(struct keeper *keeper)
{
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would reap children behind our back */
    if (sigprocmask(SIG_SETMASK, &watched, NULL) != 0) return false;
    keeper->signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    return keeper->signals >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/* Opens the logs and forks the job; *error and false if nothing of it runs. */
static bool job_fork(struct keeper *keeper, int output, int error_output, int status, struct error *error)
{
    struct sandbox sandbox;
    bool has_walls = *keeper->plan.sandbox != 0;
    if (has_walls && !sandbox_init(&sandbox, &keeper->plan, keeper->path, keeper->job_lock, status, keeper->gate, error)) {
        sandbox_finish(&sandbox);
        return false;
    }
    pid_t parent = getpid();
    keeper->begun_ms = clock_monotonic_ms();
    keeper->child = fork();
    if (keeper->child == 0) {
        dup2(output, STDOUT_FILENO);
        dup2(error_output, STDERR_FILENO);
        if (has_walls) sandbox_exec(&sandbox, parent);
        fcntl(keeper->job_lock, F_SETFD, 0);
        sandbox_exec_without(&keeper->plan, keeper->path, parent);
    }
    if (has_walls) sandbox_finish(&sandbox);
    if (keeper->child > 0) return true;
    keeper->child = 0;
    return error_set_errno(error, ERROR_IO, "no process can be made");
}

static bool job_begin(struct keeper *keeper, struct error *error)
{
    const struct job_plan *plan = &keeper->plan;
    int output, error_output, ends[2];
    if (!sandbox_give(keeper->path, plan->user, error)) return false;
    if (!job_log_init(&keeper->log, keeper->folder, "log", plan->log_bytes, &output) ||
        (plan->separate_error && !job_log_init(&keeper->error_log, keeper->folder, "error", plan->log_bytes, &error_output)) ||
        pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return error_set_errno(error, ERROR_IO, "the job's log can't be made");
    if (!plan->separate_error) error_output = output;
    keeper->status_pipe = ends[0];
    keeper->job_lock = job_folder_lock(keeper->folder, "job.lock");
    keeper->gate = sandbox_gate_create();
    if (keeper->gate < 0) return error_set_errno(error, ERROR_IO, "the sandbox's gate can't be made");
    if (keeper->job_lock < 0) return error_set_errno(error, ERROR_IO, "the job's lock can't be taken");
    if (!*plan->sandbox) {
        char line[320];
        snprintf(line, sizeof line, "not sandboxed: %s", plan->sandbox_missing);
        job_log_say(&keeper->log, line);
    }
    bool is_forked = job_fork(keeper, output, error_output, ends[1], error);
    close(keeper->job_lock); /* from here on it is held by processes of the job alone */
    close(output);
    close(ends[1]);
    if (plan->separate_error) close(error_output);
    return is_forked;
}

/* ---- while it runs ---- */

static void started_write(struct keeper *keeper, pid_t pid)
{
    struct error error;
    struct job_start start = { .pid = pid, .at_ms = clock_now_ms() };
    process_boot(start.boot);
    if (!process_ticks(pid, &start.pid_ticks)) start.pid_ticks = 0; /* over before we looked */
    keeper->is_started = true;
    keeper->begun_ms = clock_monotonic_ms();
    if (!job_start_save(keeper->folder, &start, &error)) fprintf(stderr, "%s\n", error.text);
}

/* bwrap says { "child-pid": N, ... } before it waits at the gate, and { "exit-code": N } when the job in it has ended. */
static void status_read(struct keeper *keeper)
{
    size_t room = sizeof keeper->status_text - 1 - keeper->status_length;
    ssize_t got = room ? read(keeper->status_pipe, keeper->status_text + keeper->status_length, room) : 0;
    if (got < 0) return;
    if (got == 0) {
        close(keeper->status_pipe);
        keeper->status_pipe = -1;
        return;
    }
    keeper->status_length += (size_t)got;
    static const char label[] = "\"child-pid\": ";
    const char *said = keeper->first ? NULL : strstr(keeper->status_text, label);
    if (!said || !strchr(said, ',')) return;
    pid_t first = (pid_t)strtol(said + sizeof label - 1, NULL, 10);
    if (first <= 1) return;
    /* Nobody has waited for it yet (children_reap reads before it reaps), so the number is still its own. */
    keeper->first = first;
    keeper->first_handle = (int)syscall(SYS_pidfd_open, first, 0);
    started_write(keeper, first);
    sandbox_gate_open(keeper->gate);
}

static void used_add(struct keeper *keeper, const struct rusage *more)
{
    timeradd(&keeper->used.ru_utime, &more->ru_utime, &keeper->used.ru_utime);
    timeradd(&keeper->used.ru_stime, &more->ru_stime, &keeper->used.ru_stime);
    if (more->ru_maxrss > keeper->used.ru_maxrss) keeper->used.ru_maxrss = more->ru_maxrss;
    keeper->used.ru_inblock += more->ru_inblock;
    keeper->used.ru_oublock += more->ru_oublock;
}

/* How the script ended, as a shell says it; bwrap has translated already. */
static void child_ended(struct keeper *keeper, int wait_status)
{
    struct job_status *status = &keeper->status;
    keeper->child = 0;
    status->at_ms = clock_now_ms();
    status->ran_ms = clock_monotonic_ms() - keeper->begun_ms;
    status->exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
    if (status->exit_code > 128 && status->exit_code <= 128 + SIGRTMAX) status->signal = status->exit_code - 128;
    keeper->sandbox_has_failed = *keeper->plan.sandbox && !strstr(keeper->status_text, "\"exit-code\"");
}

/* False when no child is left. */
static bool children_reap(struct keeper *keeper)
{
    for (;;) {
        int wait_status;
        struct rusage used;
        siginfo_t ended = { .si_pid = 0 };
        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == EINTR;
        if (ended.si_pid == 0) return true;
        if (keeper->status_pipe >= 0) status_read(keeper);
        if (wait4(ended.si_pid, &wait_status, 0, &used) != ended.si_pid) return true;
        used_add(keeper, &used);
        if (ended.si_pid == keeper->child) child_ended(keeper, wait_status);
    }
}

/* A pidfd is readable when its process is dead; from then on the number may become somebody else's. */
static bool first_lives(const struct keeper *keeper)
{
    struct pollfd ended = { .fd = keeper->first_handle, .events = POLLIN };
    return keeper->first_handle >= 0 && poll(&ended, 1, 0) == 0;
}

/* To every process of the job but pid 1 of the sandbox and bwrap outside it. */
static int tree_signal(const struct keeper *keeper, int signal)
{
    if (!*keeper->plan.sandbox) return process_tree_signal(getpid(), signal);
    return first_lives(keeper) ? process_tree_signal(keeper->first, signal) : 0;
}

/* Everything at once, pid 1 of the sandbox included. */
static void sandbox_kill(const struct keeper *keeper)
{
    if (keeper->first_handle >= 0) syscall(SYS_pidfd_send_signal, keeper->first_handle, SIGKILL, NULL, 0);
    if (keeper->child > 0) kill(keeper->child, SIGKILL); /* our own child, not waited for: nobody else has its number */
}

static void stop_begin(struct keeper *keeper, enum stop stop, int64_t now_ms)
{
    if (keeper->stop != STOP_NONE) return;
    keeper->stop = stop;
    keeper->kill_ms = now_ms + (keeper->is_started ? keeper->plan.grace_s * 1000 : 0);
    if (keeper->kill_ms == now_ms) return;
    tree_signal(keeper, SIGTERM);
    tree_signal(keeper, SIGCONT); /* stopped ones must wake up to hear it */
}

static void signals_read(struct keeper *keeper, int64_t now_ms)
{
    struct signalfd_siginfo one;
    while (read(keeper->signals, &one, sizeof one) == (ssize_t)sizeof one)
        if (one.ssi_signo == SIGTERM) stop_begin(keeper, STOP_SHUTDOWN, now_ms);
}

static void clock_look(struct keeper *keeper, int64_t now_ms)
{
    if (!keeper->child) { /* the script is over: what it left in the background goes too */
        tree_signal(keeper, SIGKILL);
        sandbox_kill(keeper);
        return;
    }
    if (now_ms >= keeper->begun_ms + keeper->plan.limit_s * 1000) stop_begin(keeper, STOP_LIMIT, now_ms);
    else if (job_folder_has(keeper->folder, "cancel")) stop_begin(keeper, STOP_CANCEL, now_ms);
    if (keeper->stop == STOP_NONE || now_ms < keeper->kill_ms) return;
    bool is_inside_hit = tree_signal(keeper, SIGKILL) > 0;
    if (!is_inside_hit || now_ms >= keeper->kill_ms + LAST_KILL_MS) sandbox_kill(keeper);
}

static void job_watch(struct keeper *keeper)
{
    while (children_reap(keeper)) {
        clock_look(keeper, clock_monotonic_ms());
        struct pollfd ready[] = {
            { .fd = keeper->signals, .events = POLLIN },
            { .fd = keeper->status_pipe, .events = POLLIN },
            { .fd = keeper->log.from, .events = POLLIN },
            { .fd = keeper->plan.separate_error ? keeper->error_log.from : -1, .events = POLLIN },
        };
        poll(ready, (nfds_t)countof(ready), LOOK_MS);
        if (ready[1].revents) status_read(keeper);
        if (ready[2].revents) job_log_copy(&keeper->log);
        if (ready[3].revents) job_log_copy(&keeper->error_log);
        signals_read(keeper, clock_monotonic_ms());
    }
}

/* ---- the end ---- */

static void end_decide(struct keeper *keeper)
{
    struct job_status *status = &keeper->status;
    const struct rusage *used = &keeper->used;
    status->is_measured = true;
    status->cpu_ms = (int64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000 +
                     (used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1000;
    status->memory_max_bytes = (int64_t)used->ru_maxrss * 1024;
    status->read_bytes = (int64_t)used->ru_inblock * 512;
    status->written_bytes = (int64_t)used->ru_oublock * 512;
    switch (keeper->stop) {
    case STOP_LIMIT: status->end = END_TIMED_OUT; return;
    case STOP_CANCEL: status->end = END_CANCELLED; return;
    case STOP_SHUTDOWN: status->end = END_LOST, status->reason = REASON_SHUTDOWN; return;
    case STOP_NONE: break;
    }
    status->end = status->exit_code == 0 ? END_COMPLETED : END_FAILED;
    if (keeper->sandbox_has_failed) status->end = END_LOST, status->reason = REASON_SANDBOX;
}

/* A full disk is the usual reason to fail here, and the one an operator can mend. */
static int status_write(const struct keeper *keeper)
{
    struct error error;
    for (int i = 0; i < STATUS_TRIES_MAX; i++) {
        if (job_status_save(keeper->folder, &keeper->status, &error)) return 0;
        fprintf(stderr, "%s\n", error.text);
        poll(NULL, 0, STATUS_PAUSE_MS);
    }
    return 1;
}

static int not_started(struct keeper *keeper, enum executor_end end, enum job_reason reason)
{
    keeper->status = (struct job_status){ .end = end, .reason = reason, .at_ms = clock_now_ms() };
    return status_write(keeper);
}

static int job_keep(struct keeper *keeper)
{
    struct error error;
    if (job_folder_has(keeper->folder, "status")) return 0;
    if (!job_folder_claim(keeper->folder, &error)) {
        if (error.code == ERROR_BUSY) return 0; /* an earlier keeper's job, and lost: the executor says so, not we */
        fprintf(stderr, "%s\n", error.text);
        return not_started(keeper, END_LOST, REASON_NOT_STARTED);
    }
    if (job_folder_has(keeper->folder, "cancel")) return not_started(keeper, END_CANCELLED, REASON_NONE);
    if (!job_plan_load(keeper->folder, &keeper->arena, &keeper->plan, &error) || !job_begin(keeper, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return not_started(keeper, END_LOST, REASON_NOT_STARTED);
    }
    if (!*keeper->plan.sandbox) started_write(keeper, keeper->child);
    job_watch(keeper);
    job_log_finish(&keeper->log);
    if (keeper->plan.separate_error) job_log_finish(&keeper->error_log);
    end_decide(keeper);
    return status_write(keeper);
}

int keeper_main(int argc, char **argv)
{
    static struct keeper keeper; /* 10 KiB, and nothing else of this process lives long */
    if (argc != 2 || argv[1][0] != '/' || strlen(argv[1]) >= FOLDER_MAX) {
        fprintf(stderr, "keeper is started by the site agent\n");
        return 1;
    }
    keeper = (struct keeper){ .path = argv[1], .status_pipe = -1, .first_handle = -1, .job_lock = -1 };
    umask(077);
    setsid();
    prctl(PR_SET_NAME, "aif-keeper");
    if (chdir("/") != 0 || !files_init(&keeper) || !signals_init(&keeper)) return 1;
    arena_init(&keeper.arena, RECORD_ARENA_BYTES);
    int code = job_keep(&keeper);
    arena_finish(&keeper.arena);
    return code;
}
