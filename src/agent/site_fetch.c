/* SPDX-License-Identifier: EUPL-1.2 */
/* site_fetch.c - a job's script and code folder, from the server into the job's folder: script, list, then file by file.
 *
 * Nothing is believed: each text must have the hash that the signed instruction names, each file the one of the list. What is
 * there already, whole, isn't fetched again, so a restart goes on where it was. No answer at all is tried again for ever (the
 * instruction's expiry ends it); a server that says it hasn't got it, or gives other bytes three times, ends the job. */
#include "agent/site_internal.h"

#include "agent/files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT = -2, LIST = -1 };
static const char part_name[] = "part";

static void fetch_ended(struct site_job *job, const char *words)
{
    struct site *site = job->site;
    struct agent_input input = { .kind = AGENT_FETCHED, .job = job->id, .words = words };
    job_end(job);
    site_input(site, &input);
}

static bool is_kept(int folder, const char *path, const char *wanted)
{
    int64_t size_bytes;
    char hex[HASH_HEX + 1];
    int file = files_open(folder, path);
    if (file < 0) return false;
    bool is_read = file_hash(file, hex, &size_bytes);
    close(file);
    return is_read && strcmp(hex, wanted) == 0;
}

static bool fetch_open(struct site_job *job, struct error *error)
{
    struct agent_job asked;
    bool found;
    if (job->work_folder >= 0) return true;
    if (!agent_machine_job(job->site->machine, job->id, &job->arena, &asked, &found, error)) return site_is_broken(job->site, error);
    if (!found || asked.stage != STAGE_TAKEN) return error_set(error, ERROR_INPUT, "it isn't to be fetched any more");
    snprintf(job->script, sizeof job->script, "%s", asked.instruction.script);
    snprintf(job->folder_hash, sizeof job->folder_hash, "%s", asked.instruction.folder ? asked.instruction.folder : "");
    if (job->folder < 0) job->folder = files_folder(job->site->jobs_folder, job->id.text, error);
    if (job->folder >= 0) job->work_folder = files_folder(job->folder, "work", error);
    return job->work_folder >= 0;
}

/* ---- answers ---- */

/* 4xx but those that speak of us or of now: asking again won't help. */
static bool is_final(int status)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 && status != 425 && status != 429;
}

static void came_wrong(struct site_job *job, const char *what)
{
    char words[120];
    snprintf(words, sizeof words, "the server's %s isn't what its hash says", what);
    if (++job->tries < SITE_HASH_TRIES) job_again_later(job, words);
    else fetch_ended(job, words);
}

/* Script or list: a text whose hash must be this. */
static bool text_keep(struct site_job *job, const struct http_result *result, const char *wanted, const char *name)
{
    struct error error;
    char hex[HASH_HEX + 1];
    struct hash hash = sha256(result->body, result->body_bytes);
    hex_format(hash.bytes, HASH_BYTES, hex);
    if (strcmp(hex, wanted) != 0) {
        came_wrong(job, name);
        return false;
    }
    if (file_save(job->folder, name, result->body, result->body_bytes, FILE_DURABLE, &error)) return true;
    job_again_later(job, error.text);
    return false;
}

static bool part_keep(struct site_job *job)
{
    const struct folder_file *file = &job->list.files[job->files_done];
    struct error error;
    int64_t size_bytes;
    char hex[HASH_HEX + 1];
    bool is_read = file_hash(job->part, hex, &size_bytes);
    close(job->part);
    job->part = -1;
    if (is_read && strcmp(hex, file->hash) != 0) {
        came_wrong(job, "file of the code folder");
        return false;
    }
    if (is_read && files_place(job->folder, part_name, job->work_folder, file->path, file->executable, &error)) return true;
    job_again_later(job, is_read ? error.text : "a file that was fetched can't be read");
    return false;
}

