/* SPDX-License-Identifier: EUPL-1.2 */
/* trust_rows.c - the tables of what can be proved later. None of their rows is ever changed or removed, in SQL too.
 *
 * An event's scope is a text ("project:ID"), which the query runner compares as a whole. Checkpoints are public: a log
 * that shows its heads to few can show different ones to each. */
#include "core/trust/trust.h"

SHAPE_TABLE(event, EVENT_FIELDS, "a fact that happened", "scope", NULL, true);
SHAPE_TABLE(checkpoint, CHECKPOINT_FIELDS, "the server's signature over all events so far", SCOPE_PUBLIC, NULL, true);
SHAPE_TABLE(job_record, JOB_RECORD_FIELDS, "what ran, signed by agent and server", "project", NULL, true);
