/* SPDX-License-Identifier: EUPL-1.2 */
/* store.h - the server's rows: found, listed and changed by their shapes; nothing here decides anything.
 *
 * One store is one connection and belongs to one thread. The writer's store changes rows inside the door's transactions;
 * readers' stores only read. SQL of one table is made from its shape; questions over several tables stand in the .c files
 * named like the rooms of core. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/shape.h"
#include "core/rule.h"
#include "db/rows.h"

struct store;

struct store_options {
    const char *location;     /* a file's path, or ":memory:" */
    bool        read_only;
    bool        checkpoints_elsewhere;
    int64_t     now_ms;       /* for migrations */
};

/* Opens the database, brings the schema up to date (unless read-only), and refuses one whose tables differ from the shapes. */
bool store_open(struct store **store, const struct store_options *options, struct error *error);
void store_close(struct store *store); /* NULL is fine */
struct db *store_db(struct store *store);

/* All tables, in an order in which they can be made. */
extern const struct shape *const store_tables[];
extern const int store_table_count;

/* Finds the row with these key values (as many as the shape has keys; numbers as text aren't keys of found tables).
 * False: the machine failed. *found says whether there was one; the row's texts are in the arena. */
bool store_find(struct store *store, const struct shape *shape, const char *const *keys, struct arena *arena, void *row,
                bool *found, struct error *error);
/* As a pointer: *row is NULL if there is none. For one-key tables. */
bool store_get(struct store *store, const struct shape *shape, const char *key, struct arena *arena, const void **row,
               struct error *error);

struct store_value { const char *text; int64_t number; bool is_text; };
#define STORE_TEXT(value)   ((struct store_value){ .text = (value), .is_text = true })
#define STORE_NUMBER(value) ((struct store_value){ .number = (value) })

/* Rows of one table: `where` in SQL over its columns with $1, $2, …; at most `room`. Rows lie one behind the other in the arena. */
struct store_list { void *rows; int count; };
bool store_select(struct store *store, const struct shape *shape, const char *where_order, const struct store_value *values,
                  int value_count, int room, struct arena *arena, struct store_list *list, struct error *error);

/* One number: "SELECT count(*) FROM …". 0 where there is no row. */
bool store_number(struct store *store, const char *sql, const struct store_value *values, int value_count, int64_t *number,
                  struct error *error);

bool store_change(struct store *store, const struct change *change, struct error *error);

/* What the door keeps for itself: the answer to a command, by principal and key. */
#define ANSWER_FIELDS(X, R)                                                                       \
    X(R, ID,     principal, _, FIELD_KEY, 0, "who asked")                                         \
    X(R, TEXT,   key,       _, FIELD_KEY, 100, "its Idempotency-Key")                             \
    X(R, TEXT,   request,   _, FIELD_HIDDEN, 64, "SHA-256 of the request, hex")                   \
    X(R, NUMBER, status,    _, 0, 599, "HTTP status of the answer")                               \
    X(R, TEXT,   code,      _, FIELD_OPTIONAL, 60, "of a refusal")                                \
    X(R, JSON,   body,      _, 0, 0, "the answer")                                                \
    X(R, TIME,   at_ms,     _, 0, 0, "when")
SHAPE_STRUCT(answer, ANSWER_FIELDS);

/* Words that the server keeps about itself: network id, epoch. */
#define SETTING_FIELDS(X, R)                                                                      \
    X(R, TEXT, name,  _, FIELD_KEY, 60, "which")                                                  \
    X(R, TEXT, value, _, 0, 1000, "what")
SHAPE_STRUCT(setting, SETTING_FIELDS);

/* "a.id, a.project, …" of a shape, for questions over several tables; db_read_row() takes what they give. */
char *store_columns(const struct shape *shape, const char *alias, struct arena *arena);

/* The statements that make all tables, their indices and their guards, in the form of a migration. */
char *store_schema(struct arena *arena);

#endif
