/* SPDX-License-Identifier: EUPL-1.2 */
/* sqlite.c - SQLite behind db.h.
 *
 * WAL with synchronous=FULL: measured with torn and lost sectors, NORMAL lost 552 acknowledged transactions in 723 crash
 * points, FULL none (docs/decisions/0004). Both are read back after they are set. `$n` is rewritten to `?n`: SQLite numbers
 * `$name` by first appearance, which would make $2 the first parameter of a text that names it first. */
#include "db/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MAX = 512, SQL_MAX = 8192 };

struct db_statement {
    struct db    *db;
    sqlite3_stmt *stmt;
    char         *sql;
};

struct db {
    sqlite3            *sqlite;
    int                 count;
    struct db_statement statements[STATEMENTS_MAX];
    struct db_statement *by_address[1024]; /* last statement for a text's address: our texts are mostly constants */
    int                 fail_at;
};

static enum error_code code_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY: case SQLITE_LOCKED: return ERROR_BUSY;
    case SQLITE_FULL: return ERROR_FULL;
    case SQLITE_IOERR: return ERROR_IO;
    default: return ERROR_STORE;
    }
}

static bool fail(struct db *db, struct error *error)
{
    int code = sqlite3_extended_errcode(db->sqlite);
    return error_set(error, code_of(code), "database: %s (%d)", sqlite3_errmsg(db->sqlite), code);
}

/* True when this step is the one that a test wants to fail. */
static bool failure_is_due(struct db *db)
{
    return db->fail_at && --db->fail_at == 0;
}

static bool pragma_is(struct db *db, const char *pragma, const char *wanted, struct error *error)
{
    sqlite3_stmt *stmt;
    bool same = false;
    if (sqlite3_prepare_v2(db->sqlite, pragma, -1, &stmt, NULL) != SQLITE_OK) return fail(db, error);
    if (sqlite3_step(stmt) == SQLITE_ROW) same = same_text((const char *)sqlite3_column_text(stmt, 0), wanted);
    sqlite3_finalize(stmt);
    return same || error_set(error, ERROR_CONFIG, "database: %s isn't %s: this file system doesn't keep SQLite's promises", pragma, wanted);
}

static bool open_settings(struct db *db, const struct db_options *options, struct error *error)
{
    char sql[400];
    bool memory = strcmp(options->location, ":memory:") == 0;
    sqlite3_busy_timeout(db->sqlite, options->busy_ms);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* recursive triggers: without them a REPLACE removes rows past the triggers that forbid it */
    snprintf(sql, sizeof sql,
             "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
             "PRAGMA cache_size=-%d; PRAGMA wal_autocheckpoint=%d; %s",
             options->cache_kib, options->checkpoints_elsewhere ? 0 : 1000, options->read_only ? "" : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
    if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK) return fail(db, error);
    if (options->read_only || memory) return true;
    return pragma_is(db, "PRAGMA journal_mode", "wal", error) && pragma_is(db, "PRAGMA synchronous", "2", error);
}

