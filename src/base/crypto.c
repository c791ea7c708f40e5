/* SPDX-License-Identifier: EUPL-1.2 */
/* crypto.c - thin words over OpenSSL and libsodium; no algorithm of our own. OpenSSL's SHA-256 uses the processor's
 * SHA instructions (0.6 ms a MiB against 4.0 with libsodium's), libsodium's Ed25519 is the faster signer (17 µs). */
#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <string.h>

void crypto_start(void) { CHECK(sodium_init() >= 0); }

struct sha256_stream { EVP_MD_CTX *context; };

struct sha256_stream *sha256_stream_create(void)
{
    struct sha256_stream *stream = OPENSSL_malloc(sizeof *stream);
    CHECK(stream);
    stream->context = EVP_MD_CTX_new();
    CHECK(stream->context && EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) == 1);
    return stream;
}

void sha256_stream_add(struct sha256_stream *stream, const void *bytes, size_t size)
{
    CHECK(EVP_DigestUpdate(stream->context, bytes, size) == 1);
}

struct hash sha256_stream_end(struct sha256_stream *stream)
{
    struct hash hash;
    CHECK(EVP_DigestFinal_ex(stream->context, hash.bytes, NULL) == 1);
    sha256_stream_destroy(stream);
    return hash;
}

void sha256_stream_destroy(struct sha256_stream *stream)
{
    if (!stream) return;
    EVP_MD_CTX_free(stream->context);
    OPENSSL_free(stream);
}

struct hash sha256(const void *bytes, size_t size)
{
    struct hash hash;
    SHA256(bytes, size, hash.bytes);
    return hash;
}

struct hash sha256_2(const void *a, size_t a_size, const void *b, size_t b_size)
{
    struct sha256_stream *stream = sha256_stream_create();
    sha256_stream_add(stream, a, a_size);
    sha256_stream_add(stream, b, b_size);
    return sha256_stream_end(stream);
}

struct hash hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size)
{
    struct hash hash;
    unsigned length = 0;
    CHECK(HMAC(EVP_sha256(), key, (int)key_size, bytes, size, hash.bytes, &length));
    CHECK(length == HASH_BYTES);
    return hash;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, HASH_BYTES) == 0;
}

void hex_format(const void *bytes, size_t size, char *to)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    for (size_t i = 0; i < size; i++) {
        *to++ = digits[from[i] >> 4];
        *to++ = digits[from[i] & 15];
    }
    *to = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool hex_parse(const char *hex, void *bytes, size_t size)
{
    unsigned char *to = bytes;
    if (strlen(hex) != 2 * size) return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        to[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

void sign_key_from_seed(struct sign_key *key, const unsigned char seed[SIGN_SEED_BYTES])
{
    CHECK(crypto_sign_seed_keypair(key->public, key->secret, seed) == 0);
}

void sign(const struct sign_key *key, const void *bytes, size_t size, unsigned char signature[SIGNATURE_BYTES])
{
    CHECK(crypto_sign_detached(signature, NULL, bytes, size, key->secret) == 0);
}

bool sign_verify(const unsigned char public[SIGN_PUBLIC_BYTES], const void *bytes, size_t size,
                 const unsigned char signature[SIGNATURE_BYTES])
{
    return crypto_sign_verify_detached(signature, bytes, size, public) == 0;
}

void random_fill(void *bytes, size_t size) { randombytes_buf(bytes, size); }
