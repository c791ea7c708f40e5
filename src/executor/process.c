/* SPDX-License-Identifier: EUPL-1.2 */
/* process.c - process numbers are used again, so no signal here goes to a number: each process is pinned by a pidfd
 * first, then looked at once more (still a child of one of ours, still holding the file), then signalled through the
 * pidfd. The tree comes from one pass over /proc/PID/stat and not from /proc/PID/task/TID/children, which not every
 * kernel has and which lists per thread. */
#include "executor/process.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct process { pid_t pid, parent; bool is_ours; };

static ssize_t file_read(const char *path, char *to, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t got = read(file, to, room - 1);
    close(file);
    to[got > 0 ? got : 0] = 0;
    return got;
}

void process_boot(char to[40])
{
    to[0] = 0;
    if (file_read("/proc/sys/kernel/random/boot_id", to, 40) > 0) to[strcspn(to, "\n")] = 0;
}

/* Field 4 (parent) and 22 (start time) of proc(5) stat. The name in field 2 may hold blanks and brackets. */
static bool stat_read(pid_t pid, pid_t *parent, int64_t *ticks)
{
    char path[40], line[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    if (file_read(path, line, sizeof line) <= 0) return false;
    char *behind_name = strrchr(line, ')');
    long parent_number = 0;
    long long started = 0;
    if (!behind_name || sscanf(behind_name + 1, " %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld",
                               &parent_number, &started) != 2)
        return false;
    *parent = (pid_t)parent_number;
    *ticks = started;
    return true;
}

bool process_ticks(pid_t pid, int64_t *ticks)
{
    pid_t parent;
    return stat_read(pid, &parent, ticks);
}

static pid_t pid_of(const struct dirent *entry)
{
    return isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
}

static int by_pid(const void *a, const void *b)
{
    const struct process *one = a, *other = b;
    return one->pid < other->pid ? -1 : one->pid > other->pid;
}

/* All processes of the machine by ascending number, in memory that the caller frees. */
static struct process *processes_list(int *count)
{
    int room = 512;
    struct process *all = malloc((size_t)room * sizeof *all);
    DIR *proc = opendir("/proc");
    *count = 0;
    for (struct dirent *entry; all && proc && (entry = readdir(proc));) {
        struct process one = { .pid = pid_of(entry) };
        int64_t ticks;
        if (!one.pid || !stat_read(one.pid, &one.parent, &ticks)) continue;
        if (*count == room) {
            struct process *more = realloc(all, (size_t)(room *= 2) * sizeof *all);
            if (!more) break;
            all = more;
        }
        all[(*count)++] = one;
    }
    if (proc) closedir(proc);
    if (all) qsort(all, (size_t)*count, sizeof *all, by_pid);
    return all;
}

static bool is_ours(const struct process *all, int count, pid_t pid, pid_t root)
{
    const struct process *found = bsearch(&(struct process){ .pid = pid }, all, (size_t)count, sizeof *all, by_pid);
    return pid == root || (found && found->is_ours);
}

/* Children may have lower numbers than their parents, so marking repeats until nothing is added. */
static void tree_mark(struct process *all, int count, pid_t root)
{
    for (bool is_added = true; is_added;) {
        is_added = false;
        for (int i = 0; i < count; i++) {
            if (all[i].is_ours || all[i].pid == root || !is_ours(all, count, all[i].parent, root)) continue;
            all[i].is_ours = is_added = true;
        }
    }
}

static int pidfd_open_of(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

static bool pidfd_signal(int pidfd, int signal) { return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0; }

int process_tree_signal(pid_t root, int signal)
{
    int count, hit = 0;
    struct process *all = processes_list(&count);
    if (!all) return 0;
    tree_mark(all, count, root);
    for (int i = 0; i < count; i++) {
        if (!all[i].is_ours) continue;
        int pidfd = pidfd_open_of(all[i].pid);
        if (pidfd < 0) continue;
        pid_t parent;
        int64_t ticks;
        bool is_still_ours = stat_read(all[i].pid, &parent, &ticks) && is_ours(all, count, parent, root);
        if (is_still_ours && pidfd_signal(pidfd, signal)) hit++;
        close(pidfd);
    }
    free(all);
    return hit;
}

static bool holds_file(pid_t pid, const struct stat *file)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *open_files = opendir(path);
    if (!open_files) return false;
    bool is_held = false;
    struct stat about;
    for (struct dirent *entry; !is_held && (entry = readdir(open_files));)
        is_held = fstatat(dirfd(open_files), entry->d_name, &about, 0) == 0 && about.st_dev == file->st_dev &&
                  about.st_ino == file->st_ino;
    closedir(open_files);
    return is_held;
}

int process_kill_holders(int folder, const char *file)
{
    struct stat about;
    int count, killed = 0;
    if (fstatat(folder, file, &about, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    struct process *all = processes_list(&count);
    for (int i = 0; all && i < count; i++) {
        int pidfd = all[i].pid == getpid() ? -1 : pidfd_open_of(all[i].pid);
        if (pidfd < 0) continue;
        if (holds_file(all[i].pid, &about) && pidfd_signal(pidfd, SIGKILL)) killed++;
        close(pidfd);
    }
    free(all);
    return killed;
}
