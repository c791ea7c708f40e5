/* SPDX-License-Identifier: EUPL-1.2 */
/* store.c - opens the database, checks that its tables are what the shapes say, and asks the common questions. */
#include "store/store.h"

#include "core/access/access.h"
#include "core/data/folder.h"
#include "core/identity/identity.h"
#include "core/jobs/job.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/trust/trust.h"
#include "migrations.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

SHAPE_TABLE(answer, ANSWER_FIELDS, "what a command was answered", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(setting, SETTING_FIELDS, "what the server keeps about itself", SCOPE_NETWORK, NULL, false);

const struct shape *const store_tables[] = {
    &setting_shape, &person_shape, &organisation_shape, &role_grant_shape, &token_shape,
    &factory_shape, &serves_shape, &system_shape, &partition_shape, &agent_shape,
    &account_shape, &entry_shape, &project_shape, &allocation_shape, &folder_shape,
    &script_shape, &job_shape, &job_plan_shape, &job_placement_shape, &job_dependency_shape, &instruction_shape, &stream_shape,
    &event_shape, &checkpoint_shape, &job_record_shape, &answer_shape,
};
const int store_table_count = countof(store_tables);

struct store {
    struct db       *db;
    struct arena     arena;  /* the SQL texts */
    struct table_sql tables[countof(store_tables)];
};

static const struct table_sql *table_of(const struct store *store, const struct shape *shape)
{
    for (int i = 0; i < store_table_count; i++)
        if (store->tables[i].shape == shape) return &store->tables[i];
    CHECK(store_table_count < 0); /* a shape that isn't in store_tables */
    return NULL;
}

/* Column names in order: what a migration made must be what the shapes say. */
static bool table_fits(struct store *store, const struct shape *shape, struct error *error)
{
    struct db_statement *all = db_prepare(store->db, arena_format(&store->arena, "SELECT name FROM pragma_table_info('%s') ORDER BY cid", shape->name), error);
    if (!all) return false;
    int at = 0;
    bool same = true;
    while (db_step(all, error) == DB_ROW && same) same = at < shape->count && same_text(db_text(all, 0), shape->fields[at++].name);
    db_reset(all);
    return (same && at == shape->count) || error_set(error, ERROR_CONFIG, "database: table %s isn't what this program expects", shape->name);
}

bool store_open(struct store **store, const struct store_options *options, struct error *error)
{
    struct store *s = *store = calloc(1, sizeof *s);
    CHECK(s);
    arena_init(&s->arena, 4 * 1024 * 1024);
    struct db_options db = { .location = options->location, .read_only = options->read_only, .busy_ms = 5000, .cache_kib = 8192,
                             .checkpoints_elsewhere = options->checkpoints_elsewhere };
    bool ok = db_open(&s->db, &db, error);
    if (ok && !options->read_only) ok = db_migrate(s->db, store_migrations, countof(store_migrations), options->now_ms, error);
    for (int i = 0; ok && i < store_table_count; i++) {
        table_sql_make(&s->tables[i], store_tables[i], &s->arena);
        ok = table_fits(s, store_tables[i], error);
    }
    if (ok) return true;
    store_close(s);
    *store = NULL;
    return false;
}

void store_close(struct store *store)
{
    if (!store) return;
    db_close(store->db);
    arena_finish(&store->arena);
    free(store);
}

struct db *store_db(struct store *store) { return store->db; }

bool store_find(struct store *store, const struct shape *shape, const char *const *keys, struct arena *arena, void *row,
                bool *found, struct error *error)
{
    struct db_statement *find = db_prepare(store->db, table_of(store, shape)->find, error);
    if (!find) return false;
    for (int i = 0, key = 0; i < shape->count; i++)
        if (shape->fields[i].flags & FIELD_KEY) db_bind_text(find, key + 1, keys[key]), key++;
    enum db_step step = db_step(find, error);
    *found = step == DB_ROW;
    if (*found) db_read_row(find, shape, arena, row);
    db_reset(find);
    return step != DB_FAILED;
}

bool store_get(struct store *store, const struct shape *shape, const char *key, struct arena *arena, const void **row,
               struct error *error)
{
    bool found = false;
    void *into = arena_take(arena, shape->size);
    *row = NULL;
    if (!key || !*key) return true;
    if (!store_find(store, shape, (const char *const[]){ key }, arena, into, &found, error)) return false;
    if (found) *row = into;
    return true;
}

static void bind_values(struct db_statement *statement, const struct store_value *values, int count)
{
    for (int i = 0; i < count; i++) {
        if (values[i].is_text) db_bind_text(statement, i + 1, values[i].text);
        else db_bind_number(statement, i + 1, values[i].number);
    }
}

bool store_select(struct store *store, const struct shape *shape, const char *where_order, const struct store_value *values,
                  int value_count, int room, struct arena *arena, struct store_list *list, struct error *error)
{
    /* the room is a parameter: a text for each would be a statement for each */
    const char *sql = arena_format(arena, "%s%s LIMIT $%d", table_of(store, shape)->select, where_order, value_count + 1);
    struct db_statement *select = db_prepare(store->db, sql, error);
    int capacity = 0;
    *list = (struct store_list){ NULL, 0 };
    if (!select) return false;
    bind_values(select, values, value_count);
    db_bind_number(select, value_count + 1, room);
    enum db_step step;
    while ((step = db_step(select, error)) == DB_ROW) {
        if (list->count == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            void *rows = arena_take(arena, shape->size * (size_t)capacity);
            if (list->count) memcpy(rows, list->rows, shape->size * (size_t)list->count);
            list->rows = rows;
        }
        db_read_row(select, shape, arena, (char *)list->rows + shape->size * (size_t)list->count++);
    }
    db_reset(select);
    return step == DB_DONE;
}

bool store_number(struct store *store, const char *sql, const struct store_value *values, int value_count, int64_t *number,
                  struct error *error)
{
    struct db_statement *ask = db_prepare(store->db, sql, error);
    *number = 0;
    if (!ask) return false;
    bind_values(ask, values, value_count);
    enum db_step step = db_step(ask, error);
    if (step == DB_ROW) *number = db_number(ask, 0);
    db_reset(ask);
    return step != DB_FAILED;
}

bool store_change(struct store *store, const struct change *change, struct error *error)
{
    return row_change(store->db, table_of(store, change->shape), change, error);
}
