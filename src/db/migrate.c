/* SPDX-License-Identifier: EUPL-1.2 */
/* migrate.c - numbered migrations, each in one transaction with the row that says it was applied. The row keeps the
 * SHA-256 of the migration's text as it stands in the source, so a migration that was edited after release is noticed. */
#include "db/db.h"

#include "base/crypto.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool line_is(const char *line, size_t length, const char *words)
{
    return length == strlen(words) && strncmp(line, words, length) == 0;
}

/* The text for SQLite: places filled, foreign parts left out. */
static char *migration_text(const char *sql, struct arena *arena)
{
    struct text out;
    bool ours = true;
    text_init(&out, arena);
    while (*sql) {
        size_t length = strcspn(sql, "\n");
        if (line_is(sql, length, "-- only postgresql")) ours = false;
        else if (line_is(sql, length, "-- only sqlite") || line_is(sql, length, "-- all")) ours = true;
        else if (ours) text_add_n(&out, sql, length), text_add_char(&out, '\n');
        sql += length + (sql[length] == '\n');
    }
    struct text filled;
    text_init(&filled, arena);
    for (const char *at = out.bytes; *at;) {
        if (strncmp(at, "{number}", 8) == 0) text_add(&filled, "INTEGER"), at += 8;
        else if (strncmp(at, "{strict}", 8) == 0) text_add(&filled, "STRICT"), at += 8;
        else if (strncmp(at, "{strict_by_key}", 15) == 0) text_add(&filled, "STRICT, WITHOUT ROWID"), at += 15;
        else text_add_char(&filled, *at++);
    }
    return filled.bytes;
}

static void checksum(const char *sql, char hex[HASH_HEX + 1])
{
    struct hash hash = sha256(sql, strlen(sql));
    hex_format(hash.bytes, HASH_BYTES, hex);
}

static bool check_applied(struct db *db, const struct db_migration *migrations, int count, int *applied, struct error *error)
{
    struct db_statement *all = db_prepare(db, "SELECT number, sha256 FROM schema_version ORDER BY number", error);
    if (!all) return false;
    enum db_step step;
    for (*applied = 0; (step = db_step(all, error)) == DB_ROW; ++*applied) {
        char hex[HASH_HEX + 1];
        int64_t number = db_number(all, 0);
        if (*applied >= count || number != migrations[*applied].number) {
            db_reset(all);
            return error_set(error, ERROR_CONFIG, "database: it has migration %lld, this program knows %d: use a newer program", (long long)number, count);
        }
        checksum(migrations[*applied].sql, hex);
        if (!same_text(hex, db_text(all, 1))) {
            db_reset(all);
            return error_set(error, ERROR_CONFIG, "database: migration %lld has another checksum than when it was applied", (long long)number);
        }
    }
    db_reset(all);
    return step == DB_DONE;
}

static bool apply(struct db *db, const struct db_migration *migration, int64_t now_ms, struct error *error)
{
    struct arena arena;
    char hex[HASH_HEX + 1];
    arena_init(&arena, 16 * 1024 * 1024);
    checksum(migration->sql, hex);
    bool ok = db_begin(db, error) && db_run_script(db, migration_text(migration->sql, &arena), error);
    struct db_statement *note = ok ? db_prepare(db, "INSERT INTO schema_version (number, name, sha256, applied_ms) VALUES ($1, $2, $3, $4)", error) : NULL;
    if (note) {
        db_bind_number(note, 1, migration->number);
        db_bind_text(note, 2, migration->name);
        db_bind_text(note, 3, hex);
        db_bind_number(note, 4, now_ms);
        ok = db_step(note, error) == DB_DONE;
        db_reset(note);
    }
    ok = ok && note && db_commit(db, error);
    if (!ok) db_rollback(db);
    arena_finish(&arena);
    return ok;
}

bool db_migrate(struct db *db, const struct db_migration *migrations, int count, int64_t now_ms, struct error *error)
{
    int applied = 0;
    if (!db_run_script(db, "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                           "sha256 TEXT NOT NULL, applied_ms INTEGER NOT NULL)", error)) return false;
    if (!check_applied(db, migrations, count, &applied, error)) return false;
    for (int i = applied; i < count; i++)
        if (!apply(db, &migrations[i], now_ms, error)) return false;
    return true;
}
