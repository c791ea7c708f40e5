/* SPDX-License-Identifier: EUPL-1.2 */
/* store_test.c - every table by its shape: rows come back as they went in, with and without what may be absent; what is never
 * changed refuses it in SQL; constraints hold; a schema that drifted from the shapes isn't opened. */
#include "core/jobs/job.h"
#include "core/ledger/ledger.h"
#include "core/network/network.h"
#include "core/trust/trust.h"
#include "store/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - store: %s\n", what);
    return holds;
}

static struct store *open_store(const char *location)
{
    struct store *store;
    struct error error;
    if (!store_open(&store, &(struct store_options){ .location = location, .now_ms = 1 }, &error)) fprintf(stderr, "%s\n", error.text), exit(1);
    return store;
}

/* ---- rows that differ in every field */

enum fill { FILL_FULL, FILL_BARE, FILL_OTHER };

/* A value of the field's kind that differs by table, column and fill; what is optional is left out of a bare row. */
static void field_fill(const struct shape *shape, int column, enum fill fill, char *row)
{
    const struct field *field = &shape->fields[column];
    char *at = row + field->offset;
    bool key = field->flags & FIELD_KEY, left_out = fill == FILL_BARE && field->flags & FIELD_OPTIONAL && !key;
    int which = fill == FILL_OTHER && !key ? 7 : 3, word;
    /* words whose constraints speak of two of them at once are given by hand below */
    switch (field->kind) {
    case FIELD_ID: *(struct id *)(void *)at = id_from(left_out ? "" : arena_format(&arena, "%s-%d-%d%s", field->name, column, which, fill == FILL_BARE ? "-bare" : "")); return;
    case FIELD_TEXT: *(const char **)(void *)at = left_out ? NULL : arena_format(&arena, "%s %d \"'\xc3\xa9\n%%%d%s", field->name, column, which, fill == FILL_BARE ? " bare" : ""); return;
    case FIELD_JSON: *(const char **)(void *)at = left_out ? NULL : arena_format(&arena, "{\"%d\":%d}", column, which); return;
    case FIELD_NUMBER: *(int64_t *)(void *)at = left_out ? 0 : NUMBER_MAX - 100 * which - column - (fill == FILL_BARE); return;
    case FIELD_TIME: *(int64_t *)(void *)at = fill == FILL_BARE ? 0 : 1700000000000 + which; return;
    case FIELD_FLAG: *(bool *)at = which == 3; return;
    case FIELD_WORD:
        word = which % field->words->count;
        memcpy(at, &word, sizeof word);
        return;
    case FIELD_TEXTS: CHECK(field->kind != FIELD_TEXTS); return;
    }
}

static void *row_make(const struct shape *shape, enum fill fill)
{
    char *row = arena_take(&arena, shape->size);
    for (int i = 0; i < shape->count; i++) field_fill(shape, i, fill, row);
    if (shape == &account_shape) ((struct account *)(void *)row)->kind = ACCOUNT_POOL; /* may owe: the others may not */
    return row;
}

static bool fields_equal(const struct field *field, const char *a, const char *b)
{
    switch (field->kind) {
    case FIELD_ID: return id_equal(*(const struct id *)(const void *)a, *(const struct id *)(const void *)b);
    case FIELD_TEXT: case FIELD_JSON: return same_text(*(const char *const *)(const void *)a, *(const char *const *)(const void *)b);
    case FIELD_NUMBER: case FIELD_TIME: return *(const int64_t *)(const void *)a == *(const int64_t *)(const void *)b;
    case FIELD_FLAG: return *(const bool *)a == *(const bool *)b;
    case FIELD_WORD: return memcmp(a, b, sizeof(int)) == 0;
    case FIELD_TEXTS: break;
    }
    return false;
}

