/* SPDX-License-Identifier: EUPL-1.2 */
/* file.c - durable means: the file, then the name, which is the folder's. The new file is always a fresh one and never opened
 * through a link, so what a stranger put under its name is neither written to nor kept. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_write_all(int file, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t written = write(file, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        size -= (size_t)written;
    }
    return true;
}

bool file_write_all_at(int file, const void *bytes, size_t size, int64_t offset)
{
    const char *at = bytes;
    while (size) {
        ssize_t written = pwrite(file, at, size, offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        size -= (size_t)written;
        offset += written;
    }
    return true;
}

static bool failed(const char *name, struct error *error)
{
    return error_set_errno(error, errno == ENOSPC || errno == EDQUOT ? ERROR_FULL : ERROR_IO, "%s can't be written", name);
}

bool file_save(int folder, const char *name, const void *bytes, size_t size, enum file_care care, struct error *error)
{
    char fresh[NAME_MAX + 1];
    int length = snprintf(fresh, sizeof fresh, "%s.new", name);
    CHECK(length > 0 && (size_t)length < sizeof fresh && !strchr(name, '/'));
    unlinkat(folder, fresh, 0);
    int file = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return failed(name, error);
    bool is_written = file_write_all(file, bytes, size) && (care == FILE_QUICK || fsync(file) == 0);
    int reason = errno;
    if (close(file) != 0 && is_written) is_written = false, reason = errno;
    errno = reason;
    if (!is_written || renameat(folder, fresh, folder, name) != 0 || (care == FILE_DURABLE && fsync(folder) != 0)) return failed(name, error);
    return true;
}

ssize_t file_load(const char *path, enum file_secrecy secrecy, char *text, size_t room, struct error *error)
{
    struct stat status;
    ssize_t size = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    if (file < 0) return error_set_errno(error, ERROR_CONFIG, "%s can't be opened", path), -1;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) error_set(error, ERROR_CONFIG, "%s isn't a file", path);
    else if (secrecy == FILE_SECRET && status.st_mode & 0077) error_set(error, ERROR_CONFIG, "%s may be read by others: chmod 600 %s", path, path);
    else if ((size = read(file, text, room)) < 0) error_set_errno(error, ERROR_IO, "%s can't be read", path);
    close(file);
    if (size == (ssize_t)room) return error_set(error, ERROR_CONFIG, "%s has more than %zu bytes", path, room - 1), -1;
    if (size >= 0) text[size] = 0;
    return size;
}

bool file_hash(int file, char hex[HASH_HEX + 1], int64_t *size_bytes)
{
    char bytes[64 * 1024];
    struct sha256_stream *stream = sha256_stream_create();
    ssize_t got;
    *size_bytes = 0;
    while ((got = pread(file, bytes, sizeof bytes, *size_bytes)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0) continue;
        sha256_stream_add(stream, bytes, (size_t)got);
        *size_bytes += got;
    }
    int reason = errno;
    struct hash hash = sha256_stream_end(stream);
    hex_format(hash.bytes, HASH_BYTES, hex);
    errno = reason;
    return got == 0;
}

bool folder_make(const char *path, struct error *error)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part) return error_set(error, ERROR_CONFIG, "the path of the folder is too long");
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != 0) continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST) return error_set_errno(error, ERROR_IO, "the folder %s can't be made", part);
    }
    return true;
}
