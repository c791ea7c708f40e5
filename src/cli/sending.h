/* SPDX-License-Identifier: EUPL-1.2 */
/* sending.h - a code folder to the server: its list, then those files that the project hasn't sent before. */
#ifndef CLI_SENDING_H
#define CLI_SENDING_H

#include "cli/context.h"

/* Sends folder `path` for `project` (NULL: the only one) and sets *hash to its name. CLI_FINE, or the code after telling why. */
int folder_send(struct cli *cli, const char *path, const char *project, const char **hash);

#endif
