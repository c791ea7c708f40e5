/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/shape.h"

#include <string.h>

const char *word_name(const struct words *words, int value)
{
    CHECK(value >= 0 && value < words->count);
    return words->names[value];
}

int word_find(const struct words *words, const char *name)
{
    for (int i = 0; i < words->count; i++)
        if (strcmp(words->names[i], name) == 0) return i;
    return -1;
}

int64_t field_limit(const struct field *field)
{
    if (field->limit) return field->limit;
    switch (field->kind) {
    case FIELD_ID: return ID_MAX;
    case FIELD_TEXT: case FIELD_JSON: return TEXT_DEFAULT_MAX;
    case FIELD_TEXTS: return TEXTS_DEFAULT_MAX;
    case FIELD_NUMBER: case FIELD_TIME: case FIELD_FLAG: case FIELD_WORD: break;
    }
    return NUMBER_MAX;
}

const struct field *shape_find(const struct shape *shape, const char *name)
{
    for (int i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].name, name) == 0) return &shape->fields[i];
    return NULL;
}
