/* SPDX-License-Identifier: EUPL-1.2 */
/* merkle.c - RFC 9162, 2.1.
 *
 * A tree of n leaves is split at the largest power of two below n, again and again; so the left parts are whole, and a
 * growing tree needs to keep only one root per set bit of n. Proofs walk the same splits from the top. They are made without
 * recursion and checked by the RFC's own algorithms (2.1.3.2 and 2.1.4.2), which say no to a proof that is too long or
 * too short as well as to a wrong one. */
#include "core/trust/merkle.h"

#include <string.h>

struct hash merkle_leaf(const void *bytes, size_t size) { return sha256_2("\0", 1, bytes, size); }

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
    unsigned char both[1 + 2 * HASH_BYTES] = { 1 };
    memcpy(both + 1, left->bytes, HASH_BYTES);
    memcpy(both + 1 + HASH_BYTES, right->bytes, HASH_BYTES);
    return sha256(both, sizeof both);
}

void merkle_add(struct merkle *tree, const struct hash *leaf)
{
    struct hash carry = *leaf;
    int level = 0;
    CHECK(tree->size < UINT64_MAX);
    for (; tree->size >> level & 1; level++) carry = merkle_node(&tree->frontier[level], &carry);
    tree->frontier[level] = carry;
    tree->size++;
}

struct hash merkle_root(const struct merkle *tree)
{
    struct hash root = sha256("", 0);
    bool found = false;
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (!(tree->size >> level & 1)) continue;
        root = found ? merkle_node(&tree->frontier[level], &root) : tree->frontier[level];
        found = true;
    }
    return root;
}

static struct hash root_between(const struct merkle_leaves *leaves, uint64_t from, uint64_t to)
{
    struct merkle tree;
    tree.size = 0;
    for (uint64_t i = from; i < to; i++) {
        struct hash leaf = leaves->leaf(leaves->context, i);
        merkle_add(&tree, &leaf);
    }
    return merkle_root(&tree);
}

struct hash merkle_root_of(const struct merkle_leaves *leaves, uint64_t size) { return root_between(leaves, 0, size); }

/* The largest power of two below size, which is at least 2. */
static uint64_t split_of(uint64_t size) { return UINT64_C(1) << (63 - __builtin_clzll(size - 1)); }

static void proof_add(struct merkle_proof *proof, struct hash hash)
{
    CHECK(proof->count < MERKLE_PROOF_MAX);
    proof->hashes[proof->count++] = hash;
}

/* The walk goes from the root down; a proof is read from the leaf up. */
static void proof_turn(struct merkle_proof *proof)
{
    for (int i = 0, j = proof->count - 1; i < j; i++, j--) {
        struct hash hash = proof->hashes[i];
        proof->hashes[i] = proof->hashes[j];
        proof->hashes[j] = hash;
    }
}

void merkle_prove_inclusion(const struct merkle_leaves *leaves, uint64_t index, uint64_t size, struct merkle_proof *proof)
{
    uint64_t from = 0, to = size;
    CHECK(index < size);
    proof->count = 0;
    while (to - from > 1) {
        uint64_t middle = from + split_of(to - from);
        if (index < middle) {
            proof_add(proof, root_between(leaves, middle, to));
            to = middle;
        } else {
            proof_add(proof, root_between(leaves, from, middle));
            from = middle;
        }
    }
    proof_turn(proof);
}

bool merkle_check_inclusion(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *root,
                            const struct merkle_proof *proof)
{
    if (index >= size || proof->count < 0 || proof->count > MERKLE_PROOF_MAX) return false;
    uint64_t at = index, last = size - 1;
    struct hash hash = *leaf;
    for (int i = 0; i < proof->count; i++) {
        if (!last) return false;
        if (at & 1 || at == last) {
            hash = merkle_node(&proof->hashes[i], &hash);
            while (at && !(at & 1)) at >>= 1, last >>= 1;
        } else {
            hash = merkle_node(&hash, &proof->hashes[i]);
        }
        at >>= 1, last >>= 1;
    }
    return !last && hash_equal(&hash, root);
}

void merkle_prove_consistency(const struct merkle_leaves *leaves, uint64_t old_size, uint64_t size, struct merkle_proof *proof)
{
    uint64_t from = 0, to = size;
    bool old_is_whole = true; /* is what's left of the old tree a tree that the checker has as a whole? */
    CHECK(old_size && old_size <= size);
    proof->count = 0;
    while (to != old_size) {
        uint64_t middle = from + split_of(to - from);
        if (old_size <= middle) {
            proof_add(proof, root_between(leaves, middle, to));
            to = middle;
        } else {
            proof_add(proof, root_between(leaves, from, middle));
            from = middle;
            old_is_whole = false;
        }
    }
    if (!old_is_whole) proof_add(proof, root_between(leaves, from, to));
    proof_turn(proof);
}

bool merkle_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
                              const struct merkle_proof *proof)
{
    if (!old_size || old_size > size || proof->count < 0 || proof->count > MERKLE_PROOF_MAX) return false;
    if (old_size == size) return !proof->count && hash_equal(old_root, root);

    uint64_t at = old_size - 1, last = size - 1;
    int next = 0;
    bool old_is_whole = !(old_size & (old_size - 1)); /* a power of two: the old root starts the proof itself */
    if (!old_is_whole && !proof->count) return false;
    while (at & 1) at >>= 1, last >>= 1;
    struct hash old_hash = old_is_whole ? *old_root : proof->hashes[next++];
    struct hash hash = old_hash;
    for (; next < proof->count; next++) {
        const struct hash *sibling = &proof->hashes[next];
        if (!last) return false;
        if (at & 1 || at == last) {
            old_hash = merkle_node(sibling, &old_hash);
            hash = merkle_node(sibling, &hash);
            while (at && !(at & 1)) at >>= 1, last >>= 1;
        } else {
            hash = merkle_node(&hash, sibling);
        }
        at >>= 1, last >>= 1;
    }
    return !last && hash_equal(&old_hash, old_root) && hash_equal(&hash, root);
}
