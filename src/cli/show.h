/* SPDX-License-Identifier: EUPL-1.2 */
/* show.h - things of the network as several verbs show them: a job's state, verdicts on partitions. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/context.h"

/* "◐ running", "▲ failed": a glyph and the word; how a job ended, once it has. */
const char *job_state_shown(struct cli *cli, const struct json_t *job, enum paint *paint);
/* "aura/17". */
const char *job_label(struct cli *cli, const struct json_t *job);
bool job_is_ended(const struct json_t *job);

/* "at once", "in about 2 min". */
const char *wait_shown(struct cli *cli, int64_t wait_s);

/* Verdicts: those that fit as a table, best first; then each that doesn't with sentence, rule and next step. Returns how many
 * fit. */
int verdicts_show(struct cli *cli, const struct json_t *verdicts, struct text *out);
/* The verdict that was chosen, NULL if there is none. */
const struct json_t *verdict_chosen(const struct json_t *verdicts);

/* On a demo network says so, in a line of its own. */
void demo_show(const struct json_t *json, struct text *out);

/* "  label      value" in a list of facts; a NULL value is "unknown". */
void fact_show(struct cli *cli, const char *label, const char *value, struct text *out);

#endif
