/* SPDX-License-Identifier: EUPL-1.2 */
/* record.h - small files of `name value` lines, written whole or not at all; people can read them. */
#ifndef EXECUTOR_RECORD_H
#define EXECUTOR_RECORD_H

#include "base/file.h"
#include "base/text.h"

struct record_line { const char *name, *value; };

struct record {
    struct record_line *lines; /* in the arena of the load */
    int                 count;
};

/* Adds a line. Names are ours (no blank in them); values may hold anything but a 0. */
void record_add(struct text *to, const char *name, const char *value);
void record_add_number(struct text *to, const char *name, int64_t value);

/* Whole or not at all, as file_save() does it. */
bool record_save(int folder, const char *file, const struct text *text, enum file_care care, struct error *error);

/* Reads a record; refuses what is too large or isn't lines of name and value. */
bool record_load(int folder, const char *file, struct arena *arena, struct record *record, struct error *error);

/* The value of the first line of that name, or `missing`. */
const char *record_find(const struct record *record, const char *name, const char *missing);
int64_t record_find_number(const struct record *record, const char *name, int64_t missing);

/* All lines of that name into values, at most room; returns how many. */
int record_find_all(const struct record *record, const char *name, const char **values, int room);

#endif