static void on_fetched(void *context, const struct http_result *result)
{
    struct site_job *job = context;
    char words[200];
    job_sent(job);
    if (result->error.code || result->status != 200) {
        if (result->error.code) snprintf(words, sizeof words, "%.190s", result->error.text);
        else snprintf(words, sizeof words, "the server hasn't got its %s (status %d)", job->files_done == SCRIPT ? "script" : "code folder", result->status);
        if (result->error.code || !is_final(result->status)) job_again_later(job, words);
        else fetch_ended(job, words);
        return;
    }
    bool is_kept_now = job->files_done == SCRIPT ? text_keep(job, result, job->script, "script")
                       : job->files_done == LIST ? text_keep(job, result, job->folder_hash, COLLECT_LIST) : part_keep(job);
    if (!is_kept_now) return;
    job->pause_ms = job->tries = 0;
    job_again(job, 0);
}

/* ---- requests ---- */

static void ask(struct site_job *job, char *(*target)(struct id job, const char *hash, struct arena *arena), const char *hash, const struct http_file *download,
                size_t max_bytes)
{
    struct arena arena;
    arena_init(&arena, V1_ARENA_BYTES);
    struct http_call call = { .url = target(job->id, hash, &arena), .download = download, .on_done = on_fetched, .context = job, .max_bytes = max_bytes,
                              .total_ms = SITE_FILE_MS, .low_speed_bytes_s = 1, .low_speed_s = 60 };
    job->exchange = site_send(job->site, &call, NULL, 0);
    arena_finish(&arena);
    if (job->exchange) return;
    job_sent(job);
    job_again_later(job, "the request can't be begun");
}

static char *script_target(struct id job, const char *hash, struct arena *arena)
{
    (void)job;
    return v1_script_target(hash, arena);
}

static char *list_target(struct id job, const char *hash, struct arena *arena)
{
    (void)hash;
    return v1_folder_target(job, arena);
}

static void ask_file(struct site_job *job)
{
    const struct folder_file *file = &job->list.files[job->files_done];
    struct error error;
    job->part = files_part(job->folder, part_name, &error);
    if (job->part < 0) {
        job_sent(job);
        job_again_later(job, error.text);
        return;
    }
    ask(job, v1_file_target, file->hash, &(struct http_file){ .fd = job->part, .bytes = file->size_bytes }, V1_MESSAGE_BYTES);
}

/* Reads the list that is there. */
static bool list_read(struct site_job *job)
{
    int file = files_open(job->folder, COLLECT_LIST);
    char *list = arena_take(&job->arena, FOLDER_LIST_MAX + 1); /* once a work */
    ssize_t size = file >= 0 ? pread(file, list, FOLDER_LIST_MAX, 0) : -1;
    if (file >= 0) close(file);
    return size >= 0 && !folder_parse(list, &job->arena, &job->list).code;
}

/* Steps over what is there already; *more: there may be more of it. False: the list that was signed can't be read. */
static bool skip_kept(struct site_job *job, bool *more)
{
    *more = false;
    if (job->files_done == SCRIPT && is_kept(job->folder, "script", job->script)) job->files_done++;
    if (job->files_done == LIST && job->folder_hash[0]) {
        if (!is_kept(job->folder, COLLECT_LIST, job->folder_hash)) return true;
        if (!list_read(job)) return false;
    }
    if (job->files_done == LIST) job->files_done++;
    if (job->files_done < 0 || job->files_done == job->list.count) return true;
    const struct folder_file *file = &job->list.files[job->files_done];
    *more = is_kept(job->work_folder, file->path, file->hash);
    if (*more) job->files_done++;
    return true;
}

void fetch_turn(struct site_job *job)
{
    struct error error;
    bool more;
    if (!fetch_open(job, &error)) {
        if (error.code == ERROR_INPUT) job_end(job);
        else job_again_later(job, error.text);
        return;
    }
    if (job->site->is_broken) return;
    if (!skip_kept(job, &more)) {
        fetch_ended(job, "the list of its code folder isn't one");
        return;
    }
    if (more) {
        job_again(job, 0);
        return;
    }
    if (job->files_done >= 0 && job->files_done == job->list.count) {
        site_log(job->site, "info", "job-fetched", "job=%s files=%d", job->id.text, job->list.count);
        fetch_ended(job, NULL);
        return;
    }
    if (!job_may_send(job, LANE_BULK)) return;
    if (job->files_done == SCRIPT) ask(job, script_target, job->script, NULL, SCRIPT_BYTES_MAX + 1);
    else if (job->files_done == LIST) ask(job, list_target, job->folder_hash, NULL, FOLDER_LIST_MAX + 1);
    else ask_file(job);
}
