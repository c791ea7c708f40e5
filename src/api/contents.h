/* SPDX-License-Identifier: EUPL-1.2 */
/* contents.h - files of code folders on the server's disk: DATA/files/PROJECT/AB/HASH, written once, never changed.
 * On a reader's thread: every function may wait for the disk. */
#ifndef API_CONTENTS_H
#define API_CONTENTS_H

#include "api/state.h"

/* Is the content there? */
bool contents_has(const struct api *api, struct id project, const char *hash);
/* A descriptor to read it; -1: it isn't there. */
int contents_open(const struct api *api, struct id project, const char *hash);
/* Keeps a received file under the name of its hash: synced, linked, its folder synced. The file itself stays the caller's. */
bool contents_keep(const struct api *api, struct id project, const char *hash, const char *path, int fd, struct error *error);

/* Has a canonical list a file with these contents? */
bool folder_list_names(const char *list, const char *hash);
/* Are all contents of a folder's list there? Remembered once they are, since nothing is ever taken away. */
bool folder_is_complete(struct api *api, const struct folder *folder, struct arena *arena);

#endif
