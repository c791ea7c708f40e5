/* SPDX-License-Identifier: EUPL-1.2 */
/* shape.h - a struct described once: its C members, its table, its JSON and its schema come from one list.
 *
 *     #define POINT_FIELDS(X, R)                                                        \
 *         X(R, ID,     id,   _,         FIELD_KEY, 0,   "the point")                    \
 *         X(R, NUMBER, x_m,  _,         0,         100, "metres east, at most 100")     \
 *         X(R, WORD,   kind, point_kind, 0,        0,   "what it is")
 *     SHAPE_STRUCT(point, POINT_FIELDS);                              in the header
 *     SHAPE_DEFINE(point, POINT_FIELDS, "a point", SHAPE_PRIVATE);    in the .c file
 *
 * A row: member, kind, name, enum (WORD only), flags, limit, what it means (with its unit).
 * Limit: bytes of a TEXT, entries of TEXTS, largest NUMBER; 0 means the kind's own limit below. */
#ifndef BASE_SHAPE_H
#define BASE_SHAPE_H

#include "base/base.h"

/* C member         SQL column              JSON
 * ID     struct id        TEXT                    string
 * TEXT   const char *     TEXT                    string; NULL only with FIELD_OPTIONAL
 * NUMBER int64_t          INTEGER                 integer within +-(2^53 - 1)
 * TIME   int64_t (ms)     INTEGER, NULL for 0     RFC 3339 string, null for 0 ("not yet")
 * FLAG   bool             INTEGER 0 or 1          true, false
 * WORD   enum             TEXT                    one of the enum's words
 * JSON   const char *     TEXT                    a JSON value as it stands (rows only)
 * TEXTS  struct texts     (no table has one)      array of strings (request bodies only) */
enum field_kind { FIELD_ID, FIELD_TEXT, FIELD_NUMBER, FIELD_TIME, FIELD_FLAG, FIELD_WORD, FIELD_JSON, FIELD_TEXTS };

enum field_flag {
    FIELD_KEY = 1,       /* the primary key; several make one together */
    FIELD_OPTIONAL = 2,  /* may be absent: NULL text, empty id, 0 */
    FIELD_HIDDEN = 4,    /* never shown in JSON (secrets, hashes of tokens) */
    FIELD_UNIQUE = 8,
    FIELD_INDEXED = 16,
    FIELD_SIGNED = 32,   /* a NUMBER that may be negative */
    FIELD_PLAIN = 64,    /* a TEXT without control, bidirectional or zero-width characters: names */
};

struct texts { const char *const *items; int count; };

/* The words of an enum, in order from 0. */
struct words { const char *const *names; int count; };

#define WORDS_MEMBER(symbol, word) symbol,
#define WORDS_NAME(symbol, word) word,
#define WORDS_ENUM(tag, LIST) enum tag { LIST(WORDS_MEMBER) }; extern const struct words tag##_words
#define WORDS_DEFINE(tag, LIST)                                           \
    static const char *const tag##_names[] = { LIST(WORDS_NAME) };        \
    const struct words tag##_words = { tag##_names, countof(tag##_names) }

const char *word_name(const struct words *words, int value);
int word_find(const struct words *words, const char *name); /* -1: none of them */

struct field {
    const char         *name;
    enum field_kind     kind;
    size_t              offset;
    unsigned            flags;
    int64_t             limit;
    const struct words *words; /* WORD only */
    const char         *doc;
};

struct shape {
    const char         *name;   /* of the struct and of the table */
    size_t              size;
    const struct field *fields;
    int                 count;
    const char         *doc;
    const char         *scope;  /* the column that says whose it is: see the scopes below; NULL for bodies */
    const char         *constraint; /* further SQL of the table, valid on both databases; or NULL */
    bool                immutable;  /* rows refuse update and delete */
};

/* Whose a row is. The query runner turns it into a condition; a table without one can't be queried from outside. */
#define SCOPE_PUBLIC  "*"  /* everybody's */
#define SCOPE_NETWORK ""   /* only for those who hold the verb for the whole network */
/* else the name of a column: project, system, person, factory */

#define SHAPE_MEMBER(R, kind, name, words, flags, limit, doc) SHAPE_MEMBER_##kind(name, words)
#define SHAPE_MEMBER_ID(name, words) struct id name;
#define SHAPE_MEMBER_TEXT(name, words) const char *name;
#define SHAPE_MEMBER_NUMBER(name, words) int64_t name;
#define SHAPE_MEMBER_TIME(name, words) int64_t name;
#define SHAPE_MEMBER_FLAG(name, words) bool name;
#define SHAPE_MEMBER_WORD(name, words) enum words name;
#define SHAPE_MEMBER_JSON(name, words) const char *name;
#define SHAPE_MEMBER_TEXTS(name, words) struct texts name;

#define SHAPE_WORDS_ID(words) NULL
#define SHAPE_WORDS_TEXT(words) NULL
#define SHAPE_WORDS_NUMBER(words) NULL
#define SHAPE_WORDS_TIME(words) NULL
#define SHAPE_WORDS_FLAG(words) NULL
#define SHAPE_WORDS_WORD(words) &words##_words
#define SHAPE_WORDS_JSON(words) NULL
#define SHAPE_WORDS_TEXTS(words) NULL

#define SHAPE_FIELD(R, kind, name, words, flags, limit, doc) \
    { #name, FIELD_##kind, offsetof(struct R, name), flags, limit, SHAPE_WORDS_##kind(words), doc },

#define SHAPE_STRUCT(tag, FIELDS)           \
    struct tag { FIELDS(SHAPE_MEMBER, tag) }; \
    extern const struct shape tag##_shape

#define SHAPE_BODY(tag, FIELDS, doc)                                                     \
    static const struct field tag##_fields[] = { FIELDS(SHAPE_FIELD, tag) };             \
    const struct shape tag##_shape = { #tag, sizeof(struct tag), tag##_fields, countof(tag##_fields), doc, NULL, NULL, false }

#define SHAPE_TABLE(tag, FIELDS, doc, scope, constraint, immutable)                      \
    static const struct field tag##_fields[] = { FIELDS(SHAPE_FIELD, tag) };             \
    const struct shape tag##_shape = { #tag, sizeof(struct tag), tag##_fields, countof(tag##_fields), doc, scope, constraint, immutable }

enum { TEXT_DEFAULT_MAX = 200, TEXTS_DEFAULT_MAX = 256 };
#define NUMBER_MAX ((int64_t)9007199254740991) /* 2^53 - 1: what every JSON reader keeps exactly (RFC 7493) */

/* The largest value (NUMBER), length in bytes (TEXT) or number of entries (TEXTS) of a field. */
int64_t field_limit(const struct field *field);
const struct field *shape_find(const struct shape *shape, const char *name); /* NULL: no such field */

#endif
