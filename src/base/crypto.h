/* SPDX-License-Identifier: EUPL-1.2 */
/* crypto.h - SHA-256 (OpenSSL), HMAC, Ed25519 (libsodium), random bytes, hex. Standard primitives only, so that any
 * auditor can check our figures with sha256sum and a stock Ed25519. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/error.h"

enum { HASH_BYTES = 32, HASH_HEX = 2 * HASH_BYTES, SIGN_SECRET_BYTES = 64, SIGN_PUBLIC_BYTES = 32, SIGN_SEED_BYTES = 32,
       SIGNATURE_BYTES = 64, SIGNATURE_HEX = 2 * SIGNATURE_BYTES };

struct hash { unsigned char bytes[HASH_BYTES]; };

struct hash sha256(const void *bytes, size_t size);
struct hash sha256_2(const void *a, size_t a_size, const void *b, size_t b_size);    /* of a followed by b */
struct hash hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size); /* RFC 2104 */
bool hash_equal(const struct hash *a, const struct hash *b);                         /* in constant time */

/* SHA-256 piece by piece, for files. */
struct sha256_stream;
struct sha256_stream *sha256_stream_create(void);
void sha256_stream_add(struct sha256_stream *stream, const void *bytes, size_t size);
struct hash sha256_stream_end(struct sha256_stream *stream); /* also destroys it */
void sha256_stream_destroy(struct sha256_stream *stream);

/* Lower-case hex with a 0 behind it: `to` has room for 2 * size + 1. */
void hex_format(const void *bytes, size_t size, char *to);
/* Exactly 2 * size hex digits; false otherwise. */
bool hex_parse(const char *hex, void *bytes, size_t size);

/* An Ed25519 key pair (RFC 8032). The secret never leaves the process that made or loaded it. */
struct sign_key {
    unsigned char secret[SIGN_SECRET_BYTES];
    unsigned char public[SIGN_PUBLIC_BYTES];
};
void sign_key_from_seed(struct sign_key *key, const unsigned char seed[SIGN_SEED_BYTES]);
void sign(const struct sign_key *key, const void *bytes, size_t size, unsigned char signature[SIGNATURE_BYTES]);
bool sign_verify(const unsigned char public[SIGN_PUBLIC_BYTES], const void *bytes, size_t size,
                 const unsigned char signature[SIGNATURE_BYTES]);

/* Random bytes of the kernel; for keys and tokens. Called by main and tests only, handed on as arguments. */
void random_fill(void *bytes, size_t size);

/* Call once before any other function here. */
void crypto_start(void);

#endif
