/* SPDX-License-Identifier: EUPL-1.2 */
/* ledger.c - access time as its owners see it, and the ledger counted anew. */
#include "store/ledger_check.h"

#include "api/handlers.h"
#include "api/reach.h"
#include "core/ledger/ledger.h"

static bool put_usage(struct api_call *call, struct store *store, struct id project, struct json_writer *writer, struct error *error)
{
    struct db_statement *ask = db_prepare(store_db(store),
        "SELECT a.project, p.name, a.partition, t.piece, t.model, t.demo, a.starts_ms, a.ends_ms, c.credit, c.held, c.debit "
        "FROM allocation a JOIN project p ON p.id = a.project JOIN account c ON c.id = a.account JOIN partition t ON t.id = a.partition "
        "WHERE $1 = '' OR a.project = $1 ORDER BY p.name, a.partition", error);
    if (!ask) return false;
    enum db_step step;
    db_bind_text(ask, 1, project.text);
    while ((step = db_step(ask, error)) == DB_ROW) {
        struct account account = { .credit = db_number(ask, 8), .held = db_number(ask, 9), .debit = db_number(ask, 10) };
        json_open(writer, '{');
        json_text_field(writer, "project", db_text(ask, 0));
        json_text_field(writer, "project_name", db_text(ask, 1));
        json_text_field(writer, "partition", db_text(ask, 2));
        json_text_field(writer, "piece", db_text(ask, 3));
        json_text_field(writer, "model", db_text(ask, 4));
        json_flag_field(writer, "demo", db_number(ask, 5) != 0);
        json_time_field(writer, "starts_ms", db_number(ask, 6));
        json_time_field(writer, "ends_ms", db_number(ask, 7));
        json_number_field(writer, "granted", account.credit);
        json_number_field(writer, "held", account.held);
        json_number_field(writer, "used", account.debit);
        json_number_field(writer, "available", ledger_available(&account));
        json_text_field(writer, "unit", arena_format(&call->arena, "%s-seconds", db_text(ask, 3)));
        json_close(writer, '}');
    }
    db_reset(ask);
    return step == DB_DONE;
}

static bool put_reach(struct api_call *call, struct store *store, struct json_writer *writer, struct error *error)
{
    struct reach reach;
    if (!reach_load(call, store, &reach, error)) return false;
    if (reach.all) return put_usage(call, store, (struct id){ { 0 } }, writer, error);
    for (int i = 0; i < reach.project_count; i++)
        if (!put_usage(call, store, reach.projects[i], writer, error)) return false;
    return true;
}

bool api_usage(struct api_call *call, struct store *store, struct error *error)
{
    const char *name = call_query(call, "project");
    const struct project *project = NULL;
    struct text out;
    if (name) {
        if (!call_project(call, store, name, &project, error)) return false;
        if (!project) return true;
    }
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_name(&writer, "usage");
    json_open(&writer, '[');
    if (project ? !put_usage(call, store, project->id, &writer, error) : !put_reach(call, store, &writer, error)) return false;
    json_close(&writer, ']');
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}

static void put_differences(const struct ledger_check *check, struct json_writer *writer)
{
    json_name(writer, "differences");
    json_open(writer, '[');
    for (int i = 0; i < check->kept; i++) {
        const struct ledger_difference *difference = &check->differences[i];
        json_open(writer, '{');
        json_text_field(writer, "rule", difference->rule);
        json_text_field(writer, "what", difference->what);
        json_text_field(writer, "subject", difference->subject.text);
        json_number_field(writer, "expected", difference->expected);
        json_number_field(writer, "found", difference->found);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

bool api_ledger_check(struct api_call *call, struct store *store, struct error *error)
{
    struct ledger_check *check = arena_take(&call->arena, sizeof *check);
    struct text out;
    if (!call_may_network(call)) return true;
    if (!store_ledger_check(store, check, error)) return false;
    text_init(&out, &call->arena);
    struct json_writer writer = json_writer_of(&out);
    json_open(&writer, '{');
    json_flag_field(&writer, "balanced", check->difference_count == 0);
    json_number_field(&writer, "partitions", check->partitions);
    json_number_field(&writer, "accounts", check->accounts);
    json_number_field(&writer, "entries", check->entries);
    json_number_field(&writer, "holds", check->holds);
    json_number_field(&writer, "live_jobs", check->live_jobs);
    json_number_field(&writer, "difference_count", check->difference_count);
    put_differences(check, &writer);
    json_close(&writer, '}');
    answer_json_n(call, 200, out.bytes, out.length);
    return true;
}
