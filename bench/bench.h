/* SPDX-License-Identifier: EUPL-1.2 */
/* bench.h - measurements, each with the machine's own limit beside it. Run by ./dev bench, never by a test. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/base.h"

#include <sys/types.h>

struct spread { int64_t p50_us, p99_us, max_us; int count; };
struct spread spread_of(int64_t *values, int count); /* sorts them */

struct figure { double per_second; struct spread each; int64_t wrong; };

/* fdatasync of 4 KiB appended, one after the other. */
struct spread bench_disk(const char *folder, int seconds);
/* Submissions through the door in this process, `group` in a batch, on a database of their own; `each` is a batch. */
struct figure bench_door(const char *folder, int group, int seconds);

/* Makes a server's home with a project "bench" that can't run out of access time. */
void bench_prepare(const char *home);

/* A program of the network as a child: `verb` is server or up. Ends this program if it doesn't answer in 20 s. */
struct running { pid_t process; int said; uint16_t port; char token[80]; int64_t began_ms; double start_s; double mean_batch, command_us; };
/* Seconds from its start until every partition's agent has been heard. */
double bench_heard_s(const struct running *network);
struct running bench_start(const char *aif, const char *verb, const char *home);
/* Ends it; fills in what a server says of its batches. */
void bench_stop(struct running *running);

/* Closed loop: each client sends its next submission when the last was answered. */
struct figure bench_submit(const struct running *server, int clients, int seconds);
/* Open loop: `rate` requests a second over `clients` connections, whether answered or not; latency counts from the due time. */
struct figure bench_read(const struct running *server, const char *target, int clients, int rate, int seconds);
/* Opens `count` event streams and returns when each has had its first bytes; they stay open until the program ends. */
int bench_streams(const struct running *server, int count);

/* Proportional set size of a process and all below it, KiB. */
int64_t bench_pss_kib(pid_t process);

#endif
