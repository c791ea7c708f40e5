/* SPDX-License-Identifier: EUPL-1.2 */
/* streams.h - bytes of jobs on the server's disk: DATA/streams/AB/JOB/log, error, out/PATH; AB are the last two letters of the
 * job's id. Appended to by offset, so that repeating is harmless. On a reader's thread: every function may wait for the disk. */
#ifndef API_STREAMS_H
#define API_STREAMS_H

#include "api/state.h"

/* Opens it for reading, with its size now. -1: it isn't there. */
int stream_open(const struct api *api, struct id job, const char *name, int64_t *size_bytes);

enum stream_result { STREAM_KEPT, STREAM_OFFSET, STREAM_TOO_LARGE, STREAM_PATH, STREAM_FULL, STREAM_FAILED };
/* Puts bytes at offset, which must not lie behind the end; what is there already is left as it is. *size_bytes: how much there is
 * afterwards. OFFSET: a gap. TOO_LARGE: over *size_bytes of log, or of all outputs of the job. PATH: something else has that name.
 * FULL: no space. */
enum stream_result stream_append(struct api *api, struct id job, const char *name, int64_t offset, const char *bytes, size_t length, int64_t *size_bytes);

/* Makes sure that its bytes survive a loss of power. True also if it isn't there. */
bool stream_sync(const struct api *api, struct id job, const char *name);

/* All streams of the job that are on the disk, in the arena. */
struct stream_file { char name[FOLDER_PATH_MAX + 8]; int64_t size_bytes; };
struct stream_files { struct stream_file *files; int count; };
void streams_list(const struct api *api, struct id job, struct arena *arena, struct stream_files *list);

#endif
