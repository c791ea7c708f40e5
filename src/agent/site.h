/* SPDX-License-Identifier: EUPL-1.2 */
/* site.h - a site agent that runs: the machine with sockets, timers, files and a local executor.
 *
 * Its home holds site.ini (policy.h), lock, journal.db, executor/ and jobs/ID/; token and key are where site.ini says, relative
 * to the home. Jobs belong to their keepers: they go on when the agent stops, however it stops. */
#ifndef AGENT_SITE_H
#define AGENT_SITE_H

#include "base/error.h"

/* All 0: those of a real site. Tests are in more of a hurry. */
struct site_pace {
    int64_t reconnect_min_ms, reconnect_max_ms; /* 100 and 10,000; doubled from one to the other, with jitter */
    int64_t state_ms;                           /* 2,000; sooner when something changes */
    int64_t follow_ms;                          /* 250: how late a log may be */
    int64_t poll_ms;                            /* 500: the executor, if nothing wakes us */
    int64_t tick_ms;                            /* 5,000 */
};

struct site_options {
    const char      *home;
    const char      *program; /* that has the verb `keeper`; NULL: this one */
    uint64_t         seed[2]; /* random: names of journals, jitter */
    struct site_pace pace;
};

/* Runs until SIGTERM or SIGINT; tells on standard error what happens, a line an event (logfmt). 0: it was asked to stop;
 * 1: it can't begin, the last line says why. Call before other threads start. */
int site_run(const struct site_options *options);

#endif
