/* SPDX-License-Identifier: EUPL-1.2 */
/* files.c - each part of a path is opened by itself with O_NOFOLLOW, from the folder that was opened before: a link in the
 * middle, or one that is put there meanwhile, fails instead of leading away. Durable means: the file, then its folder. */
#include "agent/files.h"

#include "agent/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, REMOVE_DEPTH = 64 };

int files_folder(int parent, const char *name, struct error *error)
{
    bool is_new = mkdirat(parent, name, 0700) == 0;
    if (!is_new && errno != EEXIST) return error_set_errno(error, ERROR_IO, "folder %s can't be made", name), -1;
    int folder = openat(parent, name, FOLDER_FLAGS);
    if (folder >= 0 && (!is_new || fsync(parent) == 0)) return folder;
    error_set_errno(error, ERROR_IO, "folder %s can't be opened", name);
    if (folder >= 0) close(folder);
    return -1;
}

int files_folder_open(int parent, const char *name) { return openat(parent, name, FOLDER_FLAGS); }

/* The folder that holds the path's last part, of which *last is the beginning. Not durable by itself. */
static int parent_open(int folder, const char *path, bool make, const char **last)
{
    char part[256];
    int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    for (const char *slash; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        size_t length = (size_t)(slash - path);
        if (length >= sizeof part) break;
        memcpy(part, path, length);
        part[length] = 0;
        if (make && mkdirat(at, part, 0700) == 0) (void)fsync(at);
        int next = openat(at, part, FOLDER_FLAGS);
        close(at);
        at = next;
    }
    *last = path;
    return at;
}

int files_open(int folder, const char *path)
{
    const char *last;
    struct stat status;
    int parent = parent_open(folder, path, false, &last);
    if (parent < 0) return -1;
    int file = openat(parent, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a pipe must not hold us up */
    close(parent);
    if (file < 0) return -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) return file;
    close(file);
    return -1;
}

int files_part(int folder, const char *name, struct error *error)
{
    unlinkat(folder, name, 0);
    int file = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) error_set_errno(error, ERROR_IO, "file %s can't be made", name);
    return file;
}

bool files_place(int folder, const char *name, int into, const char *path, bool is_executable, struct error *error)
{
    const char *last;
    int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool is_placed = file >= 0 && fchmod(file, is_executable ? 0700 : 0600) == 0 && fsync(file) == 0;
    int parent = is_placed ? parent_open(into, path, true, &last) : -1;
    is_placed = parent >= 0 && renameat(folder, name, parent, last) == 0 && fsync(parent) == 0;
    if (!is_placed) error_set_errno(error, ERROR_IO, "file %s can't be put into the job's folder", path);
    if (parent >= 0) close(parent);
    if (file >= 0) close(file);
    return is_placed;
}

/* ---- remove ---- */

/* A job may nest folders deeper than we may open them one in another: what is too deep is moved up to the top, where the
 * next round finds it. */
static bool move_up(int folder, const char *name, ino_t number, int top)
{
    char fresh[40];
    snprintf(fresh, sizeof fresh, ".deep-%llu", (unsigned long long)number);
    return renameat(folder, name, top, fresh) == 0;
}

static void remove_within(int folder, int top, int depth, int *budget);

static void remove_folder(int folder, const char *name, int top, int depth, int *budget)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode)) return;
    if (fchmodat(folder, name, 0700, 0) != 0) return; /* a job may have locked itself out */
    if (depth == REMOVE_DEPTH) {
        (void)move_up(folder, name, status.st_ino, top);
        return;
    }
    int below = openat(folder, name, FOLDER_FLAGS);
    if (below < 0) return;
    remove_within(below, top, depth + 1, budget);
    close(below);
    unlinkat(folder, name, AT_REMOVEDIR);
}

static void remove_within(int folder, int top, int depth, int *budget)
{
    int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (!list) {
        if (copy >= 0) close(copy);
        return;
    }
    rewinddir(list);
    for (struct dirent *entry; *budget > 0 && (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        --*budget;
        if (unlinkat(folder, entry->d_name, 0) != 0) remove_folder(folder, entry->d_name, top, depth, budget);
    }
    closedir(list);
}

bool files_remove(int parent, const char *name, int budget)
{
    int folder = openat(parent, name, FOLDER_FLAGS);
    if (folder < 0) return errno == ENOENT;
    remove_within(folder, folder, 0, &budget);
    close(folder);
    return unlinkat(parent, name, AT_REMOVEDIR) == 0;
}
