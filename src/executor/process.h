/* SPDX-License-Identifier: EUPL-1.2 */
/* process.h - finding and ending processes that we didn't start ourselves, without ever hitting a stranger. */
#ifndef EXECUTOR_PROCESS_H
#define EXECUTOR_PROCESS_H

#include "base/base.h"

#include <sys/types.h>

/* The boot's id as Linux says it: a different text after every restart of the machine; "" if /proc is away. */
void process_boot(char to[40]);

/* When the process started, in clock ticks since boot; false if there is no such process. */
bool process_ticks(pid_t pid, int64_t *ticks);

/* Sends the signal to every descendant of root, not to root itself; returns how many got it. Processes forked while this
 * runs may be missed: who must end all of them calls again until it returns 0. */
int process_tree_signal(pid_t root, int signal);

/* Kills whoever has that file of the folder open; returns how many. */
int process_kill_holders(int folder, const char *file);

#endif
