/* SPDX-License-Identifier: EUPL-1.2 */
/* sandbox.c - options go to bwrap through a file (--args), not through its command line, which every user of the machine
 * could read: a job's environment holds tokens.
 *
 * bwrap makes a user namespace, so nothing here needs root. If the agent is root all the same, a job must not be it:
 * Linux exempts root from RLIMIT_NPROC, and the files of root are worth more than those of nobody. The child then binds
 * the job's work and script to /mnt of a mount namespace of its own (the folders above are closed to others), gives up
 * root, and goes on like everybody else.
 *
 * The job's lock is handed to bwrap as --sync-fd: pid 1 of the sandbox keeps it open, the job itself never sees it.
 *
 * The gate (--block-fd) is there because pid 1 of the sandbox asks to die with its parent only at the end of its own
 * set-up, milliseconds after it was made: were all killed in between, a job would go on without a keeper. So it waits
 * until the keeper has its number on disk. The gate is a pipe whose one descriptor reads and writes, so bwrap holds the
 * writing end as well: a keeper that dies leaves no end-of-file behind that would let the job pass. */
#include "executor/sandbox.h"

#include "executor/call_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

static const char passwd[] = "root:x:0:0:root:/:/usr/sbin/nologin\njob:x:1000:1000:job:" SANDBOX_HOME ":/bin/sh\n";
static const char group[] = "root:x:0:\njob:x:1000:\n";

/* An open file with these bytes, read from its start; -1 on failure. */
static int file_of(const char *name, const char *bytes, size_t size)
{
    int file = memfd_create(name, MFD_CLOEXEC);
    if (file >= 0 && write(file, bytes, size) == (ssize_t)size && lseek(file, 0, SEEK_SET) == 0) return file;
    if (file >= 0) close(file);
    return -1;
}

static void option(struct text *to, const char *word) { text_add_n(to, word, strlen(word) + 1); }

static void option_2(struct text *to, const char *word, const char *a, const char *b)
{
    option(to, word);
    option(to, a);
    if (b) option(to, b);
}

static void option_number(struct text *to, const char *word, int64_t number, const char *b)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    option_2(to, word, digits, b);
}

