/* SPDX-License-Identifier: EUPL-1.2 */
/* code_folder.h - a folder on this machine as the canonical list that travels with a job: every regular file in it, but what
 * .aifignore names. Links, sockets, pipes, devices and names that can't travel are refused, never left out in silence. */
#ifndef CLI_CODE_FOLDER_H
#define CLI_CODE_FOLDER_H

#include "cli/ignore.h"
#include "core/data/folder.h"

struct code_folder {
    int                fd;        /* the folder itself */
    struct folder_list list;      /* sorted by path */
    int                ignored;   /* entries that patterns named; a folder counts once */
    const char        *refused;   /* entries that can't travel, a line each; NULL or "": none */
    char              *text;      /* the canonical list */
    char               hash[HASH_HEX + 1]; /* of the list: the folder's name */
};

/* Walks, checks, hashes. False with *refusal set (a limit) or with *error set (the machine, or what can't travel: ERROR_INPUT).
 * code_folder_finish() in any case. */
bool code_folder_read(struct code_folder *folder, const char *path, struct arena *arena, struct refusal *refusal, struct error *error);
void code_folder_finish(struct code_folder *folder);

/* NULL: no file of the folder has that hash. */
const struct folder_file *code_folder_find(const struct code_folder *folder, const char *hash);

#endif
