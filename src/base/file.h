/* SPDX-License-Identifier: EUPL-1.2 */
/* file.h - small files written whole or not at all, and the folders they lie in. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/crypto.h"

#include <sys/types.h>

/* All of the bytes, whatever signals come between; false: errno says why. */
bool file_write_all(int file, const void *bytes, size_t size);
bool file_write_all_at(int file, const void *bytes, size_t size, int64_t offset);

/* Writes `name`.new in the open folder and renames it, mode 0600; `name` has no slash. FILE_DURABLE: file and folder are on the
 * disk when this returns true; FILE_QUICK: whole after a killed process, perhaps gone after a power cut. ERROR_FULL, ERROR_IO. */
enum file_care { FILE_QUICK, FILE_DURABLE };
bool file_save(int folder, const char *name, const void *bytes, size_t size, enum file_care care, struct error *error);

/* A small regular file, with a 0 behind it: its length, or -1 with an error if it can't be read or has more than room - 1 bytes.
 * A secret is refused if others may read it. */
enum file_secrecy { FILE_OPEN, FILE_SECRET };
ssize_t file_load(const char *path, enum file_secrecy secrecy, char *text, size_t room, struct error *error);

/* SHA-256 and size of an open regular file, from its beginning. */
bool file_hash(int file, char hex[HASH_HEX + 1], int64_t *size_bytes);

/* Makes the folder, for its owner only, and those above it that are missing. */
bool folder_make(const char *path, struct error *error);

#endif
