/* SPDX-License-Identifier: EUPL-1.2 */
/* collect.h - what a job left behind: its log, and the files of its folder that are new or changed, hashed.
 *
 * Outputs are regular files with safe names, in the order of their paths, as many as its record can name and 256 MiB in all;
 * what is left out is counted. The job must be over. */
#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include "agent/machine.h"

/* Name, beside work/, of the list of the code folder; what stands in it unchanged is no output. */
#define COLLECT_LIST "folder.list"

struct collection;

/* Looks at the job's folder. A folder that isn't there has nothing in it. NULL with an error: try again later. */
struct collection *collection_create(int jobs, struct id job, struct error *error);
void collection_destroy(struct collection *collection); /* NULL is fine */

/* Hashes on, about COLLECT_SLICE_BYTES; true: complete. */
bool collection_step(struct collection *collection);

/* Once complete: log, error and out/PATH, sorted by name; texts live as long as the collection. */
const struct agent_stream *collection_streams(const struct collection *collection, int *count, int64_t *left_out);

#endif
