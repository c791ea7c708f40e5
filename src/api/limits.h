/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - what one request may ask of the server, each figure with its reason. */
#ifndef API_LIMITS_H
#define API_LIMITS_H

enum {
    API_JSON_BYTES = 1024 * 1024,       /* a script of 256 KiB, escaped at worst twice that, and 300 options beside it */
    API_FOLDER_BYTES = 2 * 1024 * 1024, /* a folder's list of 1,000,000 bytes, half of them escaped */
    API_MEMORY_BYTES = 2 * 1024 * 1024, /* a larger body goes into a file as it comes */
    API_EMPTY_BYTES = 1024,             /* "{}", where a body says nothing */
    API_ARENA_BYTES = 24 * 1024 * 1024, /* the largest request, 64 observations, holds its 2 MiB three times over */
    API_ARENA_FIRST_BYTES = 112 * 1024, /* a submission takes 80 to 100 KiB in the door: one block, kept for the next */
    API_CALLS_KEPT = 64,                /* that many simultaneous submitters find their memory ready: 7 MiB */

    API_LIST_DEFAULT = 50,
    API_LIST_MAX = 200,                 /* rows of a page: 200 jobs are 300 KB */
    API_REACH_MAX = 1000,               /* projects that one person may oversee by name; the whole network is one role */

    API_LOG_BYTES = 64 * 1024 * 1024,   /* a log: 10 lines a second for a day */
    API_OUTPUTS_BYTES = 256 * 1024 * 1024, /* all outputs of a job together, as its code folder: weights of a small model */
    API_OUTPUTS = 1000,                 /* files; also what the agent sends at most */

    API_FEED_BYTES = 128 * 1024,        /* waits in a stream's buffer before more is read for it; half of net's */
    API_FEED_TICK_MS = 5,               /* how often a full stream is looked at again: 25 MB/s each */
    API_PAGE_BYTES = 256 * 1024,        /* text of an export that is made at a time */
    API_EVENTS_PAGE = 200,              /* events that are read at a time for a stream */
    API_EVENTS_SCAN = 10000,            /* events that one such read may look at: a few ms of a reader */
    API_STREAM_CHECK_MS = 30 * 1000,    /* streams outlive tokens and roles: asked again that often */
    API_FRONT_EVENTS = 8,               /* on the first page */

    API_MEMO_MS = 250,                  /* public answers tell the time; nobody reads it finer */
    API_TRY_BURST = 40, API_TRY_PER_S = 20, /* `try` of one address: a person never, a script that searches maybe */
    API_INSTRUCTIONS_PAGE = 32,         /* instructions sent at a time, each at most 300 KB */
};

#endif
