/* SPDX-License-Identifier: EUPL-1.2 */
/* run.h - one seed on its way: clock, agenda, randomness and the parts, which find each other here. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "base/arena.h"
#include "base/crypto.h"
#include "sim/agenda.h"
#include "sim/sim.h"

#define RUN_NETWORK "simulated"

struct world;
struct model;
struct people;
struct sim_server;
struct sim_site;

struct run {
    const struct sim_options *options;
    struct sim_result        *result;
    struct arena              arena;  /* whatever lives as long as the run */
    struct agenda             agenda;
    struct faults             faults;
    struct rng                rng;    /* the world and its people */
    struct rng                wires;  /* how long everything takes, and what is done together */
    int64_t                   now_ms; /* true time; server and sites have clocks of their own */
    bool                      has_begun; /* what is done before, to make the world, isn't told in the transcript */
    struct world             *world;
    struct model             *model;
    struct people            *people;
    struct sim_server        *server;
    struct sim_site          *sites;  /* as many as options->agents */
    char                      folder[200]; /* private, for databases */
};

/* A line of the transcript. */
void run_say(struct run *run, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));
void run_tally(struct run *run, enum tally tally);
/* A promise was broken: says so, the seed, and the line that replays it; ends the process. */
_Noreturn void run_fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define RUN_CHECK(run, condition, ...) ((condition) ? (void)0 : run_fail(run, __VA_ARGS__))

/* act(context) in `in_ms` of virtual time. */
void run_plan(struct run *run, int64_t in_ms, void (*act)(void *context), void *context);

#endif