/* Finds the row by its keys and compares every field. */
static bool is_there(struct store *store, const struct shape *shape, const char *row)
{
    const char *keys[8];
    struct error error;
    bool found;
    char *back = arena_take(&arena, shape->size);
    int count = 0;
    for (int i = 0; i < shape->count; i++) {
        const char *at = row + shape->fields[i].offset;
        if (!(shape->fields[i].flags & FIELD_KEY)) continue;
        keys[count++] = shape->fields[i].kind == FIELD_ID ? ((const struct id *)(const void *)at)->text
                        : shape->fields[i].kind == FIELD_TEXT ? *(const char *const *)(const void *)at : arena_format(&arena, "%lld", (long long)*(const int64_t *)(const void *)at);
    }
    if (!store_find(store, shape, keys, &arena, back, &found, &error) || !found) return false;
    for (int i = 0; i < shape->count; i++)
        if (!fields_equal(&shape->fields[i], row + shape->fields[i].offset, back + shape->fields[i].offset)) {
            printf("not ok - store: %s.%s comes back otherwise\n", shape->name, shape->fields[i].name);
            return false;
        }
    return true;
}

static bool change(struct store *store, enum change_kind kind, const struct shape *shape, const void *row)
{
    struct error error;
    return store_change(store, &(struct change){ kind, shape, row }, &error);
}

static bool has_more_than_keys(const struct shape *shape)
{
    for (int i = 0; i < shape->count; i++)
        if (!(shape->fields[i].flags & FIELD_KEY)) return true;
    return false;
}

static bool table_holds(struct store *store, const struct shape *shape)
{
    const char *full = row_make(shape, FILL_FULL), *bare = row_make(shape, FILL_BARE), *other = row_make(shape, FILL_OTHER);
    struct error error;
    bool ok = says(change(store, CHANGE_ADD, shape, full) && is_there(store, shape, full), "a full row") && says(change(store, CHANGE_ADD, shape, bare) && is_there(store, shape, bare), "a bare row") &&
              says(!change(store, CHANGE_ADD, shape, full), "added twice") && says(change(store, CHANGE_ADD_ONCE, shape, full), "once more") && says(is_there(store, shape, full), "still the first");
    if (ok && has_more_than_keys(shape)) {
        bool put = change(store, CHANGE_PUT, shape, other);
        ok = says(put != shape->immutable, "what is never changed") && says(is_there(store, shape, shape->immutable ? full : other), "what was put");
        bool removed = db_run(store_db(store), arena_format(&arena, "DELETE FROM \"%s\"", shape->name), &error);
        ok = ok && says(removed != shape->immutable, "what is never removed");
        if (removed) ok = ok && says(!change(store, CHANGE_PUT, shape, full), "a row that isn't there was put");
    }
    if (!ok) printf("not ok - store: table %s\n", shape->name);
    return ok;
}

/* ---- constraints, straight in SQL: nothing but the database stands behind them */

