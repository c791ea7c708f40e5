/* SPDX-License-Identifier: EUPL-1.2 */
/* rows.h - inside the store: the SQL of one table, made from its shape. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/store.h"

struct table_sql { const struct shape *shape; const char *select, *find, *add, *add_once, *put; };

void table_sql_make(struct table_sql *table, const struct shape *shape, struct arena *arena);
bool row_change(struct db *db, const struct table_sql *table, const struct change *change, struct error *error);

#endif
