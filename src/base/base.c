/* SPDX-License-Identifier: EUPL-1.2 */
/* base.c - ids and the end of a program that has found its own bug. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
    abort();
}

struct id id_from(const char *text)
{
    struct id id = { { 0 } };
    size_t length = strlen(text);
    CHECK(length <= ID_MAX);
    memcpy(id.text, text, length);
    return id;
}

bool id_equal(struct id a, struct id b) { return strcmp(a.text, b.text) == 0; }
bool id_is_none(struct id id) { return id.text[0] == 0; }

bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}
