/* SPDX-License-Identifier: EUPL-1.2 */
/* base.h - the few words every file uses; no domain words live here. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define countof(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* A broken CHECK is a bug in this program: it stops here, in production too.
 * What users, sites and disks may do wrong is never CHECKed; see struct error
 * (the machine failed) and struct refusal (the rules say no). */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
_Noreturn void check_failed(const char *file, int line, const char *condition);

/* The name of a thing, for ever: a ULID made by the writer, or a short word from a data file
 * ("lumi", "lumi/gpu"). An empty text is "none". */
enum { ID_MAX = 47 };
struct id { char text[ID_MAX + 1]; };

/* Makes an id of text, which must fit: callers check lengths of what comes from outside. */
struct id id_from(const char *text);
bool id_equal(struct id a, struct id b);
bool id_is_none(struct id id);

/* Same text, where either may be NULL (NULL equals only NULL). */
bool same_text(const char *a, const char *b);

#endif