bool db_open(struct db **db, const struct db_options *options, struct error *error)
{
    struct db *d = *db = calloc(1, sizeof *d);
    CHECK(d);
    int flags = (options->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    bool ok = sqlite3_open_v2(options->location, &d->sqlite, flags, NULL) == SQLITE_OK || fail(d, error);
    if (ok && open_settings(d, options, error)) return true;
    db_close(d);
    *db = NULL;
    return false;
}

void db_close(struct db *db)
{
    if (!db) return;
    for (int i = 0; i < db->count; i++) {
        sqlite3_finalize(db->statements[i].stmt);
        free(db->statements[i].sql);
    }
    sqlite3_close(db->sqlite);
    free(db);
}

static struct db_statement *statement_find(struct db *db, const char *sql)
{
    for (int i = 0; i < db->count; i++)
        if (strcmp(db->statements[i].sql, sql) == 0) return &db->statements[i];
    return NULL;
}

static struct db_statement *statement_add(struct db *db, const char *sql, struct error *error)
{
    char own[SQL_MAX];
    size_t length = strlen(sql);
    CHECK(db->count < STATEMENTS_MAX && length < SQL_MAX);
    memcpy(own, sql, length + 1);
    for (char *at = own; (at = strchr(at, '$')); at++)
        if (at[1] >= '1' && at[1] <= '9') *at = '?';
    struct db_statement *statement = &db->statements[db->count];
    if (sqlite3_prepare_v3(db->sqlite, own, -1, SQLITE_PREPARE_PERSISTENT, &statement->stmt, NULL) != SQLITE_OK) {
        fail(db, error);
        return NULL;
    }
    statement->db = db;
    statement->sql = strdup(sql);
    CHECK(statement->sql);
    db->count++;
    return statement;
}

struct db_statement *db_prepare(struct db *db, const char *sql, struct error *error)
{
    struct db_statement **slot = &db->by_address[((uintptr_t)sql >> 3) % (size_t)countof(db->by_address)];
    if (*slot && strcmp((*slot)->sql, sql) == 0) return *slot;
    struct db_statement *statement = statement_find(db, sql);
    if (!statement) statement = statement_add(db, sql, error);
    if (statement) *slot = statement;
    return statement;
}

void db_bind_text(struct db_statement *statement, int parameter, const char *text)
{
    CHECK(sqlite3_bind_text(statement->stmt, parameter, text, -1, SQLITE_STATIC) == SQLITE_OK);
}

void db_bind_number(struct db_statement *statement, int parameter, int64_t number)
{
    CHECK(sqlite3_bind_int64(statement->stmt, parameter, number) == SQLITE_OK);
}

void db_bind_null(struct db_statement *statement, int parameter)
{
    CHECK(sqlite3_bind_null(statement->stmt, parameter) == SQLITE_OK);
}

enum db_step db_step(struct db_statement *statement, struct error *error)
{
    if (failure_is_due(statement->db)) {
        error_set(error, ERROR_STORE, "database: planned failure");
        return DB_FAILED;
    }
    int code = sqlite3_step(statement->stmt);
    if (code == SQLITE_ROW) return DB_ROW;
    if (code == SQLITE_DONE) return DB_DONE;
    fail(statement->db, error);
    return DB_FAILED;
}

void db_reset(struct db_statement *statement)
{
    sqlite3_reset(statement->stmt);
    sqlite3_clear_bindings(statement->stmt);
}

const char *db_text(struct db_statement *statement, int column) { return (const char *)sqlite3_column_text(statement->stmt, column); }
int64_t db_number(struct db_statement *statement, int column) { return sqlite3_column_int64(statement->stmt, column); }
bool db_is_null(struct db_statement *statement, int column) { return sqlite3_column_type(statement->stmt, column) == SQLITE_NULL; }

bool db_run(struct db *db, const char *sql, struct error *error)
{
    struct db_statement *statement = db_prepare(db, sql, error);
    if (!statement) return false;
    enum db_step step = db_step(statement, error);
    db_reset(statement);
    return step != DB_FAILED;
}

bool db_run_script(struct db *db, const char *sql, struct error *error)
{
    return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, error);
}

bool db_begin(struct db *db, struct error *error) { return db_run(db, "BEGIN IMMEDIATE", error); }
bool db_commit(struct db *db, struct error *error) { return db_run(db, "COMMIT", error); }
bool db_in_transaction(const struct db *db) { return !sqlite3_get_autocommit(db->sqlite); }
int64_t db_changes(const struct db *db) { return sqlite3_changes64(db->sqlite); }

static void reset_all(struct db *db)
{
    for (int i = 0; i < db->count; i++)
        if (sqlite3_stmt_busy(db->statements[i].stmt)) db_reset(&db->statements[i]);
}

void db_rollback(struct db *db)
{
    reset_all(db);
    if (db_in_transaction(db)) sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL); /* it can only fail if there is nothing left to undo */
}

bool db_checkpoint(struct db *db, struct error *error)
{
    int code = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return code == SQLITE_OK || code == SQLITE_BUSY || fail(db, error);
}

void db_fail_at(struct db *db, int n) { db->fail_at = n; }
int db_fail_left(const struct db *db) { return db->fail_at; }
