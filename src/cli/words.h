/* SPDX-License-Identifier: EUPL-1.2 */
/* words.h - figures as people read them; cut to what a glance needs; exact ones are in --json. Texts in
 * the arena. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "base/text.h"

char *words_duration(int64_t seconds, struct arena *arena);  /* "50 s", "2 min", "2 min 30 s", "1 h 40" */
char *words_amount(int64_t piece_s, struct arena *arena);    /* "0.133 h", rounded down */
char *words_size(int64_t bytes, struct arena *arena);        /* "512 bytes", "3 KiB", "41 MiB", rounded down */
char *words_count(int64_t count, const char *thing, struct arena *arena); /* "1 accelerator", "4 accelerators" */
/* RFC 3339 in UTC as "2026-11-20 10:48:45"; NULL stays NULL. */
char *words_time(const char *iso, struct arena *arena);
/* Seconds from one instant to the other, RFC 3339; false if either isn't one. */
bool words_between(const char *from, const char *to, int64_t *seconds);
/* "9f2c…77e1": a long id for a glance; it's copied whole elsewhere. */
char *words_short(const char *id, struct arena *arena);

#endif
