/* SPDX-License-Identifier: EUPL-1.2 */
/* api.h - the server's HTTP interface: requests become commands for the door and reads for the readers, what was committed
 * becomes event streams and instructions to agents.
 *
 * Belongs to the loop's thread. Writer and readers work on requests that the HTTP server keeps for them, so the end has an order:
 * the loop has stopped, writer_destroy, readers_destroy, http_server_destroy, api_destroy, loop_destroy. */
#ifndef API_API_H
#define API_API_H

#include "core/jobs/placement.h"
#include "core/trust/trust.h"
#include "door/readers.h"
#include "door/writer.h"
#include "net/loop.h"
#include "net/server.h"
#include "protocol/v1.h"

struct api;

struct api_options {
    struct loop           *loop;
    struct writer         *writer;
    struct readers        *readers;
    const char            *location;     /* of the database, for auth's own look */
    const char            *data_folder;  /* folders below it are made: streams, files, spool (emptied) */
    struct id              network;
    struct id              server;       /* principal of what the server does by itself */
    const struct sign_key *server_key;   /* signs instructions */
    int64_t              (*now_ms)(void);
    uint64_t               trace_seed;   /* of the ids that problems carry */

    void *context;
    /* The broker's newest picture, copied. From any thread. */
    void (*picture)(void *context, struct picture *copy);
    /* An agent opened its instruction stream; said how its system is; its stream ended, and no newer one is open. On the loop's
     * thread. */
    void (*agent_heard)(void *context, struct id agent, struct id system);
    void (*agent_state)(void *context, struct id agent, struct id system, const struct v1_state *state);
    void (*agent_gone)(void *context, struct id agent, struct id system);
};

/* Options' pointers and their context must stay valid until api_destroy(), but for data_folder and location.
 * False with error if the database can't be opened or the folders can't be made. */
bool api_create(struct api **api, const struct api_options *options, struct error *error);
void api_destroy(struct api *api); /* NULL is fine */

/* Fills in the callbacks, their context, and the headers of every answer. */
void api_serve(struct api *api, struct http_server_options *http);

/* What a batch made happen, in order, copied from the writer's thread to the loop's: wakes streams, followers and the senders of
 * instructions. The events are the caller's again afterwards. */
void api_committed(struct api *api, const struct event *events, int count);

/* From now on nothing new is begun (503 shutting-down); streams are ended by http_server_drain(). */
void api_drain(struct api *api);

#endif
