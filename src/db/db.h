/* SPDX-License-Identifier: EUPL-1.2 */
/* db.h - the driver: one SQL text with $1, $2, … behind these calls. No domain word.
 *
 * A connection belongs to one thread. Statements are prepared once and live as long as their connection.
 * SQLite here; its promises (WAL, synchronous=FULL) are set and read back, and a database that won't keep them is refused. */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/error.h"

struct db;
struct db_statement;

struct db_options {
    const char *location;   /* a file's path, or ":memory:" */
    bool        read_only;
    int         busy_ms;    /* how long to wait for another connection's lock */
    int         cache_kib;
    bool        checkpoints_elsewhere; /* another thread calls db_checkpoint: commits then never wait for one */
};

bool db_open(struct db **db, const struct db_options *options, struct error *error);
void db_close(struct db *db); /* NULL is fine */

/* Finds or prepares the statement; the same text gives the same statement. NULL: the text is wrong (error says how). */
struct db_statement *db_prepare(struct db *db, const char *sql, struct error *error);

/* Parameters count from 1. Texts must live until db_reset. NULL text binds NULL. */
void db_bind_text(struct db_statement *statement, int parameter, const char *text);
void db_bind_number(struct db_statement *statement, int parameter, int64_t number);
void db_bind_null(struct db_statement *statement, int parameter);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };
enum db_step db_step(struct db_statement *statement, struct error *error);
void db_reset(struct db_statement *statement); /* also forgets what was bound */

/* Columns of the current row count from 0; texts are good until the next step or reset. */
const char *db_text(struct db_statement *statement, int column); /* NULL for NULL */
int64_t db_number(struct db_statement *statement, int column);   /* 0 for NULL */
bool db_is_null(struct db_statement *statement, int column);

/* Binds nothing, steps once, resets: for statements without rows. */
bool db_run(struct db *db, const char *sql, struct error *error);
/* Several statements, for migrations. */
bool db_run_script(struct db *db, const char *sql, struct error *error);

bool db_begin(struct db *db, struct error *error);
bool db_commit(struct db *db, struct error *error);
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
int64_t db_changes(const struct db *db); /* rows changed by the last statement */

/* Moves the log into the database file as far as readers allow; on a thread and a connection of its own. */
bool db_checkpoint(struct db *db, struct error *error);

/* Makes the n-th step, commit included, from now fail once as a failing disk would; 0: never. Tests and simulation only. */
void db_fail_at(struct db *db, int n);
int  db_fail_left(const struct db *db); /* 0: the planned failure has happened, or none is planned */

/* A numbered change of the schema. In its text {number} stands for the engine's 64-bit integer, {strict} for its word for
 * strict tables, {strict_by_key} for those whose rows lie in the order of their key; a line "-- only sqlite" or "-- only postgresql" restricts what follows until "-- all". */
struct db_migration { int number; const char *name, *sql; };

/* Brings the schema to the newest version, one transaction each. Refuses a database whose applied migrations have other
 * checksums than ours, or that knows migrations that we don't. */
bool db_migrate(struct db *db, const struct db_migration *migrations, int count, int64_t now_ms, struct error *error);

#endif
