/* SPDX-License-Identifier: EUPL-1.2 */
/* ignore.h - .aifignore: what of a code folder stays at home. A small language on purpose (docs/cli.md). Pure. */
#ifndef CLI_IGNORE_H
#define CLI_IGNORE_H

#include "base/error.h"
#include "base/text.h"
#include "cli/limits.h"

struct ignore_pattern { const char *text; bool folders_only, whole_path; };
struct ignore { int count; struct ignore_pattern patterns[CLI_IGNORE_PATTERNS]; };

/* Always there: .git, __pycache__, .aif. */
void ignore_init(struct ignore *ignore);

/* Adds the patterns of a file's text. What the language doesn't have ("!", "[", "\", "**") is refused by its line, for it
 * would be understood as something else than was meant. ERROR_INPUT. */
bool ignore_parse(struct ignore *ignore, const char *text, struct arena *arena, struct error *error);

/* Does a pattern name this path (relative, without a leading slash)? What lies in a folder that is named isn't asked for. */
bool ignore_names(const struct ignore *ignore, const char *path, bool is_folder);

#endif
