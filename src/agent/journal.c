/* SPDX-License-Identifier: EUPL-1.2 */
/* journal.c - rows by their shapes, on SQLite only: an agent's journal is never anything else.
 *
 * The schema's text is fixed here as migration 1 and not made from the shapes, since an applied migration never changes; the
 * shapes make the statements. A put replaces the whole row. */
#include "agent/journal.h"

#include "db/rows.h"

#include <stdlib.h>
#include <string.h>

WORDS_DEFINE(journal_stage, JOURNAL_STAGE_WORDS);
SHAPE_TABLE(journal_mark, JOURNAL_MARK_FIELDS, "how far the agent is", NULL, NULL, false);
SHAPE_TABLE(journal_job, JOURNAL_JOB_FIELDS, "a job at this site", NULL, NULL, false);
SHAPE_TABLE(journal_stream, JOURNAL_STREAM_FIELDS, "a finished log or output", NULL, NULL, false);
SHAPE_TABLE(journal_observation, JOURNAL_OBSERVATION_FIELDS, "an observation that waits", NULL, NULL, false);

static const struct db_migration migrations[] = { { 1, "journal",
    "CREATE TABLE journal_mark (\"row\" INTEGER PRIMARY KEY CHECK (\"row\" = 1), journal TEXT NOT NULL, server_key TEXT,\n"
    "    welcomed INTEGER NOT NULL, taken INTEGER NOT NULL, unsure INTEGER NOT NULL, made INTEGER NOT NULL,\n"
    "    observed INTEGER NOT NULL CHECK (observed BETWEEN 0 AND made)) STRICT;\n"
    "CREATE TABLE journal_job (id TEXT PRIMARY KEY, number INTEGER NOT NULL, stage TEXT NOT NULL, expires_ms INTEGER NOT NULL,\n"
    "    cancel_asked INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, ended_as TEXT NOT NULL,\n"
    "    exit_code INTEGER NOT NULL, signal INTEGER NOT NULL, ran_ms INTEGER NOT NULL, cpu_ms INTEGER NOT NULL,\n"
    "    memory_max_bytes INTEGER NOT NULL, left_out INTEGER NOT NULL, last INTEGER NOT NULL, body TEXT NOT NULL) STRICT;\n"
    "CREATE INDEX journal_job_by_stage ON journal_job (stage, last);\n"
    "CREATE TABLE journal_stream (job TEXT NOT NULL, name TEXT NOT NULL, size_bytes INTEGER NOT NULL, hash TEXT NOT NULL,\n"
    "    PRIMARY KEY (job, name)) STRICT;\n"
    "CREATE TABLE journal_observation (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE journal_day (day INTEGER PRIMARY KEY, jobs INTEGER NOT NULL) STRICT;\n" } };

struct table { const struct shape *shape; const char *put, *select; };

struct journal {
    struct db   *db;
    struct arena texts;
    struct table mark, job, stream, observation;
};

static struct table table_of(const struct shape *shape, struct arena *arena)
{
    struct text names, places;
    text_init(&names, arena);
    text_init(&places, arena);
    for (int i = 0; i < shape->count; i++) {
        text_add_format(&names, "%s\"%s\"", i ? ", " : "", shape->fields[i].name);
        text_add_format(&places, "%s$%d", i ? ", " : "", i + 1);
    }
    return (struct table){ shape, arena_format(arena, "INSERT OR REPLACE INTO %s (%s) VALUES (%s)", shape->name, names.bytes, places.bytes),
                           arena_format(arena, "SELECT %s FROM %s ", names.bytes, shape->name) };
}

struct journal *journal_create(struct db *db, int64_t now_ms, struct error *error)
{
    if (!db_migrate(db, migrations, countof(migrations), now_ms, error)) return NULL;
    struct journal *journal = calloc(1, sizeof *journal);
    CHECK(journal);
    journal->db = db;
    arena_init(&journal->texts, 256 * 1024);
    journal->mark = table_of(&journal_mark_shape, &journal->texts);
    journal->job = table_of(&journal_job_shape, &journal->texts);
    journal->stream = table_of(&journal_stream_shape, &journal->texts);
    journal->observation = table_of(&journal_observation_shape, &journal->texts);
    return journal;
}

void journal_destroy(struct journal *journal)
{
    if (!journal) return;
    arena_finish(&journal->texts);
    free(journal);
}

/* ---- rows ---- */

