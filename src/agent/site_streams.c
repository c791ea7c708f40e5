/* SPDX-License-Identifier: EUPL-1.2 */
/* site_streams.c - bytes to the server: a log while its job runs, and everything once it is over.
 *
 * The server says how much of a stream it has (an empty piece asks), so nothing about bytes needs to be remembered: after a
 * restart the first answer tells where to go on. A server that will not take a stream ends it; its size and hash are told all
 * the same, and the record says what the site saw. */
#include "agent/site_internal.h"

#include "agent/files.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL_BYTES = 64 * 1024, STREAM_TRIES = 5 };

/* The file of a stream in the job's folder, open; -1: there is none. */
static int stream_open(const struct site_job *job, const char *name)
{
    bool is_output = strncmp(name, "out/", 4) == 0;
    int folder = files_folder_open(job->site->jobs_folder, job->id.text);
    int work = folder >= 0 && is_output ? files_folder_open(folder, "work") : -1;
    int file = is_output ? (work >= 0 ? files_open(work, name + 4) : -1) : folder >= 0 ? files_open(folder, name) : -1;
    if (work >= 0) close(work);
    if (folder >= 0) close(folder);
    return file;
}

static void on_sent(void *context, const struct http_result *result)
{
    struct site_job *job = context;
    struct site_stream *stream = &job->streams[job->stream];
    struct v1_problem problem;
    int64_t size_bytes;
    close(job->part);
    job->part = -1;
    job_sent(job);
    if (!result->error.code && result->status == 200 && v1_size_parse(result->body, result->body_bytes, &size_bytes)) {
        bool has_moved = size_bytes > stream->sent_bytes;
        stream->sent_bytes = size_bytes;
        if (has_moved) job->pause_ms = job->tries = 0;
        if (has_moved) job_again(job, 0);
        else job_again_later(job, "the server has no more of its stream than before");
    } else if (!result->error.code && v1_problem_parse(result->body, result->body_bytes, &problem) && problem.size_bytes >= 0 && strcmp(problem.code, "offset-mismatch") == 0) {
        stream->sent_bytes = ++job->tries < STREAM_TRIES ? problem.size_bytes : INT64_MAX; /* it ended there with another size */
        job_again_later(job, "the server has another size of its stream");
    } else if (!result->error.code && (result->status == 404 || result->status == 413)) {
        site_log(job->site, "warn", "stream-not-taken", "job=%s stream=\"%s\" status=%d", job->id.text, stream->name, result->status);
        stream->sent_bytes = INT64_MAX;
        job_again(job, 0);
    } else {
        job_again_later(job, result->error.code ? result->error.text : "the server doesn't take its stream now");
    }
}

/* The next piece of the stream, which has size_bytes by now. Before anything is known: all of a small one, which may repeat
 * what is there; an empty piece of a large one. */
static void piece_send(struct site_job *job, struct site_stream *stream, int64_t size_bytes)
{
    bool is_known = stream->sent_bytes >= 0;
    int64_t offset = is_known ? stream->sent_bytes : 0, left_bytes = is_known || size_bytes <= SMALL_BYTES ? size_bytes - offset : 0;
    struct http_file piece = { job->part, offset, left_bytes < V1_STREAM_BYTES ? left_bytes : V1_STREAM_BYTES };
    const struct http_header headers[] = { { "Content-Type", "application/octet-stream" } };
    struct arena arena;
    arena_init(&arena, V1_ARENA_BYTES);
    struct http_call call = { .method = "PUT", .url = v1_stream_target(job->id, stream->name, offset, &arena), .on_done = on_sent, .context = job, .max_bytes = V1_MESSAGE_BYTES };
    if (piece.bytes > 0) call.upload = &piece;
    else call.body = "";
    job->exchange = site_send(job->site, &call, headers, countof(headers));
    arena_finish(&arena);
    if (job->exchange) return;
    close(job->part);
    job->part = -1;
    job_sent(job);
    job_again_later(job, "the request can't be begun");
}

/* ---- while it runs ---- */

void follow_turn(struct site_job *job)
{
    static const char *const names[] = { "log", "error" };
    if (!job->streams) {
        job->stream_count = countof(names);
        job->streams = arena_take(&job->arena, sizeof *job->streams * (size_t)countof(names));
        for (int i = 0; i < countof(names); i++) job->streams[i] = (struct site_stream){ .name = names[i], .sent_bytes = -1 };
    }
    for (int i = 0; i < job->stream_count; i++) {
        struct stat status;
        struct site_stream *stream = &job->streams[job->stream = (job->stream + 1) % job->stream_count];
        int file = stream_open(job, stream->name);
        bool has_news = file >= 0 && fstat(file, &status) == 0 && status.st_size > 0 && status.st_size > stream->sent_bytes;
        if (has_news && job_may_send(job, LANE_LOG)) {
            job->part = file;
            piece_send(job, stream, status.st_size);
            return;
        }
        if (file >= 0) close(file);
        if (has_news) return; /* its turn comes when it may */
    }
    job_again(job, job->site->pace.follow_ms);
}

/* ---- once it is over ---- */

static bool upload_open(struct site_job *job, struct error *error)
{
    struct agent_job asked;
    bool found;
    if (job->streams) return true;
    if (!agent_machine_job(job->site->machine, job->id, &job->arena, &asked, &found, error)) return false;
    job->stream_count = found ? asked.streams.count : 0;
    job->stream = 0;
    job->streams = arena_take(&job->arena, sizeof *job->streams * (size_t)(job->stream_count + 1));
    for (int i = 0; i < job->stream_count; i++)
        job->streams[i] = (struct site_stream){ asked.streams.items[i].name, asked.streams.items[i].size_bytes, -1 };
    return true;
}

void upload_turn(struct site_job *job)
{
    struct site *site = job->site;
    struct error error;
    if (!upload_open(job, &error)) {
        site_is_broken(site, &error);
        return;
    }
    while (job->stream < job->stream_count && job->streams[job->stream].sent_bytes >= job->streams[job->stream].size_bytes) job->stream++;
    if (job->stream == job->stream_count) {
        struct agent_input input = { .kind = AGENT_UPLOADED, .job = job->id };
        site_log(site, "info", "job-uploaded", "job=%s streams=%d", job->id.text, job->stream_count);
        job_end(job);
        site_input(site, &input);
        return;
    }
    if (!job_may_send(job, LANE_BULK)) return;
    job->part = stream_open(job, job->streams[job->stream].name);
    if (job->part >= 0) {
        piece_send(job, &job->streams[job->stream], job->streams[job->stream].size_bytes);
        return;
    }
    job_sent(job);
    site_log(site, "error", "stream-gone", "job=%s stream=\"%s\"", job->id.text, job->streams[job->stream].name);
    job->streams[job->stream].sent_bytes = INT64_MAX;
    job_again(job, 0);
}
