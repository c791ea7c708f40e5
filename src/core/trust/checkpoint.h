/* SPDX-License-Identifier: EUPL-1.2 */
/* checkpoint.h - an event's leaf in the Merkle tree, and the server's signature over the whole tree. */
#ifndef CORE_TRUST_CHECKPOINT_H
#define CORE_TRUST_CHECKPOINT_H

#include "base/text.h"
#include "core/trust/merkle.h"
#include "core/trust/trust.h"

/* The event as one line of canonical JSON without a line end: sequence, at_ms, version, name, actor, subject, scope, command,
 * payload, in this order, the payload as it was written. These bytes are the leaf, and the event's line in an export. */
char *event_leaf_bytes(const struct event *event, struct arena *arena);
struct hash leaf_of(const struct event *event, struct arena *arena);

/* What is signed: "aif/NETWORK", size, root (hex), at_ms, each with a line feed behind it. */
char *checkpoint_text(const char *network, const struct checkpoint *checkpoint, struct arena *arena);

/* Fills a checkpoint over a tree that isn't empty; texts in the arena. The tree is to be made of what was read back from disk,
 * and one size is to be signed once: both are the caller's part. */
void checkpoint_sign(struct checkpoint *checkpoint, const char *network, const struct merkle *tree, int64_t at_ms,
                     const struct sign_key *key, struct arena *arena);
/* Is the signature that of the key it names? Whether that key is the server's is for the caller to know. */
bool checkpoint_is_signed(const struct checkpoint *checkpoint, const char *network, struct arena *arena);

#endif
