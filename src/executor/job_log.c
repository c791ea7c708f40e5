/* SPDX-License-Identifier: EUPL-1.2 */
/* job_log.c - a pipe in between, so that a job that prints for ever fills neither the disk nor, by sparse writes, the
 * file's offsets: what is over the cap is read and dropped, the job doesn't notice. The same when the disk is full. */
#include "executor/job_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool job_log_init(struct job_log *log, int folder, const char *file, int64_t cap_bytes, int *write_end)
{
    int ends[2];
    *log = (struct job_log){ .from = -1, .cap_bytes = cap_bytes };
    log->to = openat(folder, file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log->to < 0) return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(log->to);
        return false;
    }
    log->from = ends[0];
    *write_end = ends[1];
    return fcntl(log->from, F_SETFL, O_NONBLOCK) == 0; /* the job's end stays an ordinary pipe */
}

static bool log_write(struct job_log *log, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(log->to, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= (size_t)written;
        log->written_bytes += written;
    }
    return true;
}

void job_log_say(struct job_log *log, const char *line)
{
    char marked[400];
    int length = snprintf(marked, sizeof marked, "aif: %s\n", line);
    log_write(log, marked, (size_t)length < sizeof marked ? (size_t)length : sizeof marked - 1);
}

static void log_cut(struct job_log *log, const char *why)
{
    char line[120];
    snprintf(line, sizeof line, "the log was cut after %lld bytes: %s", (long long)log->written_bytes, why);
    log->is_cut = true;
    log_write(log, "\n", 1);
    job_log_say(log, line);
}

static void log_add(struct job_log *log, const char *bytes, size_t size)
{
    if (log->is_cut) return;
    int64_t room = log->cap_bytes - log->written_bytes;
    size_t part = room <= 0 ? 0 : (int64_t)size > room ? (size_t)room : size;
    if (!log_write(log, bytes, part)) log_cut(log, strerror(errno));
    else if (part < size) log_cut(log, "it may not grow longer");
}

void job_log_copy(struct job_log *log)
{
    enum { PIECES = 64 }; /* a mebibyte, then the caller looks at the clock again */
    char bytes[16384];
    for (int i = 0; i < PIECES && log->from >= 0; i++) {
        ssize_t got = read(log->from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got > 0) {
            log_add(log, bytes, (size_t)got);
            continue;
        }
        close(log->from);
        log->from = -1;
    }
}

void job_log_finish(struct job_log *log)
{
    job_log_copy(log);
    if (log->from >= 0) close(log->from);
    fsync(log->to);
    close(log->to);
}
