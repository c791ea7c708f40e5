/* SPDX-License-Identifier: EUPL-1.2 */
/* server.h - the server of the simulation: the real store, door, broker and trail, without threads and sockets. What the API
 * does between a request and the door is done here too. It can be killed and started again. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "broker/broker.h"
#include "core/identity/identity.h"
#include "door/door.h"
#include "door/trail.h"
#include "sim/people.h"
#include "sim/wire.h"
#include "sim/world.h"

/* One command on its way through the door. */
struct sim_work {
    struct door_request request;
    struct arena        arena;
    struct sim_server  *server;
    /* It is answered; not called if the server was killed before. NULL: nobody waits. The work is gone after it. */
    void              (*done)(struct sim_work *work);
    void               *context;
    int64_t             number;
    struct sim_work    *next;
};

/* An agent's stream of instructions. */
struct sim_stream { int64_t session, after; bool is_open, is_pushing; };

struct sim_server {
    struct run        *run;
    char               location[240];
    bool               is_up, wake_is_planned, disk_may_fail;
    int64_t            life, skew_ms;
    struct store      *store;
    struct door       *door;
    struct broker     *broker;
    struct picture     picture;
    struct trail       trail;       /* what was re-read from disk */
    int64_t            signed_size;
    struct sim_work   *first, **last;
    struct sim_stream  streams[WORLD_SYSTEMS_MAX];
};

/* The files of its database, in the run's folder. */
enum { SERVER_FILES = 3 };
void sim_server_file(const struct run *run, int index, char *path, size_t room);

void sim_server_create(struct run *run);
void sim_server_destroy(struct sim_server *server);
/* As by a start after a clean end: the broker learns of partitions then. */
void sim_server_reopen(struct sim_server *server);
int64_t sim_server_now(const struct sim_server *server);

/* Killed now, started again by itself after a while. */
void sim_server_kill(struct sim_server *server);

/* A command at once, for the world's making: it must be accepted. */
void sim_server_do(struct sim_server *server, enum command_kind kind, struct id principal, const char *key, const void *body);

/* Work: created, filled in by its sender, put into the queue. The queue takes it over. */
struct sim_work *sim_work_create(struct sim_server *server, enum command_kind kind, struct id principal, int principal_kind);
void sim_work_put(struct sim_work *work);
void sim_work_destroy(struct sim_work *work);

/* chores.c: what upkeep does. */
void sim_server_chores_begin(struct sim_server *server);
void sim_server_event_told(struct sim_server *server, const struct event *event);

/* Arrivals; each is a message's `arrive`. desk.c: people. agents.c: sites (context: the site). */
void sim_server_order_arrives(struct message *message);
void sim_server_hello_arrives(struct message *message);
void sim_server_stream_arrives(struct message *message);
void sim_server_observations_arrive(struct message *message);
void sim_server_fetch_arrives(struct message *message);
void sim_server_upload_arrives(struct message *message);

/* desk.c: at once and in one batch, for orders that were answered before; at most BATCH_MAX. */
void sim_server_replay(struct sim_server *server, const struct order *const *orders, int count);

/* agents.c: all connections of sites are gone. */
void sim_server_connections_end(struct sim_server *server);
/* agents.c: the site's connection is gone, and the server has noticed. */
void sim_server_stream_gone(struct sim_server *server, int system, int64_t session);
/* agents.c: there may be new instructions for the site. */
void sim_server_push(struct sim_server *server, int system);

#endif
