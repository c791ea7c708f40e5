/* SPDX-License-Identifier: EUPL-1.2 */
/* trail.h - the Merkle tree over the events as they are on disk, and its checkpoints. */
#ifndef DOOR_TRAIL_H
#define DOOR_TRAIL_H

#include "core/trust/checkpoint.h"
#include "store/store.h"

struct trail { struct merkle tree; };

/* Adds the events behind those that it has, at most `room`, read from disk. */
bool trail_read(struct trail *trail, struct store *store, int room, struct error *error);

/* Reads all events that the newest checkpoint speaks of and holds them against it. False: the machine failed, or the trail isn't
 * what the server's key signed (error says at which size). */
bool trail_check(struct trail *trail, struct store *store, const char *network, const unsigned char public[SIGN_PUBLIC_BYTES], struct error *error);

#endif
