/* SPDX-License-Identifier: EUPL-1.2 */
/* access.c - the tables of what was awarded.
 *
 * A project is its own scope: the column that says whose it is, is its id. */
#include "core/access/access.h"

SHAPE_TABLE(project, PROJECT_FIELDS, "what access time was awarded for", "id", NULL, false);
SHAPE_TABLE(allocation, ALLOCATION_FIELDS, "access time of a project on a partition", "project", NULL, false);
