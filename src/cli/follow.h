/* SPDX-License-Identifier: EUPL-1.2 */
/* follow.h - stays with a job until it has ended: woken by the server's events, reading its log from where it stopped. Outlives
 * restarts of the server. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/context.h"

struct follow_wish {
    const char *job;         /* as the server takes it */
    const char *label;       /* as people know it; NULL: job */
    const char *stream;      /* "log"; NULL: only the end is waited for */
    bool        raw;         /* bytes as they are, on a terminal too */
    bool        end_counts;  /* the code says how the job ended */
};

/* Returns once the job has ended and all bytes of the stream are shown: CLI_FINE or the end's code; or why it can't be followed. */
int follow_job(struct cli *cli, const struct follow_wish *wish);

/* completed 0; refused by its site 1; lost 5; every other end 6. */
enum cli_exit follow_exit_of_end(const char *ended_as);

/* Shows log bytes: as they are in a pipe, made harmless on a terminal unless `raw`. */
struct log_screen { struct cli *cli; bool raw; struct log_state *state; };
struct log_screen log_screen_of(struct cli *cli, bool raw);
void log_show(struct log_screen *screen, const void *bytes, size_t size);
void log_show_end(struct log_screen *screen);

#endif
