/* SPDX-License-Identifier: EUPL-1.2 */
/* json.h - JSON strictly read (jansson behind it) and plainly written.
 *
 * Reading follows I-JSON (RFC 7493): no duplicate names, valid UTF-8, integers kept exactly, depth and size bounded.
 * Writing is deterministic: the same calls give the same bytes, so what is written can be hashed and signed. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/shape.h"
#include "base/text.h"

enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 10000 };

/* Why a document or a body isn't taken; the words are those of the API's problem codes. */
enum json_fault_code {
    JSON_FINE, JSON_MALFORMED, JSON_TOO_DEEP, JSON_TOO_LARGE, JSON_DUPLICATE_KEY, JSON_INVALID_TEXT,
    JSON_NUMBER_OUT_OF_RANGE, JSON_UNKNOWN_FIELD, JSON_MISSING_FIELD, JSON_WRONG_KIND, JSON_INVALID_VALUE, JSON_CONFUSABLE_TEXT,
};
struct json_fault {
    enum json_fault_code code;
    size_t               offset;       /* bytes into the document: MALFORMED, DUPLICATE_KEY, INVALID_TEXT */
    char                 pointer[128]; /* RFC 6901, "" for the whole; our own field names or "/?" only, never raw input */
    char                 wanted[160];  /* what would have been right, in words; for UNKNOWN_FIELD the nearest name, if any */
};

struct json_t; /* jansson's */

/* A value that lives until json_free. NULL with *fault filled if the bytes aren't one well-formed document. */
struct json_t *json_read(const char *bytes, size_t length, struct json_fault *fault);
void json_free(struct json_t *json); /* NULL is fine */

/* Questions to a value; all of them take NULL and then find nothing. */
struct json_t *json_get(const struct json_t *object, const char *name);
struct json_t *json_at(const struct json_t *array, int index);
int json_count(const struct json_t *array);          /* 0 if it is no array */
const char *json_text(const struct json_t *json);    /* NULL if it is no string */
bool json_number(const struct json_t *json, int64_t *number);
double json_real_or_number(const struct json_t *json); /* 0 if it is neither; for data files only, never for amounts */
bool json_flag(const struct json_t *json);           /* false unless it is true */
bool json_holds_object(const struct json_t *json);
/* Calls back for each member of an object, in the document's order. */
void json_each(const struct json_t *object, void (*seen)(void *context, const char *name, struct json_t *value), void *context);
/* The value as compact text in the arena. */
char *json_dump(const struct json_t *json, struct arena *arena);

/* Fills a struct from an object by its shape; texts are copied to the arena. Unknown, missing, wrong: false and *fault. */
bool json_to_shape(const struct json_t *object, const struct shape *shape, struct arena *arena, void *into,
                   struct json_fault *fault);

struct json_writer { struct text *out; bool comma; };

struct json_writer json_writer_of(struct text *out);
void json_open(struct json_writer *writer, char bracket);   /* '{' or '[' */
void json_close(struct json_writer *writer, char bracket);  /* '}' or ']' */
void json_name(struct json_writer *writer, const char *name);
void json_put_text(struct json_writer *writer, const char *text); /* NULL: null */
void json_put_text_n(struct json_writer *writer, const char *bytes, size_t length);
void json_put_number(struct json_writer *writer, int64_t number);
void json_put_time(struct json_writer *writer, int64_t at_ms);    /* 0: null */
void json_put_flag(struct json_writer *writer, bool flag);
void json_put_null(struct json_writer *writer);
void json_put_raw(struct json_writer *writer, const char *json);  /* a value already written */
/* name and value */
void json_text_field(struct json_writer *writer, const char *name, const char *text);
void json_number_field(struct json_writer *writer, const char *name, int64_t number);
void json_time_field(struct json_writer *writer, const char *name, int64_t at_ms);
void json_flag_field(struct json_writer *writer, const char *name, bool flag);
/* The members of a struct by its shape, without braces; hidden ones are left out. */
void json_put_members(struct json_writer *writer, const struct shape *shape, const void *of);
void json_put_shape(struct json_writer *writer, const struct shape *shape, const void *of);

#endif