static bool row_put(struct journal *journal, const struct table *table, const void *row, struct error *error)
{
    struct db_statement *put = db_prepare(journal->db, table->put, error);
    if (!put) return false;
    db_bind_row(put, table->shape, row);
    bool done = db_step(put, error) == DB_DONE;
    db_reset(put);
    return done;
}

static struct db_statement *select_where(struct journal *journal, const struct table *table, const char *where, struct arena *arena, struct error *error)
{
    return db_prepare(journal->db, arena_format(arena, "%s%s", table->select, where), error);
}

/* The first row of a bound statement, if there is one. */
static bool row_find(struct db_statement *find, const struct table *table, struct arena *arena, void *row, bool *found, struct error *error)
{
    enum db_step step = db_step(find, error);
    *found = step == DB_ROW;
    if (*found) db_read_row(find, table->shape, arena, row);
    db_reset(find);
    return step != DB_FAILED;
}

/* Runs a statement with one number in it. */
static bool run_number(struct journal *journal, const char *sql, int64_t number, struct error *error)
{
    struct db_statement *statement = db_prepare(journal->db, sql, error);
    if (!statement) return false;
    db_bind_number(statement, 1, number);
    bool done = db_step(statement, error) == DB_DONE;
    db_reset(statement);
    return done;
}

static bool run_id(struct journal *journal, const char *sql, struct id id, struct error *error)
{
    struct db_statement *statement = db_prepare(journal->db, sql, error);
    if (!statement) return false;
    db_bind_text(statement, 1, id.text);
    bool done = db_step(statement, error) == DB_DONE;
    db_reset(statement);
    return done;
}

/* ---- mark and jobs ---- */

bool journal_mark_find(struct journal *journal, struct arena *arena, struct journal_mark *mark, bool *found, struct error *error)
{
    struct db_statement *find = select_where(journal, &journal->mark, "", arena, error);
    return find && row_find(find, &journal->mark, arena, mark, found, error);
}

bool journal_mark_put(struct journal *journal, const struct journal_mark *mark, struct error *error)
{
    return row_put(journal, &journal->mark, mark, error);
}

bool journal_job_find(struct journal *journal, struct id id, struct arena *arena, struct journal_job *job, bool *found, struct error *error)
{
    struct db_statement *find = select_where(journal, &journal->job, "WHERE id = $1", arena, error);
    if (!find) return false;
    db_bind_text(find, 1, id.text);
    return row_find(find, &journal->job, arena, job, found, error);
}

bool journal_job_put(struct journal *journal, const struct journal_job *job, struct error *error)
{
    return row_put(journal, &journal->job, job, error);
}

bool journal_job_drop(struct journal *journal, struct id id, struct error *error)
{
    return run_id(journal, "DELETE FROM journal_stream WHERE job = $1", id, error) && run_id(journal, "DELETE FROM journal_job WHERE id = $1", id, error);
}

static bool entries_read(struct db_statement *list, struct arena *arena, struct journal_entries *entries, struct error *error)
{
    enum db_step step;
    int room = 0;
    *entries = (struct journal_entries){ 0 };
    while ((step = db_step(list, error)) == DB_ROW) {
        if (entries->count == room) {
            struct journal_entry *old = entries->items;
            room = room ? room * 2 : 64;
            entries->items = arena_take(arena, sizeof *entries->items * (size_t)room);
            if (old) memcpy(entries->items, old, sizeof *old * (size_t)entries->count);
        }
        int stage = word_find(&journal_stage_words, db_text(list, 1));
        CHECK(stage >= 0);
        entries->items[entries->count++] = (struct journal_entry){ id_from(db_text(list, 0)), (enum journal_stage)stage, db_number(list, 2) != 0 };
    }
    db_reset(list);
    return step == DB_DONE;
}

bool journal_jobs_all(struct journal *journal, struct arena *arena, struct journal_entries *entries, struct error *error)
{
    struct db_statement *list = db_prepare(journal->db, "SELECT id, stage, cancel_asked FROM journal_job ORDER BY number, id", error);
    return list && entries_read(list, arena, entries, error);
}

bool journal_jobs_expired(struct journal *journal, int64_t now_ms, struct arena *arena, struct journal_entries *entries, struct error *error)
{
    struct db_statement *list = db_prepare(journal->db, "SELECT id, stage, cancel_asked FROM journal_job WHERE stage = 'taken' AND expires_ms < $1 ORDER BY number, id", error);
    if (!list) return false;
    db_bind_number(list, 1, now_ms);
    return entries_read(list, arena, entries, error);
}

