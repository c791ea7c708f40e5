/* SPDX-License-Identifier: EUPL-1.2 */
/* job_rows.c - the tables of jobs and of what belongs to them.
 *
 * What a project may see of its jobs carries the project. Plans, scripts, dependencies and instructions don't: they are
 * read by the key of a job that was looked up in its scope before, and are closed to every query from outside. */
#include "core/jobs/job.h"

WORDS_DEFINE(job_state, JOB_STATE_WORDS);
WORDS_DEFINE(job_end, JOB_END_WORDS);
WORDS_DEFINE(instruction_kind, INSTRUCTION_KIND_WORDS);

/* The pair is how people name a job, and the order in which a project's jobs are listed. */
SHAPE_TABLE(job, JOB_FIELDS, "one run of a script on a partition", "project", "UNIQUE (\"project\", \"number\")", false);
SHAPE_TABLE(job_plan, JOB_PLAN_FIELDS, "what starts a job", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(script, SCRIPT_FIELDS, "a script, named by its hash", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(job_placement, JOB_PLACEMENT_FIELDS, "why a job was placed where it is", "project", NULL, false);
SHAPE_TABLE(job_dependency, JOB_DEPENDENCY_FIELDS, "a job waits for another", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(instruction, INSTRUCTION_FIELDS, "what the server asks of a site agent", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(stream, STREAM_FIELDS, "a log or output that is complete", "project", NULL, false);
