/* SPDX-License-Identifier: EUPL-1.2 */
/* table.h - rows and columns for the terminal: widths by what is shown, one column gives way when the line is too long. Pure. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/text.h"

enum { TABLE_COLUMNS_MAX = 10, TABLE_WIDTH_ANY = 0 };

/* Colours carry nothing that a word doesn't say too. */
enum paint { PAINT_PLAIN, PAINT_GOOD, PAINT_UNDER_WAY, PAINT_BAD, PAINT_QUIET, PAINT_STRONG };

enum table_column_kind {
    TABLE_LEFT, TABLE_RIGHT,
    TABLE_GIVES,  /* left, and cut first when the table is too wide; one a table */
};

struct table {
    struct arena *arena;
    int           columns, cells, room;
    const char   *heads[TABLE_COLUMNS_MAX];
    enum table_column_kind kinds[TABLE_COLUMNS_MAX];
    struct table_cell { const char *text; enum paint paint; } *all; /* row by row */
};

void table_init(struct table *table, struct arena *arena);
void table_column(struct table *table, enum table_column_kind kind, const char *head);
/* The next cell; rows fill from left to right. The text must be clean and live as long as the table; NULL is "unknown". */
void table_cell(struct table *table, enum paint paint, const char *text);
/* The table with its heads, at most `width` columns wide where the giving column allows it (TABLE_WIDTH_ANY: as wide as it is). */
void table_format(const struct table *table, int width, bool colour, struct text *out);

/* A text in its colour, or as it is. */
void paint_text(enum paint paint, const char *text, bool colour, struct text *out);

#endif