static const struct { const char *sql; bool taken; } constraint_table[] = {
    { "INSERT INTO account (id, partition, kind, credit, debit, held) VALUES ('a', 'p', 'allocation', 10, 4, 6)", true },
    { "UPDATE account SET held = 7 WHERE id = 'a'", false },
    { "UPDATE account SET debit = 5 WHERE id = 'a'", false },
    { "UPDATE account SET credit = 9 WHERE id = 'a'", false },
    { "UPDATE account SET held = -1 WHERE id = 'a'", false },
    { "UPDATE account SET held = 0, debit = 10 WHERE id = 'a'", true },
    { "UPDATE account SET kind = 'purse' WHERE id = 'a'", false },
    { "UPDATE account SET credit = 'many' WHERE id = 'a'", false },
    { "UPDATE account SET credit = 1.5 WHERE id = 'a'", false },
    { "UPDATE account SET id = NULL WHERE id = 'a'", false },
    { "INSERT INTO account (id, partition, kind, credit, debit, held) VALUES ('b', 'p', 'pool', 0, 10, 0)", true },
    { "INSERT INTO account (id, partition, kind, credit, debit, held) VALUES ('c', 'p', 'used', 0, 1, 0)", false },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount) VALUES ('e1', 'hold', 'a', 'a', 1)", false },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount) VALUES ('e1', 'hold', 'a', 'b', -1)", false },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount) VALUES ('e1', 'hold', 'a', 'b', 1)", true },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount, resolves) VALUES ('e2', 'post', 'a', 'b', 1, 'e1')", true },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount, resolves) VALUES ('e3', 'void', 'a', 'b', 1, 'e1')", false },
    { "INSERT INTO entry (id, kind, from_account, to_account, amount) VALUES ('e4', 'gift', 'a', 'b', 1)", false },
    { "UPDATE entry SET amount = 2", false },
    { "DELETE FROM entry", false },
    { "INSERT INTO organisation (id, name, country, kind, demo) VALUES ('o', 'n', 'FI', 'sme', 2)", false },
    { "INSERT INTO organisation (id, name, country, kind, demo) VALUES ('o', 'n', 'FI', 'sme', 1)", true },
    { "INSERT INTO organisation (id, name, country, kind, demo) VALUES ('o2', NULL, 'FI', 'sme', 1)", false },
    { "INSERT INTO event (sequence, version, name, actor, subject, scope, command, payload) VALUES (1, 1, 'n', 'a', 's', 's', 'c', '{}')", true },
    { "INSERT INTO event (sequence, version, name, actor, subject, scope, command, payload) VALUES (1, 1, 'n', 'a', 's', 's', 'c', '{}')", false },
    { "INSERT OR REPLACE INTO event (sequence, version, name, actor, subject, scope, command, payload) VALUES (1, 1, 'n', 'a', 's', 's', 'c', '{\"x\":1}')", false },
    { "UPDATE event SET payload = '{}'", false },
    { "DELETE FROM event", false },
    { "INSERT INTO job_record (job, project, body, agent_key, agent_signature, server_key, server_signature) VALUES ('j', 'p', 'b', 'k', 's', 'k', 's')", true },
    { "DELETE FROM job_record", false },
};

static bool constraints_hold(void)
{
    struct store *store = open_store(":memory:");
    struct error error;
    bool ok = true;
    for (int i = 0; ok && i < countof(constraint_table); i++) {
        ok = db_run(store_db(store), constraint_table[i].sql, &error) == constraint_table[i].taken;
        if (!ok) printf("not ok - store: %s\n", constraint_table[i].sql);
    }
    store_close(store);
    return ok;
}

/* ---- the schema */

/* What SQLite made of the migrations is what it would make of the shapes, table by table, index by index. */
static bool schema_is_migrated(void)
{
    static const char question[] = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'schema_version%' AND name NOT LIKE 'sqlite_%' ORDER BY 1";
    struct store *migrated = open_store(":memory:");
    struct db *made;
    struct error error;
    struct db_migration one = { 1, "shapes", store_schema(&arena) };
    CHECK(db_open(&made, &(struct db_options){ .location = ":memory:", .cache_kib = 1000 }, &error) && db_migrate(made, &one, 1, 1, &error));
    struct db_statement *a = db_prepare(store_db(migrated), question, &error), *b = db_prepare(made, question, &error);
    bool ok = a && b;
    int count = 0;
    for (bool more = true; ok && more; count++) {
        enum db_step in_a = db_step(a, &error), in_b = db_step(b, &error);
        more = in_a == DB_ROW && in_b == DB_ROW;
        ok = in_a == in_b && (!more || same_text(db_text(a, 0), db_text(b, 0)));
        if (!ok) printf("not ok - store: the migrations make\n%s\n  the shapes make\n%s\n", in_a == DB_ROW ? db_text(a, 0) : "-", in_b == DB_ROW ? db_text(b, 0) : "-");
    }
    db_reset(a);
    db_reset(b);
    db_close(made);
    store_close(migrated);
    return ok && says(count > store_table_count, "a schema of nothing");
}

static const char *const drifts[] = {
    "ALTER TABLE person ADD COLUMN shoe_size INTEGER", "ALTER TABLE person RENAME COLUMN handle TO nick", "DROP TABLE setting", "ALTER TABLE setting RENAME TO settings",
    "ALTER TABLE stream DROP COLUMN hash", "UPDATE schema_version SET sha256 = 'other'", "INSERT INTO schema_version VALUES (999, 'later', 'x', 1)",
};