/* /bin and its like are links into /usr on merged systems, folders on old ones. */
static void add_system(struct text *to)
{
    static const char *const roots[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64" };
    static const char *const files[] = { "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime" };
    option_2(to, "--ro-bind", "/usr", "/usr");
    for (int i = 0; i < countof(roots); i++) {
        char target[64];
        ssize_t length = readlink(roots[i], target, sizeof target - 1);
        if (length > 0) {
            target[length] = 0;
            option_2(to, "--symlink", target, roots[i]);
        } else {
            option_2(to, "--ro-bind-try", roots[i], roots[i]);
        }
    }
    for (int i = 0; i < countof(files); i++) option_2(to, "--ro-bind-try", files[i], files[i]);
}

static void add_private(struct text *to, const struct sandbox *sandbox)
{
    option_number(to, "--file", sandbox->passwd, "/etc/passwd");
    option_number(to, "--file", sandbox->group, "/etc/group");
    option_2(to, "--proc", "/proc", NULL);
    option_2(to, "--dev", "/dev", NULL);
    static const char *const memories[] = { "/dev/shm", "/tmp" };
    for (int i = 0; i < countof(memories); i++) {
        option_number(to, "--size", TMP_BYTES_MAX, NULL);
        option_2(to, "--perms", "1777", NULL);
        option_2(to, "--tmpfs", memories[i], NULL);
    }
    option_2(to, "--remount-ro", "/dev", NULL);
}

static void add_job(struct text *to, const struct sandbox *sandbox, struct arena *arena)
{
    const struct job_plan *plan = sandbox->plan;
    const char *from = plan->user ? "/mnt" : sandbox->folder;
    option_2(to, "--bind", arena_format(arena, "%s/work", from), SANDBOX_HOME);
    option_2(to, "--ro-bind", arena_format(arena, "%s/script", from), "/job/script");
    option_2(to, "--chdir", SANDBOX_HOME, NULL);
    option_2(to, "--remount-ro", "/", NULL);
    option(to, "--clearenv");
    for (int i = 0; i < plan->environment_count; i++) {
        const char *entry = plan->environment[i], *value = strchr(entry, '=');
        if (value) option_2(to, "--setenv", arena_text_n(arena, entry, (size_t)(value - entry)), value + 1);
    }
}

static void options_fill(struct text *to, const struct sandbox *sandbox, struct arena *arena)
{
    static const char *const walls[] = { "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--hostname", "job",
                                         "--die-with-parent", "--new-session" };
    for (int i = 0; i < countof(walls); i++) option(to, walls[i]);
    option_number(to, "--seccomp", sandbox->filter, NULL);
    option_number(to, "--json-status-fd", sandbox->status, NULL);
    option_number(to, "--sync-fd", sandbox->job_lock, NULL);
    option_number(to, "--block-fd", sandbox->gate, NULL);
    add_system(to);
    add_private(to, sandbox);
    add_job(to, sandbox, arena);
}

int sandbox_gate_create(void)
{
    char path[40];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    int gate = open(path, O_RDWR | O_CLOEXEC); /* both ends in one */
    close(ends[0]);
    close(ends[1]);
    return gate;
}

void sandbox_gate_open(int gate)
{
    if (write(gate, "x", 1) != 1) dprintf(STDERR_FILENO, "the sandbox's gate can't be opened\n");
}

bool sandbox_init(struct sandbox *sandbox, const struct job_plan *plan, const char *folder, int job_lock, int status, int gate,
                  struct error *error)
{
    *sandbox = (struct sandbox){ .plan = plan, .folder = folder, .options = -1, .job_lock = job_lock, .status = status, .gate = gate };
    sandbox->passwd = file_of("passwd", passwd, sizeof passwd - 1);
    sandbox->group = file_of("group", group, sizeof group - 1);
    sandbox->filter = call_filter_create(error);
    if (sandbox->filter < 0) return false;
    struct arena arena;
    struct text text;
    arena_init(&arena, RECORD_ARENA_BYTES);
    text_init(&text, &arena);
    options_fill(&text, sandbox, &arena);
    sandbox->options = file_of("options", text.bytes, text.length);
    arena_finish(&arena);
    if (sandbox->passwd < 0 || sandbox->group < 0 || sandbox->options < 0)
        return error_set_errno(error, ERROR_IO, "the sandbox's files can't be made");
    snprintf(sandbox->options_number, sizeof sandbox->options_number, "%d", sandbox->options);
    /* bwrap itself says nothing of the exit when it can't enter a folder or run a command, as if its walls had failed; a
     * shell in between makes a missing folder or interpreter what it is, a mistake of the job: 127. */
    const char *start[] = { plan->sandbox, "--args", sandbox->options_number, "--", "/bin/sh", "-c",
                            "cd \"./$1\" || exit 127; shift; exec \"$0\" \"$@\"", "/job/script", plan->working_folder };
    memcpy(sandbox->command, start, sizeof start);
    for (int i = 0; i < plan->argument_count; i++) sandbox->command[countof(start) + i] = plan->arguments[i];
    return true;
}

void sandbox_finish(struct sandbox *sandbox)
{
    int files[] = { sandbox->options, sandbox->filter, sandbox->passwd, sandbox->group };
    for (int i = 0; i < countof(files); i++)
        if (files[i] >= 0) close(files[i]);
}

static _Noreturn void stop(const char *what)
{
    dprintf(STDERR_FILENO, "aif: %s: %s\n", what, strerror(errno));
    _exit(127);
}

static bool limit(int resource, int64_t value)
{
    struct rlimit both;
    if (getrlimit((__rlimit_resource_t)resource, &both) != 0) return false;
    rlim_t wanted = (rlim_t)value;
    if (both.rlim_max != RLIM_INFINITY && wanted > both.rlim_max) wanted = both.rlim_max; /* the site's own is tighter */
    both.rlim_cur = both.rlim_max = wanted;
    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

/* RLIMIT_CPU is a second wall behind the clock: what all processors could give one process in the time, and a minute. */
static void limits_set(const struct job_plan *plan)
{
    int64_t processors = sysconf(_SC_NPROCESSORS_ONLN);
    bool is_set = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, FILE_BYTES_MAX) && limit(RLIMIT_NOFILE, JOB_FILES_MAX) &&
                  limit(RLIMIT_CPU, (plan->limit_s + plan->grace_s) * processors + 60) &&
                  limit(RLIMIT_NPROC, JOB_PROCESSES_MAX) && (!plan->memory_bytes || limit(RLIMIT_AS, plan->memory_bytes));
    if (!is_set) stop("the job's limits can't be set");
}

/* Children inherit ignored signals and the mask through exec; a job starts as if from a fresh login. */
static void signals_reset(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* After the last change of user, which would undo it. */
static void die_with(pid_t keeper)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != keeper) stop("the job has lost its keeper");
}

