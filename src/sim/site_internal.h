/* SPDX-License-Identifier: EUPL-1.2 */
/* site_internal.h - what site.c (the machine's steps) and site_link.c (its connection) share. */
#ifndef SIM_SITE_INTERNAL_H
#define SIM_SITE_INTERNAL_H

#include "sim/server.h"
#include "sim/site.h"

/* Something planned, for one life and one connection of a site. */
struct site_call { struct sim_site *site; int64_t life, session; struct id job; int64_t number; };
struct site_call *site_call(struct sim_site *site, struct id job);

int64_t site_now(const struct sim_site *site); /* by its own clock */
void site_step(struct sim_site *site, const struct agent_input *input);

/* site_link.c */
enum site_question { SITE_FETCH, SITE_UPLOAD };
void site_ask(struct sim_site *site, enum site_question question, struct id job); /* again and again, until it is answered */
void sim_site_send(struct sim_site *site);      /* the batch that the machine wants to be sent */
void site_reconnect(struct sim_site *site); /* after a pause */

#endif
