/* SPDX-License-Identifier: EUPL-1.2 */
/* beneath.c - openat() with O_NOFOLLOW for each part; openat2() would do it in one call, where the kernel has it. */
#include "cli/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of path's last part. Takes nothing, gives a descriptor of its own. */
static int folder_of(int folder, const char *path, bool make, const char **name)
{
    int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    const char *slash;
    while (at >= 0 && (slash = strchr(path, '/'))) {
        char part[256];
        size_t length = (size_t)(slash - path);
        if (!length || length >= sizeof part) {
            close(at);
            errno = EINVAL;
            return -1;
        }
        memcpy(part, path, length);
        part[length] = 0;
        if (make && mkdirat(at, part, 0777) < 0 && errno != EEXIST) {
            close(at);
            return -1;
        }
        int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int kept = errno;
        close(at);
        errno = kept == ENOTDIR ? ELOOP : kept;
        at = next;
        path = slash + 1;
    }
    *name = path;
    return at;
}

int beneath_open(int folder, const char *path, int64_t *size_bytes)
{
    struct stat status;
    const char *name;
    int at = folder_of(folder, path, false, &name);
    if (at < 0) return -1;
    int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), kept = errno;
    close(at);
    errno = kept;
    if (fd < 0) return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        *size_bytes = status.st_size;
        return fd;
    }
    close(fd);
    errno = ELOOP;
    return -1;
}

int beneath_make(int folder, const char *path, const char **name) { return folder_of(folder, path, true, name); }

char *file_text_of(int fd, const char *name, size_t most, size_t *length, struct error *error)
{
    char *bytes = malloc(most + 2);
    ssize_t got = 1;
    *length = 0;
    if (!bytes) {
        error_set(error, ERROR_FULL, "There is no memory for %.200s.", name);
        return NULL;
    }
    while (*length <= most && (got = read(fd, bytes + *length, most + 1 - *length)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) break;
        *length += (size_t)got;
    }
    bytes[*length] = 0;
    if (got >= 0 && *length <= most) return bytes;
    if (got < 0) error_set_errno(error, ERROR_INPUT, "%.200s can't be read", name);
    else error_set(error, ERROR_INPUT, "%.200s is longer than %zu bytes.", name, most);
    free(bytes);
    return NULL;
}

char *file_text(const char *path, size_t most, size_t *length, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(error, ERROR_INPUT, "%.200s can't be read", path);
        return NULL;
    }
    char *bytes = file_text_of(fd, path, most, length, error);
    close(fd);
    return bytes;
}
