/* SPDX-License-Identifier: EUPL-1.2 */
/* rows.c - one table's SQL made from its shape: find, add, put, select. The texts are made once per table and live as long
 * as the store, so that db_prepare finds the same statement again. */
#include "store/store.h"

#include "store/rows.h"


static bool is_key(const struct field *field) { return field->flags & FIELD_KEY; }

static void names(struct text *sql, const struct shape *shape, const char *alias)
{
    for (int i = 0; i < shape->count; i++)
        text_add_format(sql, "%s%s\"%s\"", i ? ", " : "", alias, shape->fields[i].name);
}

char *store_columns(const struct shape *shape, const char *alias, struct arena *arena)
{
    struct text sql;
    text_init(&sql, arena);
    names(&sql, shape, arena_format(arena, "%s.", alias));
    return sql.bytes;
}

static const char *select_sql(const struct shape *shape, struct arena *arena)
{
    struct text sql;
    text_init(&sql, arena);
    text_add(&sql, "SELECT ");
    names(&sql, shape, "");
    text_add_format(&sql, " FROM \"%s\" ", shape->name);
    return sql.bytes;
}

static const char *find_sql(const struct shape *shape, struct arena *arena)
{
    struct text sql;
    int key = 0;
    text_init(&sql, arena);
    text_add(&sql, select_sql(shape, arena));
    for (int i = 0; i < shape->count; i++)
        if (is_key(&shape->fields[i])) text_add_format(&sql, "%s \"%s\" = $%d", key ? " AND" : "WHERE", shape->fields[i].name, key + 1), key++;
    return sql.bytes;
}

static const char *add_sql(const struct shape *shape, const char *behind, struct arena *arena)
{
    struct text sql;
    text_init(&sql, arena);
    text_add_format(&sql, "INSERT INTO \"%s\" (", shape->name);
    names(&sql, shape, "");
    text_add(&sql, ") VALUES (");
    for (int i = 0; i < shape->count; i++) text_add_format(&sql, "%s$%d", i ? ", " : "", i + 1);
    text_add_format(&sql, ")%s", behind);
    return sql.bytes;
}

/* Parameters keep the numbers of add_sql, so that one function binds both. */
static const char *put_sql(const struct shape *shape, struct arena *arena)
{
    struct text sql;
    const char *between = " SET ";
    text_init(&sql, arena);
    text_add_format(&sql, "UPDATE \"%s\"", shape->name);
    for (int i = 0; i < shape->count; i++) {
        if (is_key(&shape->fields[i])) continue;
        text_add_format(&sql, "%s\"%s\" = $%d", between, shape->fields[i].name, i + 1);
        between = ", ";
    }
    between = " WHERE ";
    for (int i = 0; i < shape->count; i++) {
        if (!is_key(&shape->fields[i])) continue;
        text_add_format(&sql, "%s\"%s\" = $%d", between, shape->fields[i].name, i + 1);
        between = " AND ";
    }
    return sql.bytes;
}

void table_sql_make(struct table_sql *table, const struct shape *shape, struct arena *arena)
{
    *table = (struct table_sql){
        .shape = shape,
        .select = select_sql(shape, arena),
        .find = find_sql(shape, arena),
        .add = add_sql(shape, "", arena),
        .add_once = add_sql(shape, " ON CONFLICT DO NOTHING", arena),
        .put = put_sql(shape, arena),
    };
}

bool row_change(struct db *db, const struct table_sql *table, const struct change *change, struct error *error)
{
    const struct shape *shape = table->shape;
    const char *sql = change->kind == CHANGE_PUT ? table->put : change->kind == CHANGE_ADD ? table->add : table->add_once;
    struct db_statement *statement = db_prepare(db, sql, error);
    if (!statement) return false;
    db_bind_row(statement, shape, change->row);
    bool ok = db_step(statement, error) == DB_DONE;
    db_reset(statement);
    if (ok && change->kind != CHANGE_ADD_ONCE && db_changes(db) != 1)
        return error_set(error, ERROR_STORE, "table %s: a row that should change isn't there", shape->name);
    return ok;
}
