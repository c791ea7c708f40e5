/* SPDX-License-Identifier: EUPL-1.2 */
/* site.h - a site of the simulation: the real agent machine with its journal, a simulated executor, and in place of the shell
 * around the machine (loop, HTTP, files) a short stand-in that keeps the same promises. */
#ifndef SIM_SITE_H
#define SIM_SITE_H

#include "agent/machine.h"
#include "executor/simulated.h"
#include "sim/wire.h"
#include "sim/world.h"

struct sim_site {
    struct run                *run;
    int                        index;      /* of the world's systems */
    struct wire                up, down;
    struct sign_key            key;
    struct agent_policy        policy;
    struct ulid_source         ids;
    char                       boot[40];
    int64_t                    skew_ms;    /* of its clock */
    struct db                 *journal;
    struct agent_machine      *machine;    /* NULL: it is down */
    struct simulated_world    *world;
    struct executor           *executor;
    int64_t                    life, session;
    bool                       is_greeting;
    int                        under_way;  /* questions and work on files that this life began */
    int64_t                    poll_ms;    /* planned; INT64_MAX: not */
    int64_t                    flight, flights; /* number of the batch that is under way, 0: none; of all so far */
    int64_t                    acknowledged; /* the server said so, of the journal below */
    char                       journal_name[40];
    int64_t                    delivered;  /* highest instruction that was on its way to it */
    const char                *last_body, *last_signature; /* of another's good instruction */
};

void sim_sites_create(struct run *run);
void sim_sites_begin(struct run *run);
void sim_sites_destroy(struct run *run);

/* Faults. */
void sim_site_kill(struct sim_site *site);
void sim_site_lose_journal(struct sim_site *site);
void sim_site_machine_down(struct sim_site *site);
void sim_site_drop(struct sim_site *site); /* its connection */
void sim_site_silence(struct sim_site *site, int64_t for_ms);

/* Answers of the server on their way; each is a message's `arrive` with the site as context. */
void sim_site_welcome_arrives(struct message *message);
void sim_site_instruction_arrives(struct message *message);
void sim_site_acknowledgement_arrives(struct message *message);
void sim_site_broken_arrives(struct message *message);  /* 409, 503, or the end of the stream: a new hello is needed */
void sim_site_fetched_arrives(struct message *message); /* job; bytes: NULL, or why not */
void sim_site_uploaded_arrives(struct message *message);

int sim_site_starts(struct run *run, int system, struct id job);
/* What the server has told agents is so in its store. */
void sim_sites_check(struct run *run);
/* Everything asked is taken, everything told is acknowledged, nothing is under way. */
bool sim_sites_are_settled(struct run *run);

#endif
