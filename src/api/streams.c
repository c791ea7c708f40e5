/* SPDX-License-Identifier: EUPL-1.2 */
/* streams.c - files are opened part by part from the streams' folder down, never through a link, so no name can lead elsewhere.
 *
 * Two writers of one stream (an agent that came back while its old request is still under way) take turns by a lock on the file. */
#include "api/streams.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 128 }; /* a path of 255 bytes has at most that many parts */

/* Opens the folder `part` of the folder fd, made first, durably, if `make`; closes fd. */
static int step_into(int fd, const char *part, bool make)
{
    if (fd < 0) return -1;
    if (make && (mkdirat(fd, part, 0700) == 0 ? fsync(fd) != 0 : errno != EEXIST)) {
        int reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    int next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int code = errno;
    close(fd);
    errno = code;
    return next;
}

static int job_folder_open(const struct api *api, struct id job, bool make)
{
    size_t length = strlen(job.text);
    if (length < 3 || strspn(job.text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != length) return errno = ENOENT, -1;
    int fd = open(api->streams_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = step_into(fd, job.text + length - 2, make);
    return step_into(fd, job.text, make);
}

/* Opens the folder that holds the file of a safe name, whose last part goes to `last`. */
static int parent_open(const struct api *api, struct id job, const char *name, bool make, char last[FOLDER_PATH_MAX + 8])
{
    char path[FOLDER_PATH_MAX + 8];
    int fd = job_folder_open(api, job, make);
    if (!v1_stream_name_is_safe(name) || snprintf(path, sizeof path, "%s", name) >= (int)sizeof path) {
        if (fd >= 0) close(fd);
        errno = ENAMETOOLONG;
        return -1;
    }
    char *part = path;
    for (char *slash; (slash = strchr(part, '/')); part = slash + 1) {
        *slash = 0;
        fd = step_into(fd, part, make);
    }
    memcpy(last, part, strlen(part) + 1);
    return fd;
}

static int file_open(const struct api *api, struct id job, const char *name, int flags)
{
    char last[FOLDER_PATH_MAX + 8];
    int fd = parent_open(api, job, name, flags & O_CREAT, last);
    if (fd < 0) return -1;
    int file = openat(fd, last, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    int code = errno;
    close(fd);
    errno = code;
    return file;
}

int stream_open(const struct api *api, struct id job, const char *name, int64_t *size_bytes)
{
    struct stat status;
    int fd = file_open(api, job, name, O_RDONLY);
    if (fd < 0) return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *size_bytes = status.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

/* ---- what a job's outputs have together ---- */

static void walk(int fd, char *name, size_t length, int depth, void (*seen)(void *context, const char *name, int64_t size_bytes), void *context)
{
    struct stat status;
    DIR *entries = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!entries) {
        close(fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        size_t size = strlen(entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || length + size + 2 > FOLDER_PATH_MAX + 8) continue;
        if (fstatat(dirfd(entries), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        memcpy(name + length, entry->d_name, size + 1);
        if (S_ISREG(status.st_mode)) seen(context, name, status.st_size);
        if (!S_ISDIR(status.st_mode)) continue;
        int below = openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        memcpy(name + length + size, "/", 2);
        if (below >= 0) walk(below, name, length + size + 1, depth + 1, seen, context);
    }
    closedir(entries);
}

static void walk_job(const struct api *api, struct id job, void (*seen)(void *context, const char *name, int64_t size_bytes), void *context)
{
    char name[FOLDER_PATH_MAX + 16] = "";
    int fd = job_folder_open(api, job, false);
    if (fd >= 0) walk(fd, name, 0, 0, seen, context);
}

static bool is_output(const char *name) { return strncmp(name, "out/", 4) == 0; }

static void add_output(void *context, const char *name, int64_t size_bytes)
{
    struct output_total *total = context;
    if (!is_output(name)) return;
    total->size_bytes += size_bytes;
    total->files++;
}

static struct output_total *total_slot(struct api *api, struct id job)
{
    return &api->outputs[text_bucket(job.text, OUTPUT_BUCKETS)];
}

/* Takes `more` bytes and files out of what the job's outputs may have; false: that would be too much. */
static bool outputs_take(struct api *api, struct id job, int64_t more, int files)
{
    struct output_total *slot = total_slot(api, job), counted = { .job = job };
    pthread_mutex_lock(&api->lock);
    bool known = id_equal(slot->job, job);
    pthread_mutex_unlock(&api->lock);
    if (!known) walk_job(api, job, add_output, &counted);
    pthread_mutex_lock(&api->lock);
    if (!id_equal(slot->job, job)) *slot = counted;
    bool fits = slot->size_bytes + more <= API_OUTPUTS_BYTES && slot->files + files <= API_OUTPUTS;
    if (fits) slot->size_bytes += more, slot->files += files;
    pthread_mutex_unlock(&api->lock);
    return fits;
}

/* ---- appending ---- */

static enum stream_result failure(void)
{
    if (errno == ENOSPC || errno == EDQUOT) return STREAM_FULL;
    return errno == ENOTDIR || errno == EISDIR || errno == ELOOP || errno == ENAMETOOLONG || errno == EEXIST || errno == ENXIO ? STREAM_PATH : STREAM_FAILED;
}

/* With the file locked: what lies behind its end is new, the rest is a repetition. */
static enum stream_result append_locked(struct api *api, int fd, struct id job, const char *name, int64_t offset, const char *bytes, size_t length, int64_t *size_bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0) return STREAM_FAILED;
    if (!S_ISREG(status.st_mode)) return STREAM_PATH;
    int64_t have = *size_bytes = status.st_size, repeated = have - offset, more = (int64_t)length - repeated;
    if (repeated < 0) return STREAM_OFFSET;
    if (more <= 0) return STREAM_KEPT;
    bool output = is_output(name);
    if (output ? !outputs_take(api, job, more, 0) : have + more > API_LOG_BYTES) {
        *size_bytes = output ? API_OUTPUTS_BYTES : API_LOG_BYTES;
        return STREAM_TOO_LARGE;
    }
    if (!file_write_all_at(fd, bytes + repeated, (size_t)more, have)) {
        enum stream_result result = failure();
        if (ftruncate(fd, have) != 0) result = STREAM_FAILED;
        if (output) (void)outputs_take(api, job, -more, 0);
        return result;
    }
    *size_bytes = have + more;
    return STREAM_KEPT;
}

/* Opens the stream, made first if these are its first bytes; outputs are counted before they are made. */
static int open_to_append(struct api *api, struct id job, const char *name, int64_t offset, enum stream_result *result, int64_t *size_bytes)
{
    int fd = file_open(api, job, name, O_RDWR);
    *size_bytes = 0;
    if (fd < 0 && errno == ENOENT) {
        *result = STREAM_OFFSET;
        if (offset > 0) return -1;
        *result = STREAM_TOO_LARGE;
        *size_bytes = API_OUTPUTS_BYTES;
        if (is_output(name) && !outputs_take(api, job, 0, 1)) return -1;
        fd = file_open(api, job, name, O_RDWR | O_CREAT);
    }
    if (fd < 0) *result = failure();
    return fd;
}

enum stream_result stream_append(struct api *api, struct id job, const char *name, int64_t offset, const char *bytes, size_t length, int64_t *size_bytes)
{
    enum stream_result result = STREAM_FAILED;
    int fd = open_to_append(api, job, name, offset, &result, size_bytes);
    if (fd < 0) return result;
    if (flock(fd, LOCK_EX) == 0) result = append_locked(api, fd, job, name, offset, bytes, length, size_bytes);
    close(fd);
    return result;
}

bool stream_sync(const struct api *api, struct id job, const char *name)
{
    char last[FOLDER_PATH_MAX + 8];
    int folder = parent_open(api, job, name, false, last);
    int fd = folder >= 0 ? openat(folder, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    bool ok = fd >= 0 ? fsync(fd) == 0 && fsync(folder) == 0 : errno == ENOENT || failure() == STREAM_PATH; /* never sent, or never could be: nothing to keep */
    if (fd >= 0) close(fd);
    if (folder >= 0) close(folder);
    return ok;
}

/* ---- the list ---- */

struct listing { struct stream_files *list; int room; };

static void add_file(void *context, const char *name, int64_t size_bytes)
{
    struct listing *listing = context;
    if (listing->list->count == listing->room || !v1_stream_name_is_safe(name)) return;
    struct stream_file *file = &listing->list->files[listing->list->count++];
    snprintf(file->name, sizeof file->name, "%s", name);
    file->size_bytes = size_bytes;
}

static int by_name(const void *a, const void *b) { return strcmp(((const struct stream_file *)a)->name, ((const struct stream_file *)b)->name); }

/* Room is taken before the walk: a full arena would jump out of it, with folders open. */
void streams_list(const struct api *api, struct id job, struct arena *arena, struct stream_files *list)
{
    struct listing listing = { .list = list, .room = API_OUTPUTS + 2 };
    *list = (struct stream_files){ .files = arena_take(arena, sizeof *list->files * (size_t)listing.room) };
    walk_job(api, job, add_file, &listing);
    qsort(list->files, (size_t)list->count, sizeof *list->files, by_name);
}
