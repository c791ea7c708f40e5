/* SPDX-License-Identifier: EUPL-1.2 */
/* rows.h - a struct as a row by its shape: what a statement is given, and what it gives. */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include "base/shape.h"
#include "db/db.h"

/* Its fields as parameters 1, 2, … in the shape's order. The row must live until db_reset. */
void db_bind_row(struct db_statement *statement, const struct shape *shape, const void *row);
/* Columns 0, 1, … of the current row in the shape's order; texts are copied to the arena. */
void db_read_row(struct db_statement *statement, const struct shape *shape, struct arena *arena, void *row);

#endif
