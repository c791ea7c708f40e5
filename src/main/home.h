/* SPDX-License-Identifier: EUPL-1.2 */
/* home.h - the folder of a network on one machine: keys, tokens, database, contents.
 *
 *     HOME/server.key           the server's Ed25519 seed, hex, 0600
 *     HOME/aif.db               SQLite
 *     HOME/data/                files of code folders, logs, outputs
 *     HOME/address              the server's URL, written when it answers
 *     HOME/network              the network's id and the server's public key
 *     HOME/persons/NAME.token   demo persons' tokens, 0600
 *     HOME/sites/SYSTEM/        an agent's own folder: site.ini, agent.key, agent.token, jobs */
#ifndef MAIN_HOME_H
#define MAIN_HOME_H

#include "base/arena.h"
#include "base/crypto.h"
#include "base/file.h"

enum { HOME_PATH_MAX = 4000, SECRET_HEX = 64 };

/* HOME/a/b…; a format without surprises: path parts are our own words and checked ids. */
char *home_path(const char *home, struct arena *arena, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A secret of 32 random bytes as hex in a file of its own, 0600: read if it's there (refused if others may read it), else made. */
bool secret_file(const char *path, char hex[SECRET_HEX + 1], struct error *error);
bool key_file(const char *path, struct sign_key *key, struct error *error);

/* Writes a small file, for its owner only, durably or not at all. */
bool file_write(const char *path, const char *text, struct error *error);

/* Holds HOME/NAME for the life of the process. ERROR_BUSY says who has it. */
bool home_lock(const char *path, struct error *error);

#endif