/* When memory runs out the kernel shall take the job and not its keeper or the agent. */
static void offer_to_oom(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "500", 3) != 3) errno = 0; /* a courtesy: the job runs without it */
    close(file);
}

static bool bind_to(int from, const char *to)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", from);
    return mount(path, to, NULL, MS_BIND, NULL) == 0;
}

static void root_give_up(const struct sandbox *sandbox)
{
    gid_t user = (gid_t)sandbox->plan->user;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) stop("no mount namespace");
    int folder = open(sandbox->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int work = openat(folder, "work", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int script = openat(folder, "script", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (work < 0 || script < 0) stop("the job's folder can't be opened");
    if (mount("tmpfs", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k") != 0 || mkdir("/mnt/work", 0755) != 0 ||
        mknod("/mnt/script", S_IFREG | 0644, 0) != 0 || !bind_to(work, "/mnt/work") || !bind_to(script, "/mnt/script"))
        stop("the job's folder can't be bound");
    if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
        stop("root can't be given up");
}

_Noreturn void sandbox_exec(const struct sandbox *sandbox, pid_t keeper)
{
    static char *const nothing[] = { NULL };
    int keep[] = { sandbox->options, sandbox->filter, sandbox->passwd, sandbox->group,
                   sandbox->job_lock, sandbox->status, sandbox->gate };
    signals_reset();
    offer_to_oom();
    if (sandbox->plan->user) root_give_up(sandbox);
    for (int i = 0; i < countof(keep); i++)
        if (fcntl(keep[i], F_SETFD, 0) != 0) stop("a file of the sandbox can't be kept open");
    limits_set(sandbox->plan);
    die_with(keeper);
    execve(sandbox->command[0], (char *const *)sandbox->command, nothing);
    stop(sandbox->command[0]);
}

_Noreturn void sandbox_exec_without(const struct job_plan *plan, const char *folder, pid_t keeper)
{
    char script[FOLDER_MAX + 16], work[2 * FOLDER_MAX + 16];
    const char *command[ARGUMENTS_MAX + 2] = { script }, *environment[countof(plan->environment) + 1] = { NULL };
    snprintf(script, sizeof script, "%s/script", folder);
    snprintf(work, sizeof work, "%s/work/%s", folder, plan->working_folder);
    memcpy(environment, plan->environment, (size_t)plan->environment_count * sizeof *environment);
    memcpy(command + 1, plan->arguments, (size_t)plan->argument_count * sizeof *command);
    signals_reset();
    offer_to_oom();
    limits_set(plan);
    die_with(keeper);
    setsid();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || chdir(work) != 0) stop("the working folder can't be entered");
    execve(script, (char *const *)command, (char *const *)environment);
    stop("the script can't be run");
}

static int64_t give_to; /* nftw hands its callback no argument; a keeper gives away one folder in its life */

static int give_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)kind, (void)place;
    if (about->st_uid == (uid_t)give_to && about->st_gid == (gid_t)give_to) return 0;
    return lchown(path, (uid_t)give_to, (gid_t)give_to);
}

