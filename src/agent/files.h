/* SPDX-License-Identifier: EUPL-1.2 */
/* files.h - a job's folder as the agent makes, reads and removes it. What a job left there is a stranger's: no link is ever
 * followed, and nothing outside is ever opened, whatever the names say.
 *
 * Folders are open descriptors; paths are relative and safe (folder_path_is_safe). */
#ifndef AGENT_FILES_H
#define AGENT_FILES_H

#include "base/file.h"

/* The folder `name`, made if it is missing, durably; -1 with an error. */
int files_folder(int parent, const char *name, struct error *error);

/* The same, but never made: -1 if it isn't there. */
int files_folder_open(int parent, const char *name);

/* A regular file for reading; -1: there is none, or it isn't one. */
int files_open(int folder, const char *path);

/* An empty file to download into; replaces one of that name. -1 with an error. */
int files_part(int folder, const char *name, struct error *error);
/* Moves it, durably, to `path` below `into`; makes the folders in between. */
bool files_place(int folder, const char *name, int into, const char *path, bool is_executable, struct error *error);

/* Removes a folder with all in it, at most `budget` names. True: nothing is left of it. */
bool files_remove(int parent, const char *name, int budget);

#endif
