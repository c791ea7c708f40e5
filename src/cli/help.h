/* SPDX-License-Identifier: EUPL-1.2 */
/* help.h - the pages of --help, made from the table of verbs. Pure; 80 columns. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/text.h"
#include "cli/arguments.h"

/* All verbs by group, the options of all, exit codes. */
void help_all(const struct cli_verbs *verbs, struct text *out);
/* One verb: usage, what it does, options, an example, exit codes. */
void help_verb(const struct cli_verb *verb, struct text *out);

#endif
