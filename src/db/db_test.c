/* SPDX-License-Identifier: EUPL-1.2 */
/* db_test.c - every promise of db.h, on a file: what was set is read back, parameters count as they are written, a commit that
 * fails leaves nothing, and migrations are applied whole, once, and only if they are the ones that were applied before. */
#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/aif-db-test-XXXXXX", path[sizeof folder + 10];

static bool says(bool holds, const char *what)
{
    if (!holds) printf("not ok - db: %s\n", what);
    return holds;
}

static void forget(void)
{
    static const char *const tails[] = { "", "-wal", "-shm" };
    for (int i = 0; i < countof(tails); i++) {
        char name[sizeof path + 8];
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

static struct db *open_file(bool read_only)
{
    struct db *db;
    struct error error;
    if (db_open(&db, &(struct db_options){ .location = path, .read_only = read_only, .busy_ms = 50, .cache_kib = 500 }, &error)) return db;
    fprintf(stderr, "%s\n", error.text);
    exit(1);
}

static int64_t number_of(struct db *db, const char *sql)
{
    struct error error;
    struct db_statement *statement = db_prepare(db, sql, &error);
    CHECK(statement && db_step(statement, &error) == DB_ROW);
    int64_t number = db_number(statement, 0);
    db_reset(statement);
    return number;
}

static bool text_is(struct db *db, const char *sql, const char *wanted)
{
    struct error error;
    struct db_statement *statement = db_prepare(db, sql, &error);
    bool same = statement && db_step(statement, &error) == DB_ROW && same_text(db_text(statement, 0), wanted);
    if (!same) printf("not ok - db: %s isn't %s\n", sql, wanted);
    db_reset(statement);
    return same;
}

static bool settings_hold(void)
{
    struct db *db = open_file(false), *none;
    struct error error = { 0 };
    bool ok = text_is(db, "PRAGMA journal_mode", "wal") && text_is(db, "PRAGMA synchronous", "2") && text_is(db, "PRAGMA foreign_keys", "1") && text_is(db, "PRAGMA trusted_schema", "0") &&
              text_is(db, "PRAGMA recursive_triggers", "1") && text_is(db, "PRAGMA cache_size", "-500") && text_is(db, "PRAGMA wal_autocheckpoint", "1000");
    CHECK(db_run(db, "CREATE TABLE t (a INTEGER)", &error));
    struct db *reader = open_file(true);
    ok = ok && says(!db_run(reader, "INSERT INTO t VALUES (1)", &error), "a reader wrote");
    db_close(reader);
    db_close(db);
    ok = ok && says(!db_open(&none, &(struct db_options){ .location = "/nowhere/at/all", .cache_kib = 1 }, &error) && !none && error.code, "a file nowhere");
    ok = ok && says(!db_open(&none, &(struct db_options){ .location = folder, .cache_kib = 1 }, &error) && !none, "a folder");
    db_close(NULL);
    return ok;
}

/* A file that isn't a database. */
static bool garbage_is_refused(void)
{
    struct db *none;
    struct error error = { 0 };
    forget();
    FILE *file = fopen(path, "w");
    CHECK(file);
    for (int i = 0; i < 2000; i++) fputs("not a database\n", file);
    fclose(file);
    bool ok = says(!db_open(&none, &(struct db_options){ .location = path, .cache_kib = 1 }, &error) && !none && error.code == ERROR_STORE, "garbage was opened");
    forget();
    return ok;
}

/* sql, values for $1 and $2 | the only text of the only row */
static const struct { const char *sql, *one, *two, *wanted; } parameter_table[] = {
    { "SELECT $1 || '-' || $2", "a", "b", "a-b" },
    { "SELECT $2 || '-' || $1", "a", "b", "b-a" },
    { "SELECT $2 || '-' || $2 || '-' || $1 || '-' || $2", "a", "b", "b-b-a-b" },
    { "SELECT coalesce($1, 'null') || coalesce($2, 'null')", NULL, "b", "nullb" },
    { "SELECT typeof($1) || typeof($2)", "1", NULL, "textnull" },
    { "SELECT $2 || '$x' || $1", "'", "\"; DROP TABLE t; --", "\"; DROP TABLE t; --$x'" },
};

static bool parameters_hold(struct db *db)
{
    struct error error;
    for (int i = 0; i < countof(parameter_table); i++) {
        struct db_statement *statement = db_prepare(db, parameter_table[i].sql, &error);
        CHECK(statement);
        db_bind_text(statement, 2, parameter_table[i].two);
        db_bind_text(statement, 1, parameter_table[i].one);
        bool same = db_step(statement, &error) == DB_ROW && same_text(db_text(statement, 0), parameter_table[i].wanted) && db_step(statement, &error) == DB_DONE;
        db_reset(statement);
        if (same) continue;
        printf("not ok - db: %s\n", parameter_table[i].sql);
        return false;
    }
    struct db_statement *numbers = db_prepare(db, "SELECT $1, $2, $2 IS NULL", &error);
    db_bind_number(numbers, 1, INT64_MIN);
    db_bind_null(numbers, 2);
    bool ok = says(db_step(numbers, &error) == DB_ROW && db_number(numbers, 0) == INT64_MIN && db_number(numbers, 1) == 0 && db_is_null(numbers, 1) && !db_text(numbers, 1) && db_number(numbers, 2) == 1, "numbers");
    db_reset(numbers);
    ok = ok && says(db_step(numbers, &error) == DB_ROW && db_is_null(numbers, 0), "what was bound is forgotten");
    db_reset(numbers);
    char copy[40];
    snprintf(copy, sizeof copy, "SELECT %s", "$1, $2, $2 IS NULL");
    ok = ok && says(db_prepare(db, copy, &error) == numbers, "the same text gives the same statement");
    snprintf(copy, sizeof copy, "SELECT 'another text'");
    ok = ok && says(db_prepare(db, copy, &error) != numbers, "another text at the same address");
    return ok && says(!db_prepare(db, "SELECT nonsense FROM nowhere", &error) && error.code == ERROR_STORE && strstr(error.text, "nowhere"), "a wrong text");
}

static bool transactions_hold(struct db *db)
{
    struct error error = { 0 };
    CHECK(db_run(db, "CREATE TABLE t (a INTEGER PRIMARY KEY)", &error));
    CHECK(db_begin(db, &error) && db_run(db, "INSERT INTO t VALUES (1)", &error));
    bool ok = says(db_in_transaction(db) && db_changes(db) == 1, "inside");
    db_rollback(db);
    ok = ok && says(!db_in_transaction(db) && number_of(db, "SELECT count(*) FROM t") == 0, "rolled back");
    db_rollback(db); /* again: nothing to undo */
    CHECK(db_begin(db, &error));
    ok = ok && says(!db_begin(db, &error), "a transaction inside another");
    CHECK(db_run(db, "INSERT INTO t VALUES (1)", &error) && db_commit(db, &error));
    ok = ok && says(!db_in_transaction(db) && number_of(db, "SELECT count(*) FROM t") == 1, "committed") && says(!db_run(db, "INSERT INTO t VALUES (1)", &error) && error.code == ERROR_STORE, "twice the same key");
    struct db *other = open_file(false);
    CHECK(db_begin(db, &error));
    ok = ok && says(!db_begin(other, &error) && error.code == ERROR_BUSY, "two writers");
    db_rollback(db);
    ok = ok && says(db_begin(other, &error), "one after the other");
    db_close(other); /* with its transaction open */
    return ok && says(db_begin(db, &error), "after a connection that was lost") && (db_rollback(db), true) && says(db_checkpoint(db, &error), "a checkpoint");
}

/* BEGIN, two steps, COMMIT: the n-th fails, and nothing of it is there; the next attempt goes through. */
static bool failures_hold(struct db *db)
{
    struct error error;
    bool ok = true;
    CHECK(db_run(db, "DELETE FROM t", &error));
    for (int n = 1; ok && n <= 5; n++) {
        error = (struct error){ 0 };
        db_fail_at(db, n);
        bool done = db_begin(db, &error) && db_run(db, "INSERT INTO t VALUES (10)", &error) && db_run(db, "INSERT INTO t VALUES (11)", &error) && db_commit(db, &error);
        ok = says(done == (n == 5), "which call fails") && says(done || error.code == ERROR_STORE, "it says so") && says(db_fail_left(db) == (n == 5), "how many are left");
        db_fail_at(db, 0);
        db_rollback(db);
        ok = ok && says(number_of(db, "SELECT count(*) FROM t") == (done ? 2 : 0), "half of it is there");
    }
    /* a statement that was left in the middle of its rows */
    struct db_statement *rows = db_prepare(db, "SELECT a FROM t ORDER BY a", &error);
    CHECK(db_begin(db, &error) && db_step(rows, &error) == DB_ROW);
    db_rollback(db);
    ok = ok && says(db_step(rows, &error) == DB_ROW && db_number(rows, 0) == 10, "a statement after a rollback");
    db_reset(rows);
    return ok;
}

/* ---- migrations */

static const struct db_migration first = { 1, "first", "CREATE TABLE a (x {number}) {strict};\n-- only postgresql\nCREATE nonsense;\n-- all\nCREATE TABLE b (x TEXT PRIMARY KEY) {strict_by_key};\n" },
                                 second = { 2, "second", "-- only sqlite\nINSERT INTO a VALUES (1);\n-- all\nALTER TABLE a ADD COLUMN y {number};\n" },
                                 second_changed = { 2, "second", "INSERT INTO a VALUES (2);\n" },
                                 broken = { 2, "second", "INSERT INTO a VALUES (1);\nCREATE TABLE c (x {number}) {strict};\nINSERT INTO nowhere VALUES (1);\n" },
                                 third = { 3, "third", "INSERT INTO a (x, y) VALUES (3, 3);\n" };

/* What is asked of a database, in order | accepted? then migrations known, rows of a, tables */
static const struct { const char *what; const struct db_migration *list[3]; int count; bool accepted; int64_t known, rows, tables; } migration_table[] = {
    { "the first",            { &first }, 1, true, 1, 0, 2 },
    { "again",                { &first }, 1, true, 1, 0, 2 },
    { "one fails half way",   { &first, &broken }, 2, false, 1, 0, 2 },
    { "still the first",      { &first }, 1, true, 1, 0, 2 },
    { "one that is right",    { &first, &second }, 2, true, 2, 1, 2 },
    { "one that was changed", { &first, &second_changed }, 2, false, 2, 1, 2 },
    { "changed, and a third", { &first, &second_changed, &third }, 3, false, 2, 1, 2 },
    { "an older program",     { &first }, 1, false, 2, 1, 2 },
    { "in another order",     { &second, &first }, 2, false, 2, 1, 2 },
    { "one left out",         { &first, &third }, 2, false, 2, 1, 2 },
    { "a third",              { &first, &second, &third }, 3, true, 3, 2, 2 },
};

static bool migrations_hold(struct db *db)
{
    struct error error;
    for (int i = 0; i < countof(migration_table); i++) {
        struct db_migration list[3];
        for (int j = 0; j < migration_table[i].count; j++) list[j] = *migration_table[i].list[j];
        bool accepted = db_migrate(db, list, migration_table[i].count, 1000 + i, &error);
        bool holds = accepted == migration_table[i].accepted && number_of(db, "SELECT count(*) FROM schema_version") == migration_table[i].known &&
                     number_of(db, "SELECT count(*) FROM a") == migration_table[i].rows && !db_in_transaction(db) &&
                     number_of(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('a', 'b', 'c')") == migration_table[i].tables;
        if (holds) continue;
        printf("not ok - db: migration: %s\n", migration_table[i].what);
        return false;
    }
    return says(number_of(db, "SELECT strict + wr FROM pragma_table_list WHERE name = 'b'") == 2 && number_of(db, "SELECT strict * 10 + wr FROM pragma_table_list WHERE name = 'a'") == 10, "words of a migration") &&
           says(number_of(db, "SELECT applied_ms FROM schema_version WHERE number = 3") == 1010, "when it was applied");
}

/* Whichever call fails, a migration is there whole or not at all, and the next start goes on. */
static bool failing_migrations_hold(int *calls)
{
    struct error error;
    bool ok = true, passed = false;
    for (*calls = 1; ok && !passed; ++*calls) {
        struct db *db;
        CHECK(db_open(&db, &(struct db_options){ .location = ":memory:", .cache_kib = 100 }, &error));
        db_fail_at(db, *calls);
        bool done = db_migrate(db, (struct db_migration[]){ first, second }, 2, 1, &error);
        passed = db_fail_left(db);
        db_fail_at(db, 0);
        int64_t known = number_of(db, "SELECT count(*) FROM schema_version"), tables = number_of(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')");
        ok = says(done == passed, "a failure that wasn't told") && says(tables == (known ? 2 : 0), "half a migration") && says(db_migrate(db, (struct db_migration[]){ first, second }, 2, 1, &error), "the next start") &&
             says(number_of(db, "SELECT count(*) FROM a") == 1, "a migration twice");
        db_close(db);
    }
    return ok;
}

int main(void)
{
    int calls = 0;
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/db", folder);
    bool ok = settings_hold() && garbage_is_refused();
    struct db *db = open_file(false);
    ok = ok && parameters_hold(db) && transactions_hold(db) && failures_hold(db) && migrations_hold(db) && failing_migrations_hold(&calls);
    db_close(db);
    forget();
    rmdir(folder);
    if (ok) printf("ok - db: settings, %d parameters, transactions, %d migrations, %d failing calls\n", countof(parameter_table), countof(migration_table), calls - 2);
    return !ok;
}