static bool drifts_hold(void)
{
    char path[] = "/tmp/aif-store-test-XXXXXX";
    bool ok = true;
    int file = mkstemp(path);
    CHECK(file >= 0 && close(file) == 0);
    for (int i = 0; ok && i < countof(drifts); i++) {
        struct store *store;
        struct error error;
        CHECK(unlink(path) == 0);
        store = open_store(path);
        CHECK(db_run_script(store_db(store), drifts[i], &error));
        store_close(store);
        bool opened = store_open(&store, &(struct store_options){ .location = path, .now_ms = 1 }, &error);
        ok = !opened && !store && error.code == ERROR_CONFIG;
        if (opened) store_close(store);
        if (!ok) printf("not ok - store: opened after %s\n", drifts[i]);
    }
    /* a reader can't make what isn't there, nor change what is */
    CHECK(unlink(path) == 0);
    struct store *store;
    struct error error;
    ok = ok && says(!store_open(&store, &(struct store_options){ .location = path, .read_only = true }, &error), "a reader made a database");
    store_close(open_store(path));
    ok = ok && says(store_open(&store, &(struct store_options){ .location = path, .read_only = true }, &error), "a reader");
    ok = ok && says(!change(store, CHANGE_ADD, &partition_shape, row_make(&partition_shape, FILL_FULL)), "a reader wrote");
    store_close(store);
    unlink(path), unlink(arena_format(&arena, "%s-wal", path)), unlink(arena_format(&arena, "%s-shm", path));
    return ok;
}

/* ---- questions */

/* As many rows as asked for and no more, each whole; as many different questions as anybody may ask. */
static bool selects_hold(void)
{
    struct store *store = open_store(":memory:");
    struct error error;
    struct store_list list;
    bool ok = true;
    for (int i = 0; i < 100; i++) {
        struct setting setting = { arena_format(&arena, "name-%02d", i), "v" };
        CHECK(change(store, CHANGE_ADD, &setting_shape, &setting));
    }
    for (int room = 0; ok && room < 1000; room++) {
        ok = store_select(store, &setting_shape, "WHERE name >= $1 ORDER BY name", &STORE_TEXT("name-01"), 1, room, &arena, &list, &error) && list.count == (room < 99 ? room : 99);
        for (int i = 0; ok && i < list.count; i++) ok = strcmp(((const struct setting *)list.rows)[i].name, arena_format(&arena, "name-%02d", i + 1)) == 0;
        if (!ok) printf("not ok - store: room for %d rows: got %d\n", room, list.count);
    }
    ok = ok && says(!store_select(store, &setting_shape, "WHERE nonsense = $1", &STORE_TEXT("x"), 1, 1, &arena, &list, &error) && error.code == ERROR_STORE, "nonsense was asked");
    /* every call of the database may fail: the question does then, and can be asked again */
    for (int n = 1; ok && n <= 11; n++) {
        db_fail_at(store_db(store), n);
        bool asked = store_select(store, &setting_shape, "ORDER BY name", NULL, 0, 10, &arena, &list, &error);
        ok = says(!asked || n == 12, "a failing question") && says(db_fail_left(store_db(store)) == 0, "the failure");
        ok = ok && says(store_select(store, &setting_shape, "ORDER BY name", NULL, 0, 10, &arena, &list, &error) && list.count == 10, "asked again");
    }
    store_close(store);
    return ok;
}

int main(void)
{
    arena_init(&arena, 64 * 1024 * 1024);
    struct store *store = open_store(":memory:");
    bool ok = true;
    for (int i = 0; ok && i < store_table_count; i++) ok = table_holds(store, store_tables[i]);
    store_close(store);
    ok = ok && constraints_hold() && schema_is_migrated() && drifts_hold() && selects_hold();
    arena_finish(&arena);
    if (ok) printf("ok - store: %d tables, %d constraints, %d drifts\n", store_table_count, countof(constraint_table), countof(drifts));
    return !ok;
}
