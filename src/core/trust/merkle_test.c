/* SPDX-License-Identifier: EUPL-1.2 */
/* merkle_test.c - the published eight-leaf vectors of Certificate Transparency, then all sizes to 130 against the recursive
 * definition of RFC 9162, 2.1.1, and every proof whole, bent, cut and lengthened. */
#include "core/trust/merkle.h"

#include <stdio.h>
#include <string.h>

enum { LEAVES = 130 };
static struct hash leaves[LEAVES];

static struct hash leaf_at(void *context, uint64_t index)
{
    (void)context;
    CHECK(index < LEAVES);
    return leaves[index];
}
static const struct merkle_leaves all = { leaf_at, NULL };

static bool is_hex(const struct hash *hash, const char *wanted)
{
    char hex[HASH_HEX + 1];
    hex_format(hash->bytes, HASH_BYTES, hex);
    return strcmp(hex, wanted) == 0;
}

static int fails(const char *what, uint64_t a, uint64_t b)
{
    printf("not ok - merkle: %s (%d, %d)\n", what, (int)a, (int)b);
    return 1;
}

/* bytes of the leaf | root of the tree that ends with it */
static const char *const published[][2] = {
    { "",                                 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
    { "00",                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
    { "10",                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
    { "2021",                             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
    { "3031",                             "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
    { "40414243",                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
    { "5051525354555657",                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
    { "606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

/* The proof that leaf 0 is in the tree of eight, and that this tree begins with the tree of one. */
static const char *const published_proof[] = {
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
};

static bool is_published(const struct merkle_proof *proof)
{
    if (proof->count != countof(published_proof)) return false;
    for (int i = 0; i < proof->count; i++)
        if (!is_hex(&proof->hashes[i], published_proof[i])) return false;
    return true;
}

static int published_fails(void)
{
    struct merkle tree = { .size = 0 };
    struct hash root = merkle_root(&tree);
    if (!is_hex(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")) return fails("the empty tree", 0, 0);
    for (int i = 0; i < countof(published); i++) {
        unsigned char bytes[16];
        size_t size = strlen(published[i][0]) / 2;
        CHECK(hex_parse(published[i][0], bytes, size));
        leaves[i] = merkle_leaf(bytes, size);
        merkle_add(&tree, &leaves[i]);
        root = merkle_root(&tree);
        if (!is_hex(&root, published[i][1])) return fails("published root", (uint64_t)i, 0);
    }
    struct merkle_proof proof;
    merkle_prove_inclusion(&all, 0, 8, &proof);
    if (!is_published(&proof)) return fails("published inclusion proof", 0, 8);
    merkle_prove_consistency(&all, 1, 8, &proof);
    if (!is_published(&proof)) return fails("published consistency proof", 1, 8);
    printf("ok - merkle: %d published roots and 2 proofs\n", countof(published) + 1);
    return 0;
}

/* The definition, as it stands in the RFC. */
static struct hash defined_root(uint64_t from, uint64_t count)
{
    uint64_t split = 1;
    if (!count) return sha256("", 0);
    if (count == 1) return leaves[from];
    while (split * 2 < count) split *= 2;
    struct hash left = defined_root(from, split), right = defined_root(from + split, count - split);
    unsigned char both[65] = { 1 };
    memcpy(both + 1, &left, 32);
    memcpy(both + 33, &right, 32);
    return sha256(both, sizeof both);
}

/* What an attacker may try with a proof. The one in hand is whole again afterwards. */
typedef bool check_proof(const struct merkle_proof *proof, uint64_t a, uint64_t b);

static bool survives_bending(struct merkle_proof *proof, check_proof *check, uint64_t a, uint64_t b)
{
    if (!check(proof, a, b)) return false;
    for (int i = 0; i < proof->count; i++) {
        proof->hashes[i].bytes[(a + b) % 32] ^= 4;
        if (check(proof, a, b)) return false;
        proof->hashes[i].bytes[(a + b) % 32] ^= 4;
    }
    proof->hashes[proof->count++] = leaves[0];
    if (check(proof, a, b)) return false;
    proof->count--;
    if (!proof->count) return true;
    proof->count--;
    if (check(proof, a, b)) return false;
    proof->count++;
    return true;
}

static struct hash roots[LEAVES + 1];

static bool check_inclusion(const struct merkle_proof *proof, uint64_t index, uint64_t size)
{
    return merkle_check_inclusion(&leaves[index], index, size, &roots[size], proof);
}

static bool check_consistency(const struct merkle_proof *proof, uint64_t old_size, uint64_t size)
{
    return merkle_check_consistency(old_size, &roots[old_size], size, &roots[size], proof);
}

static int roots_fail(void)
{
    struct merkle tree = { .size = 0 };
    for (uint64_t size = 0; size <= LEAVES; size++) {
        if (size) {
            unsigned char bytes[2] = { (unsigned char)size, 7 };
            leaves[size - 1] = merkle_leaf(bytes, sizeof bytes);
            merkle_add(&tree, &leaves[size - 1]);
        }
        roots[size] = defined_root(0, size);
        struct hash grown = merkle_root(&tree), asked = merkle_root_of(&all, size);
        if (tree.size != size || !hash_equal(&grown, &roots[size]) || !hash_equal(&asked, &roots[size])) return fails("root", size, 0);
    }
    printf("ok - merkle: roots of %d trees\n", LEAVES + 1);
    return 0;
}

static int proofs_fail(void)
{
    int count = 0;
    struct merkle_proof proof;
    for (uint64_t size = 1; size <= LEAVES; size++) {
        for (uint64_t index = 0; index < size; index++, count++) {
            merkle_prove_inclusion(&all, index, size, &proof);
            if (!survives_bending(&proof, check_inclusion, index, size)) return fails("inclusion", index, size);
            uint64_t other = (index + 1) % size;
            if (size > 1 && (merkle_check_inclusion(&leaves[other], index, size, &roots[size], &proof) ||
                             merkle_check_inclusion(&leaves[index], other, size, &roots[size], &proof)))
                return fails("inclusion of another leaf", index, size);
            if (merkle_check_inclusion(&leaves[index], index, size, &roots[size - 1], &proof)) return fails("another root", index, size);
        }
        if (merkle_check_inclusion(&leaves[0], size, size, &roots[size], &proof)) return fails("index outside", size, size);
        for (uint64_t old_size = 1; old_size <= size; old_size++, count++) {
            merkle_prove_consistency(&all, old_size, size, &proof);
            if (!survives_bending(&proof, check_consistency, old_size, size)) return fails("consistency", old_size, size);
            if (merkle_check_consistency(old_size, &roots[old_size - 1], size, &roots[size], &proof)) return fails("another old tree", old_size, size);
            if (merkle_check_consistency(old_size, &roots[old_size], size, &roots[size - 1], &proof)) return fails("another tree", old_size, size);
        }
        if (merkle_check_consistency(0, &roots[0], size, &roots[size], &proof)) return fails("nothing proved", 0, size);
    }
    printf("ok - merkle: %d proofs\n", count);
    return 0;
}

/* Hashes that do meet, in a tree of another size: only the length of the path tells. */
static int lengths_fail(void)
{
    struct merkle_proof none = { .count = 0 }, one = { .count = 1, .hashes = { leaves[0] } }, proof;
    if (merkle_check_inclusion(&leaves[1], 0, 1, &roots[2], &one)) return fails("inclusion, too long", 0, 1);
    if (merkle_check_consistency(1, &roots[1], 2, &roots[1], &none)) return fails("consistency, too short", 1, 2);
    merkle_prove_consistency(&all, 7, 8, &proof);
    if (merkle_check_consistency(3, &roots[7], 4, &roots[8], &proof)) return fails("consistency, too long", 3, 4);
    for (uint64_t size = 1; size <= LEAVES; size++) {
        merkle_prove_inclusion(&all, 0, size, &proof);
        if (merkle_check_inclusion(&leaves[0], 0, 2 * size, &roots[size], &proof)) return fails("inclusion, too short", 0, 2 * size);
    }
    printf("ok - merkle: paths of another tree's length\n");
    return 0;
}

int main(void)
{
    crypto_start();
    return published_fails() || roots_fail() || proofs_fail() || lengths_fail();
}
