/* SPDX-License-Identifier: EUPL-1.2 */
/* merkle.h - the Merkle tree of RFC 9162, 2.1: one hash that stands for all events in their order, and short proofs that
 * an event is in it, and that a later tree begins with an earlier one.
 *
 * Leaf: SHA-256(0x00 followed by the bytes). Node: SHA-256(0x01, left, right). The empty tree is SHA-256 of nothing. */
#ifndef CORE_TRUST_MERKLE_H
#define CORE_TRUST_MERKLE_H

#include "base/crypto.h"

enum { MERKLE_LEVELS = 64, MERKLE_PROOF_MAX = 65 };

/* A tree that only grows, kept as the roots of its whole subtrees: frontier[i] counts where bit i of size is set. */
struct merkle {
    uint64_t    size;
    struct hash frontier[MERKLE_LEVELS];
};

struct merkle_proof { int count; struct hash hashes[MERKLE_PROOF_MAX]; };

/* The hash of leaf `index`, for proofs: whoever keeps the leaves answers. */
struct merkle_leaves { struct hash (*leaf)(void *context, uint64_t index); void *context; };

struct hash merkle_leaf(const void *bytes, size_t size);
struct hash merkle_node(const struct hash *left, const struct hash *right);
void merkle_add(struct merkle *tree, const struct hash *leaf);
struct hash merkle_root(const struct merkle *tree);
/* The root of the first `size` leaves, all of them asked for once. */
struct hash merkle_root_of(const struct merkle_leaves *leaves, uint64_t size);

/* Proof that leaf `index` is in the tree of `size` leaves; index < size. Asks for each leaf but that one, once. */
void merkle_prove_inclusion(const struct merkle_leaves *leaves, uint64_t index, uint64_t size, struct merkle_proof *proof);
bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *root,
                            const struct merkle_proof *proof);

/* Proof that the tree of `size` leaves begins with the tree of `old_size`; 0 < old_size <= size. */
void merkle_prove_consistency(const struct merkle_leaves *leaves, uint64_t old_size, uint64_t size, struct merkle_proof *proof);
bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
                              const struct merkle_proof *proof);

#endif
