/* SPDX-License-Identifier: EUPL-1.2 */
/* keeper.h - the small process that looks after one job: starts it in its sandbox, copies its log, keeps its time, ends
 * it, and writes how it ended. It outlives the agent and leaves nothing of the job behind when it goes. */
#ifndef EXECUTOR_KEEPER_H
#define EXECUTOR_KEEPER_H

#include "base/error.h"

#include <sys/types.h>

enum { KEEPER_LOCK_FILE = 3 }; /* where a started keeper finds the locked keeper.lock */

/* For the executor: starts `program keeper FOLDER`, not as our child, with the lock as KEEPER_LOCK_FILE. The caller
 * closes its copy of the lock. False: nothing was started. */
bool keeper_start(const char *program, const char *folder, int lock, struct error *error);

/* The verb itself: argv is { "keeper", FOLDER }. Takes the lock if it wasn't handed one. Exit code 0: the job's end is
 * written, now or before; 1: it couldn't be, see keeper.log. Ends open files above 3: nothing may run before it. */
int keeper_main(int argc, char **argv);

#endif
