/* SPDX-License-Identifier: EUPL-1.2 */
/* verbs.h - the table of the verbs that talk to a server. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

extern const struct cli_verb verbs_own[];
extern const int verbs_own_count;

#endif
