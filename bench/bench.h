/* SPDX-License-Identifier: EUPL-1.2 */
/* bench.h - measurements, each with the machine's own limit beside it. Run by ./dev bench, never by a test. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/base.h"

struct spread { int64_t p50_us, p99_us, max_us; int count; };
struct spread spread_of(int64_t *values, int count); /* sorts them */

struct door_figure { double per_second; struct spread batch; };

/* fdatasync of 4 KiB appended, one after the other. */
struct spread bench_disk(const char *folder, int seconds);
/* Submissions through the door in this process, `group` in a batch, on a database of their own. */
struct door_figure bench_door(const char *folder, int group, int seconds);

#endif
