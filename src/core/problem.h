/* SPDX-License-Identifier: EUPL-1.2 */
/* problem.h - a refusal as a problem document (RFC 9457): the one form in which API, command line and simulation see it. */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

#include "core/refusal.h"

/* {"type","title","status","code","detail","rule","next","arguments":{…}}; the API adds "instance". */
char *problem_format(const struct refusal *refusal, struct arena *arena);

#endif
