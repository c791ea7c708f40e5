/* SPDX-License-Identifier: EUPL-1.2 */
/* folders.c - code folders on their way in: the list first, which the door keeps and which says what may be sent; then each
 * content that isn't here yet, once. */
#include "api/contents.h"
#include "api/handlers.h"
#include "api/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_hash(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Each content that isn't here, once, whatever number of files have it. */
static void put_missing(struct api_call *call, struct id project, const struct folder_list *list, struct json_writer *writer)
{
    const char **hashes = arena_take(&call->arena, sizeof *hashes * (size_t)list->count);
    for (int i = 0; i < list->count; i++) hashes[i] = list->files[i].hash;
    qsort(hashes, (size_t)list->count, sizeof *hashes, by_hash);
    json_name(writer, "missing");
    json_open(writer, '[');
    for (int i = 0; i < list->count; i++)
        if ((i == 0 || strcmp(hashes[i - 1], hashes[i]) != 0) && !contents_has(call->api, project, hashes[i])) json_put_text(writer, hashes[i]);
    json_close(writer, ']');
}

/* On a reader: the door's answer, and what is missing behind it. */
static bool read_missing(struct api_call *call, struct store *store, struct error *error)
{
    const struct folder_add *body = call->body;
    const struct project *project = NULL;
    struct folder_list list;
    struct text out;
    if (!call_project(call, store, body->project, &project, error)) return false;
    if (!project) return true;
    CHECK(folder_parse(body->list, &call->arena, &list).code == REFUSAL_NONE); /* the rule has read it already */
    const char *answer = call->door.answer;
    text_init(&out, &call->arena);
    text_add_n(&out, answer, strlen(answer) - 1);
    struct json_writer writer = { .out = &out, .comma = true };
    put_missing(call, project->id, &list, &writer);
    text_add_char(&out, '}');
    answer_json_n(call, call->door.status, out.bytes, out.length);
    if (call->door.result == DOOR_REPLAYED) answer_header(call, "Idempotency-Replayed", "true");
    return true;
}

static void folder_answered(struct api_call *call)
{
    bool fine = call->door.result != DOOR_FAILED && call->door.status < 400;
    if (fine) call_read(call, read_missing, NULL);
    else call_send_door(call);
}

void api_folder_add(struct api_call *call) { call_door(call, COMMAND_FOLDER_ADD, call->body, folder_answered); }

/* ---- contents ---- */

/* Does a folder of the project announce this content? */
static bool is_announced(struct store *store, struct id project, const char *hash, bool *announced, struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store), "SELECT list FROM folder WHERE project = $1 ORDER BY added_ms DESC", error);
    if (!ask) return false;
    enum db_step step = DB_DONE;
    *announced = false;
    db_bind_text(ask, 1, project.text);
    while (!*announced && (step = db_step(ask, error)) == DB_ROW) *announced = folder_list_names(db_text(ask, 0), hash);
    db_reset(ask);
    return step != DB_FAILED;
}

static void answer_kept(struct api_call *call, int status)
{
    answer_json(call, status, arena_format(&call->arena, "{\"hash\":\"%s\",\"size_bytes\":%llu}", call->values.hash,
                                           (unsigned long long)http_request_body_bytes(call->request)));
}

static bool keep(struct api_call *call, struct id project, struct error *error)
{
    struct http_request *request = call->request;
    if (contents_has(call->api, project, call->values.hash)) {
        answer_kept(call, 200);
        return true;
    }
    if (!contents_keep(call->api, project, call->values.hash, http_request_spool_path(request), http_request_spool_fd(request), error)) {
        if (error->code != ERROR_FULL) return false;
        answer_refusal(call, refuse(REFUSAL_STORAGE_FULL));
        return true;
    }
    answer_kept(call, 201);
    return true;
}

bool api_file_put(struct api_call *call, struct store *store, struct error *error)
{
    const struct project *project;
    char hex[HASH_HEX + 1];
    bool announced;
    if (!call_project(call, store, call_query(call, "project"), &project, error)) return false;
    if (!project) return true;
    struct hash hash = http_request_spool_hash(call->request);
    hex_format(hash.bytes, HASH_BYTES, hex);
    if (strcmp(hex, call->values.hash) != 0) {
        answer_refusal(call, refuse(REFUSAL_CHECKSUM_MISMATCH));
        return true;
    }
    if (!is_announced(store, project->id, hex, &announced, error)) return false;
    if (announced) return keep(call, project->id, error);
    answer_refusal(call, refuse(REFUSAL_FILE_NOT_ANNOUNCED));
    return true;
}
