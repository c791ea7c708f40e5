/* SPDX-License-Identifier: EUPL-1.2 */
/* schema.c - the DDL of all shapes. `aif schema` prints it; a new migration is cut from what it prints. Constraints hold what
 * SQL can hold: keys, ranges, the words of enums, no account below zero, no change to what is immutable. */
#include "store/store.h"

static const char *type_of(const struct field *field)
{
    switch (field->kind) {
    case FIELD_NUMBER: case FIELD_TIME: case FIELD_FLAG: return "{number}";
    case FIELD_ID: case FIELD_TEXT: case FIELD_WORD: case FIELD_JSON: case FIELD_TEXTS: break;
    }
    return "TEXT";
}

static void column(struct text *sql, const struct field *field)
{
    bool may_be_null = field->flags & FIELD_OPTIONAL || field->kind == FIELD_TIME;
    text_add_format(sql, "    \"%s\" %s%s%s", field->name, type_of(field), may_be_null ? "" : " NOT NULL", field->flags & FIELD_UNIQUE && !may_be_null ? " UNIQUE" : "");
    if (field->kind == FIELD_FLAG) text_add_format(sql, " CHECK (\"%s\" IN (0, 1))", field->name);
    if (field->kind == FIELD_NUMBER && !(field->flags & FIELD_SIGNED)) text_add_format(sql, " CHECK (\"%s\" >= 0)", field->name);
    if (field->kind == FIELD_WORD) {
        text_add_format(sql, " CHECK (\"%s\" IN (", field->name);
        for (int i = 0; i < field->words->count; i++) text_add_format(sql, "%s'%s'", i ? ", " : "", field->words->names[i]);
        text_add(sql, "))");
    }
    text_add(sql, ",\n");
}

static void guards(struct text *sql, const char *table)
{
    static const char *const acts[] = { "UPDATE", "DELETE" };
    text_add(sql, "-- only sqlite\n");
    for (int i = 0; i < countof(acts); i++)
        text_add_format(sql, "CREATE TRIGGER \"%s_no_%s\" BEFORE %s ON \"%s\" BEGIN SELECT RAISE(ABORT, '%s is never changed'); END;\n",
                        table, i ? "delete" : "update", acts[i], table, table);
    text_add(sql, "-- all\n");
}

/* Rows that lie in their key's order save a tree; large rows don't, they would thin out the tree that is searched. */
static bool lies_by_key(const struct shape *shape)
{
    for (int i = 0; i < shape->count; i++)
        if (shape->fields[i].limit > 10000 && (shape->fields[i].kind == FIELD_TEXT || shape->fields[i].kind == FIELD_JSON)) return false;
    return shape->fields[0].kind != FIELD_NUMBER; /* a number as the only key is the row's own number */
}

static void table(struct text *sql, const struct shape *shape)
{
    text_add_format(sql, "CREATE TABLE \"%s\" (\n", shape->name);
    for (int i = 0; i < shape->count; i++) column(sql, &shape->fields[i]);
    text_add(sql, "    PRIMARY KEY (");
    for (int i = 0, keys = 0; i < shape->count; i++)
        if (shape->fields[i].flags & FIELD_KEY) text_add_format(sql, "%s\"%s\"", keys++ ? ", " : "", shape->fields[i].name);
    text_add_format(sql, ")%s%s\n) {strict%s};\n", shape->constraint ? ",\n    " : "", shape->constraint ? shape->constraint : "", lies_by_key(shape) ? "_by_key" : "");
    for (int i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->flags & FIELD_UNIQUE && field->flags & FIELD_OPTIONAL)
            text_add_format(sql, "CREATE UNIQUE INDEX \"%s_one_%s\" ON \"%s\" (\"%s\") WHERE \"%s\" IS NOT NULL;\n", shape->name, field->name, shape->name, field->name, field->name);
        if (field->flags & FIELD_INDEXED)
            text_add_format(sql, "CREATE INDEX \"%s_by_%s\" ON \"%s\" (\"%s\");\n", shape->name, field->name, shape->name, field->name);
    }
    if (shape->immutable) guards(sql, shape->name);
    text_add(sql, "\n");
}

char *store_schema(struct arena *arena)
{
    struct text sql;
    text_init(&sql, arena);
    for (int i = 0; i < store_table_count; i++) table(&sql, store_tables[i]);
    return sql.bytes;
}
