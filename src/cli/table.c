/* SPDX-License-Identifier: EUPL-1.2 */
/* table.c - two spaces between columns, nothing behind the last one, no lines and no boxes: it's read by people and by cut(1).
 *
 * Colour codes are put around a cell after its width was settled, so they never count. */
#include "cli/table.h"

#include "cli/wrap.h"

#include <string.h>

enum { TABLE_GAP = 2, TABLE_CELL_LEAST = 8 };

void table_init(struct table *table, struct arena *arena) { *table = (struct table){ .arena = arena }; }

void table_column(struct table *table, enum table_column_kind kind, const char *head)
{
    CHECK(table->columns < TABLE_COLUMNS_MAX && !table->cells);
    table->kinds[table->columns] = kind;
    table->heads[table->columns++] = head;
}

void table_cell(struct table *table, enum paint paint, const char *text)
{
    if (table->cells == table->room) {
        int room = table->room ? table->room * 2 : 64;
        struct table_cell *all = arena_take(table->arena, sizeof *all * (size_t)room);
        if (table->cells) memcpy(all, table->all, sizeof *all * (size_t)table->cells);
        table->all = all;
        table->room = room;
    }
    table->all[table->cells++] = (struct table_cell){ text ? text : "unknown", text ? paint : PAINT_QUIET };
}

void paint_text(enum paint paint, const char *text, bool colour, struct text *out)
{
    static const char *const codes[] = {
        [PAINT_PLAIN] = "", [PAINT_GOOD] = "32", [PAINT_UNDER_WAY] = "33", [PAINT_BAD] = "31", [PAINT_QUIET] = "2", [PAINT_STRONG] = "1",
    };
    if (!colour || paint == PAINT_PLAIN || !*text) text_add(out, text);
    else text_add_format(out, "\033[%sm%s\033[0m", codes[paint], text);
}

static void put_spaces(int count, struct text *out)
{
    while (count-- > 0) text_add_char(out, ' ');
}

/* Widest cell of each column; the giving one is cut so that the line fits. */
static void settle(const struct table *table, int width, int widths[TABLE_COLUMNS_MAX])
{
    int all = TABLE_GAP * (table->columns - 1);
    for (int i = 0; i < table->columns; i++) widths[i] = text_columns(table->heads[i]);
    for (int i = 0; i < table->cells; i++) {
        int columns = text_columns(table->all[i].text), *widest = &widths[i % table->columns];
        if (columns > *widest) *widest = columns;
    }
    for (int i = 0; i < table->columns; i++) all += widths[i];
    for (int i = 0; width && i < table->columns; i++) {
        if (table->kinds[i] != TABLE_GIVES || all <= width) continue;
        int kept = widths[i] - (all - width);
        widths[i] = kept < TABLE_CELL_LEAST ? TABLE_CELL_LEAST : kept;
    }
}

static void put_cell(const struct table *table, int column, const int widths[TABLE_COLUMNS_MAX], enum paint paint, const char *text, bool colour,
                     struct text *out)
{
    const char *cut = text_cut(text, widths[column], table->arena);
    int left = widths[column] - text_columns(cut);
    bool last = column == table->columns - 1;
    if (table->kinds[column] == TABLE_RIGHT) put_spaces(left, out);
    paint_text(paint, cut, colour, out);
    if (table->kinds[column] != TABLE_RIGHT && !last) put_spaces(left, out);
    if (!last) put_spaces(TABLE_GAP, out);
}

/* An empty last cell leaves blanks behind the one before it. */
static void end_line(struct text *out)
{
    while (out->length && out->bytes[out->length - 1] == ' ') out->length--;
    out->bytes[out->length] = 0;
    text_add_char(out, '\n');
}

void table_format(const struct table *table, int width, bool colour, struct text *out)
{
    int widths[TABLE_COLUMNS_MAX];
    CHECK(table->columns && table->cells % table->columns == 0);
    settle(table, width, widths);
    for (int i = 0; i < table->columns; i++) put_cell(table, i, widths, PAINT_QUIET, table->heads[i], colour, out);
    end_line(out);
    for (int i = 0; i < table->cells; i++) {
        put_cell(table, i % table->columns, widths, table->all[i].paint, table->all[i].text, colour, out);
        if ((i + 1) % table->columns == 0) end_line(out);
    }
}
