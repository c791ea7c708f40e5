/* SPDX-License-Identifier: EUPL-1.2 */
/* export.c - the audit log as lines, up to the newest checkpoint: core/trust/export.h says which lines, docs/audit.md what they
 * prove. Made by pages, as fast as the reader drinks. */
#include "api/handlers.h"
#include "api/reach.h"
#include "api/tap.h"
#include "core/trust/export.h"

#include <stdlib.h>
#include <string.h>

struct exporter {
    struct tap  tap;
    int64_t     upto, sent;    /* events, as many as the newest checkpoint covers; those in lines so far */
    bool        begun;
    struct text text;          /* the page */
    int64_t     scanned;
};

static void add_line(struct exporter *exporter, const char *line)
{
    text_add(&exporter->text, line);
    text_add_char(&exporter->text, '\n');
}

static bool add_header(struct exporter *exporter, struct store *store, struct error *error)
{
    const char *keys[AUDIT_KEYS_MAX];
    struct arena *arena = &exporter->tap.arena;
    struct db_statement *ask = db_prepare(store_db(store), "SELECT DISTINCT key FROM checkpoint WHERE size <= $1 ORDER BY key LIMIT 16", error);
    if (!ask) return false;
    enum db_step step;
    int count = 0;
    db_bind_number(ask, 1, exporter->upto);
    while ((step = db_step(ask, error)) == DB_ROW) keys[count++] = arena_text(arena, db_text(ask, 0));
    db_reset(ask);
    add_line(exporter, export_header(exporter->tap.api->options.network.text, keys, count, arena));
    return step == DB_DONE;
}

/* The record that an event names stands right behind it. */
static bool add_record(struct exporter *exporter, struct store *store, struct id job, struct error *error)
{
    const void *row;
    if (!store_get(store, &job_record_shape, job.text, &exporter->tap.arena, &row, error)) return false;
    if (!row) return error_set(error, ERROR_STORE, "the record of a job isn't there");
    add_line(exporter, export_record(row, &exporter->tap.arena));
    return true;
}

static bool add_event(struct exporter *exporter, struct store *store, const struct event *event, const struct store_list *checkpoints, struct error *error)
{
    struct arena *arena = &exporter->tap.arena;
    add_line(exporter, event_leaf_bytes(event, arena));
    if (strcmp(event->name, RECORDED_EVENT) == 0 && !add_record(exporter, store, event->subject, error)) return false;
    for (int i = 0; i < checkpoints->count; i++) {
        const struct checkpoint *checkpoint = (const struct checkpoint *)checkpoints->rows + i;
        if (checkpoint->size == event->sequence) add_line(exporter, export_checkpoint(checkpoint, arena));
    }
    exporter->scanned = event->sequence;
    return true;
}

static bool page_make(struct tap *tap, struct store *store, struct error *error)
{
    struct exporter *exporter = (struct exporter *)tap;
    const struct store_value span[] = { STORE_NUMBER(exporter->sent), STORE_NUMBER(exporter->upto) };
    struct store_list events, checkpoints;
    text_init(&exporter->text, &tap->arena);
    exporter->scanned = exporter->sent;
    if (!exporter->begun && !add_header(exporter, store, error)) return false;
    if (!store_select(store, &event_shape, "WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence", span, 2, API_EVENTS_PAGE, &tap->arena, &events, error) ||
        !store_select(store, &checkpoint_shape, "WHERE size > $1 AND size <= $2 ORDER BY size", span, 2, API_EVENTS_PAGE, &tap->arena, &checkpoints, error))
        return false;
    for (int i = 0; i < events.count && exporter->text.length < API_PAGE_BYTES; i++)
        if (!add_event(exporter, store, (const struct event *)events.rows + i, &checkpoints, error)) return false;
    return exporter->scanned > exporter->sent || error_set(error, ERROR_STORE, "an event that a checkpoint covers isn't there");
}

static void page_came(struct tap *tap)
{
    struct exporter *exporter = (struct exporter *)tap;
    if (!feed_put(&tap->feed, exporter->text.bytes, exporter->text.length)) return;
    exporter->begun = true;
    exporter->sent = exporter->scanned;
    if (exporter->sent >= exporter->upto) tap_end(tap);
    else if (!feed_wait(&tap->feed)) tap_read(tap);
}

static bool read_newest(struct api_call *call, struct store *store, struct error *error)
{
    int64_t size;
    call->answer.status = 0;
    if (!call_may_network(call)) return true;
    if (!store_number(store, "SELECT max(size) FROM checkpoint", NULL, 0, &size, error)) return false;
    struct exporter *exporter = calloc(1, sizeof *exporter);
    CHECK(exporter);
    exporter->upto = size;
    call->own = exporter;
    return true;
}

static void drop(struct api_call *call) { free(call->own); }

static void export_begin(struct api_call *call)
{
    struct exporter *exporter = call->own;
    if (call->answer.status || !exporter->upto) {
        if (!call->answer.status) answer_refusal(call, refuse(REFUSAL_NOT_FOUND)); /* nothing has been signed yet */
        call_send(call);
        return;
    }
    call->release = NULL;
    exporter->tap = (struct tap){ .page = page_make, .paged = page_came, .thirsty = tap_read };
    struct tap *tap = tap_open(&exporter->tap, call, &call->api->exports, TYPE_LINES, "");
    if (tap) tap_read(tap);
}

void api_audit_export(struct api_call *call)
{
    call->release = drop;
    call_read(call, read_newest, export_begin);
}
