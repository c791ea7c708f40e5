/* SPDX-License-Identifier: EUPL-1.2 */
/* folder.h - a code folder that travels with jobs: a list of files, each named by its SHA-256, sent once.
 *
 * The folder's hash is the SHA-256 of its canonical list, so the same files in the same places are the same folder.
 * Nothing is ever unpacked: there is no archive, only files (docs/jobs.md). */
#ifndef CORE_DATA_FOLDER_H
#define CORE_DATA_FOLDER_H

#include "core/refusal.h"
#include "base/crypto.h"
#include "base/shape.h"

enum { FOLDER_FILES_MAX = 2000, FOLDER_PATH_MAX = 255, FOLDER_LIST_MAX = 1000000 };
#define FOLDER_BYTES_MAX ((int64_t)256 * 1024 * 1024)

struct folder_file { const char *path; int64_t size_bytes; bool executable; char hash[HASH_HEX + 1]; };
struct folder_list { struct folder_file *files; int count; int64_t size_bytes; };

#define FOLDER_FIELDS(X, R)                                                                       \
    X(R, ID,     project,    _, FIELD_KEY, 0, "whose it is")                                      \
    X(R, TEXT,   hash,       _, FIELD_KEY, 64, "SHA-256 of the canonical list, hex")              \
    X(R, NUMBER, files,      _, 0, FOLDER_FILES_MAX, "how many files")                            \
    X(R, NUMBER, size_bytes, _, 0, 0, "bytes of all files")                                       \
    X(R, TEXT,   list,       _, FIELD_HIDDEN, FOLDER_LIST_MAX, "the canonical list: one line a file") \
    X(R, TIME,   added_ms,   _, 0, 0, "when its list was accepted")
SHAPE_STRUCT(folder, FOLDER_FIELDS);

/* The body of folder.add: which project, and the canonical list. */
#define FOLDER_ADD_FIELDS(X, R)                                                                   \
    X(R, TEXT, project, _, FIELD_OPTIONAL, 47, "the project, if the person has several")          \
    X(R, TEXT, list,    _, 0, FOLDER_LIST_MAX, "one line a file, sorted by path: HASH SIZE x|- PATH")
SHAPE_STRUCT(folder_add, FOLDER_ADD_FIELDS);

/* A relative path of at most 255 bytes: no empty part, no "." or "..", no control characters, no leading '-' in a part. */
bool folder_path_is_safe(const char *path);

/* Reads a canonical list: "HASH SIZE x|- PATH" lines, sorted strictly by path (so no file stands twice).
 * INVALID_PATH, INVALID_VALUE, FOLDER_TOO_LARGE, FOLDER_TOO_MANY_FILES. */
struct refusal folder_parse(const char *list, struct arena *arena, struct folder_list *folder);
/* Writes the canonical list of files that are sorted by path. */
char *folder_format(const struct folder_list *folder, struct arena *arena);

#endif