bool journal_jobs_told(struct journal *journal, int64_t observed, struct arena *arena, struct journal_entries *entries, struct error *error)
{
    struct db_statement *list = db_prepare(journal->db, "SELECT id, stage, cancel_asked FROM journal_job WHERE stage IN ('recorded', 'refused') AND last <= $1 ORDER BY number, id", error);
    if (!list) return false;
    db_bind_number(list, 1, observed);
    return entries_read(list, arena, entries, error);
}

/* ---- streams ---- */

bool journal_stream_put(struct journal *journal, const struct journal_stream *stream, struct error *error)
{
    return row_put(journal, &journal->stream, stream, error);
}

bool journal_streams_of(struct journal *journal, struct id job, struct arena *arena, struct journal_streams *streams, struct error *error)
{
    struct db_statement *count = db_prepare(journal->db, "SELECT count(*) FROM journal_stream WHERE job = $1", error);
    struct db_statement *list = select_where(journal, &journal->stream, "WHERE job = $1 ORDER BY name", arena, error);
    *streams = (struct journal_streams){ 0 };
    if (!count || !list) return false;
    db_bind_text(count, 1, job.text);
    enum db_step step = db_step(count, error);
    int64_t room = step == DB_ROW ? db_number(count, 0) : 0;
    db_reset(count);
    if (step != DB_ROW) return false;
    streams->items = arena_take(arena, sizeof *streams->items * (size_t)(room + 1));
    db_bind_text(list, 1, job.text);
    while ((step = db_step(list, error)) == DB_ROW && streams->count < room) db_read_row(list, &journal_stream_shape, arena, &streams->items[streams->count++]);
    db_reset(list);
    return step == DB_DONE;
}

/* ---- observations ---- */

bool journal_observation_put(struct journal *journal, const struct journal_observation *observation, struct error *error)
{
    return row_put(journal, &journal->observation, observation, error);
}

bool journal_observations_drop(struct journal *journal, int64_t up_to, struct error *error)
{
    return run_number(journal, "DELETE FROM journal_observation WHERE number <= $1", up_to, error);
}

bool journal_observations_from(struct journal *journal, int64_t from, struct arena *arena, struct v1_observations *batch, struct error *error)
{
    struct db_statement *list = select_where(journal, &journal->observation, "WHERE number >= $1 ORDER BY number LIMIT $2", arena, error);
    size_t size = 0;
    enum db_step step;
    if (!list) return false;
    db_bind_number(list, 1, from);
    db_bind_number(list, 2, V1_OBSERVATIONS);
    batch->count = 0;
    while ((step = db_step(list, error)) == DB_ROW) {
        struct journal_observation row;
        db_read_row(list, &journal_observation_shape, arena, &row);
        size += strlen(row.body);
        if (batch->count == V1_OBSERVATIONS || (batch->count && size > V1_OBSERVATIONS_BYTES)) break;
        batch->items[batch->count++] = (struct v1_observation){ row.number, row.kind, row.body };
    }
    db_reset(list);
    return step != DB_FAILED;
}

bool journal_renumber(struct journal *journal, int64_t dropped, struct error *error)
{
    /* in two moves, since a number must be free at the moment it is given */
    return run_number(journal, "UPDATE journal_observation SET number = -(number - $1)", dropped, error) &&
           run_number(journal, "UPDATE journal_observation SET number = -number WHERE number < $1", 0, error) &&
           run_number(journal, "UPDATE journal_job SET last = max(last - $1, 0)", dropped, error);
}

/* ---- days ---- */

enum { DAY_MS = 86400000 };

bool journal_day_count(struct journal *journal, int64_t now_ms, int64_t *jobs, struct error *error)
{
    struct db_statement *find = db_prepare(journal->db, "SELECT jobs FROM journal_day WHERE day = $1", error);
    if (!find) return false;
    db_bind_number(find, 1, now_ms / DAY_MS);
    enum db_step step = db_step(find, error);
    *jobs = step == DB_ROW ? db_number(find, 0) : 0;
    db_reset(find);
    return step != DB_FAILED;
}

bool journal_day_add(struct journal *journal, int64_t now_ms, struct error *error)
{
    return run_number(journal, "DELETE FROM journal_day WHERE day < $1", now_ms / DAY_MS, error) &&
           run_number(journal, "INSERT INTO journal_day (day, jobs) VALUES ($1, 1) ON CONFLICT (day) DO UPDATE SET jobs = jobs + 1", now_ms / DAY_MS, error);
}
