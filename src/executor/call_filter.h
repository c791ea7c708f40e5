/* SPDX-License-Identifier: EUPL-1.2 */
/* call_filter.h - the system calls a job has no business with, as a seccomp program for the sandbox. */
#ifndef EXECUTOR_CALL_FILTER_H
#define EXECUTOR_CALL_FILTER_H

#include "base/error.h"

/* An open file with the program, read from its start; -1 on failure. The caller closes it. */
int call_filter_create(struct error *error);

#endif
