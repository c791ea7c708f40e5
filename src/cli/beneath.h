/* SPDX-License-Identifier: EUPL-1.2 */
/* beneath.h - files below a folder by relative paths, one part at a time, following no symbolic link: what a path names
 * can't lie anywhere else, whatever happens in the folder meanwhile. Paths must be safe (folder_path_is_safe). */
#ifndef CLI_BENEATH_H
#define CLI_BENEATH_H

#include "base/file.h"

/* Opens a regular file for reading; -1 with errno (ELOOP: something on the way is a link or no folder). */
int beneath_open(int folder, const char *path, int64_t *size_bytes);

/* Opens the folder that holds the last part of path, making what is missing, and sets *name to that part; -1 with errno. */
int beneath_make(int folder, const char *path, const char **name);

/* What is in an open file, as file_text(); `name` is for sentences. */
char *file_text_of(int fd, const char *name, size_t most, size_t *length, struct error *error);

/* A whole small file as text with a 0 behind it, in malloc'd memory; at most `most` bytes. NULL with error. */
char *file_text(const char *path, size_t most, size_t *length, struct error *error);

#endif