bool sandbox_give(const char *folder, int64_t user, struct error *error)
{
    char work[FOLDER_MAX + 16];
    if (!user) return true;
    snprintf(work, sizeof work, "%s/work", folder);
    give_to = user;
    return nftw(work, give_one, 16, FTW_PHYS | FTW_MOUNT) == 0 ||
           error_set_errno(error, ERROR_IO, "the work folder can't be given to the job's user");
}

static bool probe_folder_make(const char *folder, struct error *error)
{
    static const char script[] = "#!/usr/bin/true\n";
    char path[FOLDER_MAX + 16];
    snprintf(path, sizeof path, "%s/work", folder);
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) || (mkdir(path, 0700) != 0 && errno != EEXIST))
        return error_set_errno(error, ERROR_IO, "%s can't be made", path);
    snprintf(path, sizeof path, "%s/script", folder);
    unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    bool is_made = file >= 0 && write(file, script, sizeof script - 1) == (ssize_t)sizeof script - 1 && fchmod(file, 0755) == 0;
    if (file >= 0) close(file);
    return is_made || error_set_errno(error, ERROR_IO, "%s can't be made", path);
}

/* Reads the first line of what the child complains about, until it ends or the time is over. */
static void complaint_read(int from, int64_t until_ms, char *reason, size_t room)
{
    size_t length = 0;
    for (;;) {
        struct pollfd ready = { .fd = from, .events = POLLIN };
        int64_t left_ms = until_ms - clock_monotonic_ms();
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0) break;
        char dropped[256];
        bool has_room = length + 1 < room;
        ssize_t got = read(from, has_room ? reason + length : dropped, has_room ? room - length - 1 : sizeof dropped);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (has_room) length += (size_t)got;
    }
    reason[length] = 0;
    reason[strcspn(reason, "\n")] = 0;
}

static bool probe_run(const struct sandbox *sandbox, const int ends[2], char *reason, size_t room)
{
    enum { PROBE_MS = 10000 };
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        sandbox_exec(sandbox, parent);
    }
    close(ends[1]);
    int status = -1;
    if (child > 0) {
        complaint_read(ends[0], clock_monotonic_ms() + PROBE_MS, reason, room);
        kill(child, SIGKILL); /* ours and not yet waited for: the number is still its own; gone already if all went well */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    }
    close(ends[0]);
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    if (!*reason) snprintf(reason, room, "%s didn't end within %d s", sandbox->plan->sandbox, PROBE_MS / 1000);
    return false;
}

bool sandbox_probe(const char *folder, const char *program, int64_t user, char *reason, size_t room)
{
    struct error error;
    struct job_plan plan = { .key = "probe", .partition = "", .sandbox = program, .limit_s = 10, .user = user, .working_folder = "" };
    struct sandbox sandbox;
    int ends[2] = { -1, -1 }, status = open("/dev/null", O_WRONLY | O_CLOEXEC), lock = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int gate = sandbox_gate_create();
    reason[0] = 0;
    bool is_ready = probe_folder_make(folder, &error) && sandbox_give(folder, user, &error);
    if (is_ready && (status < 0 || lock < 0 || gate < 0 || pipe2(ends, O_CLOEXEC) != 0))
        is_ready = error_set_errno(&error, ERROR_IO, "no files are left");
    bool has_walls = false;
    if (is_ready) {
        sandbox_gate_open(gate);
        is_ready = sandbox_init(&sandbox, &plan, folder, lock, status, gate, &error);
        if (is_ready) has_walls = probe_run(&sandbox, ends, reason, room);
        sandbox_finish(&sandbox);
    }
    if (!is_ready) snprintf(reason, room, "%s", error.text);
    if (status >= 0) close(status);
    if (lock >= 0) close(lock);
    if (gate >= 0) close(gate);
    return has_walls;
}
