/* SPDX-License-Identifier: EUPL-1.2 */
/* rows.c - how each kind of field stands in a column: base/shape.h has the table. */
#include "db/rows.h"

#include <string.h>

static void bind_field(struct db_statement *statement, int parameter, const struct field *field, const char *at)
{
    const struct id *id = (const void *)at;
    int word;
    switch (field->kind) {
    case FIELD_ID:
        if (id_is_none(*id) && field->flags & FIELD_OPTIONAL) db_bind_null(statement, parameter);
        else db_bind_text(statement, parameter, id->text);
        return;
    case FIELD_TEXT: case FIELD_JSON: {
        const char *text = *(const char *const *)(const void *)at;
        CHECK(text || field->flags & FIELD_OPTIONAL);
        db_bind_text(statement, parameter, text);
        return;
    }
    case FIELD_NUMBER: db_bind_number(statement, parameter, *(const int64_t *)(const void *)at); return;
    case FIELD_TIME: {
        int64_t at_ms = *(const int64_t *)(const void *)at;
        if (at_ms) db_bind_number(statement, parameter, at_ms);
        else db_bind_null(statement, parameter);
        return;
    }
    case FIELD_FLAG: db_bind_number(statement, parameter, *(const bool *)at); return;
    case FIELD_WORD:
        memcpy(&word, at, sizeof word);
        db_bind_text(statement, parameter, word_name(field->words, word));
        return;
    case FIELD_TEXTS: break;
    }
    CHECK(field->kind != FIELD_TEXTS); /* lists have no column */
}

static void read_field(struct db_statement *statement, int column, const struct field *field, struct arena *arena, char *at)
{
    const char *text;
    int word;
    switch (field->kind) {
    case FIELD_ID:
        text = db_text(statement, column);
        *(struct id *)(void *)at = id_from(text ? text : "");
        return;
    case FIELD_TEXT: case FIELD_JSON: *(const char **)(void *)at = arena_text(arena, db_text(statement, column)); return;
    case FIELD_NUMBER: case FIELD_TIME: *(int64_t *)(void *)at = db_number(statement, column); return;
    case FIELD_FLAG: *(bool *)at = db_number(statement, column) != 0; return;
    case FIELD_WORD:
        word = word_find(field->words, db_text(statement, column));
        CHECK(word >= 0);
        memcpy(at, &word, sizeof word);
        return;
    case FIELD_TEXTS: return;
    }
}

void db_bind_row(struct db_statement *statement, const struct shape *shape, const void *row)
{
    for (int i = 0; i < shape->count; i++) bind_field(statement, i + 1, &shape->fields[i], (const char *)row + shape->fields[i].offset);
}

void db_read_row(struct db_statement *statement, const struct shape *shape, struct arena *arena, void *row)
{
    for (int i = 0; i < shape->count; i++) read_field(statement, i, &shape->fields[i], arena, (char *)row + shape->fields[i].offset);
}
