/* SPDX-License-Identifier: EUPL-1.2 */
/* bytes.c - a job's log and outputs for its people: the list, and the bytes from an offset or by one range.
 *
 * What a job wrote is never shown as a page of ours: it goes out as bytes or plain text that a browser doesn't interpret. */
#include "api/handlers.h"
#include "api/reach.h"
#include "api/streams.h"

#include <string.h>
#include <unistd.h>

/* Where a stream belongs when it is fetched: outputs at their path, log and error where the job's options said. */
static const char *path_of_stream(const struct job *job, const char *name)
{
    if (strncmp(name, "out/", 4) == 0) return name + 4;
    return strcmp(name, "log") == 0 ? job->output : job->error;
}

static void put_stream(struct json_writer *writer, const struct job *job, const char *name, int64_t size_bytes, const char *hash, int64_t ended_ms)
{
    json_open(writer, '{');
    json_text_field(writer, "job", job->id.text);
    json_text_field(writer, "project", job->project.text);
    json_text_field(writer, "name", name);
    json_text_field(writer, "path", path_of_stream(job, name));
    json_number_field(writer, "size_bytes", size_bytes);
    json_flag_field(writer, "complete", hash != NULL);
    json_text_field(writer, "hash", hash);
    json_time_field(writer, "ended_ms", ended_ms);
    json_close(writer, '}');
}

static const struct stream *find_row(const struct store_list *rows, const char *name)
{
    for (int i = 0; i < rows->count; i++) {
        const struct stream *row = (const struct stream *)rows->rows + i;
        if (strcmp(row->name, name) == 0) return row;
    }
    return NULL;
}

bool api_job_streams(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    struct store_list rows;
    struct stream_files files;
    struct text out;
    if (!call_job(call, store, &job, error)) return false;
    if (!job) return true;
    if (!store_select(store, &stream_shape, "WHERE job = $1 ORDER BY name", &STORE_TEXT(job->id.text), 1, API_OUTPUTS + 2, &call->arena, &rows, error)) return false;
    streams_list(call->api, job->id, &call->arena, &files);
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "streams");
    json_open(&writer, '[');
    for (int i = 0; i < rows.count; i++) {
        const struct stream *row = (const struct stream *)rows.rows + i;
        put_stream(&writer, job, row->name, row->size_bytes, row->hash, row->ended_ms);
    }
    for (int i = 0; i < files.count; i++)
        if (!find_row(&rows, files.files[i].name)) put_stream(&writer, job, files.files[i].name, files.files[i].size_bytes, NULL, 0);
    json_close(&writer, ']');
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}

/* ---- one stream ---- */

struct span { int64_t from, to; bool is_part; }; /* to: behind the last */

/* "bytes=5-9", "bytes=5-", "bytes=-3"; anything else, several ranges too, is as if it weren't there (RFC 9110, 14.2).
 * False: nothing of it is there. */
static bool range_read(const char *range, int64_t size, struct span *span, struct arena *arena)
{
    int64_t first, last;
    if (!range || strncmp(range, "bytes=", 6) != 0 || strchr(range, ',')) return true;
    range += 6;
    const char *dash = strchr(range, '-');
    if (!dash || strspn(range, "0123456789-") != strlen(range) || strchr(dash + 1, '-')) return true;
    if (dash == range) {
        if (!text_to_number(dash + 1, &last)) return true;
        *span = (struct span){ last < size ? size - last : 0, size, true };
        return last > 0 && size > 0;
    }
    if (!text_to_number(arena_text_n(arena, range, (size_t)(dash - range)), &first)) return true;
    if (!dash[1]) last = size - 1;
    else if (!text_to_number(dash + 1, &last)) return true;
    if (last < first && dash[1]) return true;
    if (first >= size) return false;
    *span = (struct span){ first, last < size ? last + 1 : size, true };
    return true;
}

static void answer_span(struct api_call *call, int fd, int64_t size, const struct stream *row, bool is_log)
{
    struct span span = { 0, size, false };
    int64_t offset = call_query_number(call, "offset", 0);
    struct arena *arena = &call->arena;
    span.from = offset < size ? offset : size;
    bool there = call_query(call, "offset") || range_read(http_request_header(call->request, "Range"), size, &span, arena);
    const char *type = is_log ? route_type_name(TYPE_TEXT) : route_type_name(TYPE_BYTES);
    if (!there) {
        close(fd);
        answer_refusal(call, refuse(REFUSAL_RANGE, argument_size(size)));
        answer_header(call, "Content-Range", arena_format(arena, "bytes */%lld", (long long)size));
        return;
    }
    answer_file(call, span.is_part ? 206 : 200, type, fd, (uint64_t)span.from, (uint64_t)(span.to - span.from));
    answer_header(call, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    answer_header(call, "Aif-Complete", row && row->size_bytes == size ? "true" : "false");
    if (!is_log) answer_header(call, "Content-Disposition", "attachment");
    if (span.is_part) answer_header(call, "Content-Range", arena_format(arena, "bytes %lld-%lld/%lld", (long long)span.from, (long long)span.to - 1, (long long)size));
}

/* A job that hasn't written yet has an empty log, so that followers may begin before it does. */
bool api_job_stream(struct api_call *call, struct store *store, struct error *error)
{
    const struct job *job;
    const char *name = call->values.name;
    struct stream row;
    int64_t size = 0;
    bool found = false;
    if (!v1_stream_name_is_safe(name)) {
        answer_refusal(call, refuse(REFUSAL_INVALID_PATH, argument_name("name")));
        return true;
    }
    if (!call_job(call, store, &job, error)) return false;
    if (!job) return true;
    if (!store_find(store, &stream_shape, (const char *const[]){ job->id.text, name }, &call->arena, &row, &found, error)) return false;
    bool is_log = strcmp(name, "log") == 0 || strcmp(name, "error") == 0;
    int fd = stream_open(call->api, job->id, name, &size);
    if (fd >= 0) answer_span(call, fd, size, found ? &row : NULL, is_log);
    else if (strcmp(name, "log") == 0) {
        answer_text(call, route_type_name(TYPE_TEXT), "", 0);
        answer_header(call, "Aif-Complete", job->state == JOB_ENDED && !job->started_ms ? "true" : "false");
    } else answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
    return true;
}
