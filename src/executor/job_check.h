/* SPDX-License-Identifier: EUPL-1.2 */
/* job_check.h - what an executor refuses to start, in words for the user. Pure; the server has checked before, but a
 * server that was taken over shall not get past this. */
#ifndef EXECUTOR_JOB_CHECK_H
#define EXECUTOR_JOB_CHECK_H

#include "executor/slots.h"

/* Refuses in this order: key, limit, grace, memory, pieces and nodes, working folder, environment, arguments, their size. */
bool job_check(const struct executor_job *job, const struct slots_shape *shape, struct error *error);

/* head: the first bytes of the script. Refuses scripts without #! line and ones with Windows line ends there. */
bool job_check_script(const char *head, size_t size, struct error *error);

#endif
