/* SPDX-License-Identifier: EUPL-1.2 */
/* directives.h - the #SBATCH lines of a script, found and cut into options as sbatch does it. */
#ifndef CORE_JOBS_DIRECTIVES_H
#define CORE_JOBS_DIRECTIVES_H

#include "core/jobs/request.h"

enum { DIRECTIVE_OPTIONS_MAX = 256 };  /* words in all directives of a script; people write a dozen */

/* Text whose first line names its interpreter. SCRIPT_EMPTY, SCRIPT_NOT_TEXT, SCRIPT_NO_INTERPRETER. */
struct refusal script_check(const char *script);

struct directives {
    const char *at;     /* the next line; NULL: no more */
    int         line;   /* number of the line read last, from 1 */
    bool        below;  /* a command has been seen */
    int         words;  /* handed out so far */
};

struct directives directives_of(const char *script);
/* The next line with options; its words in the arena. No words: there is none.
 * DIRECTIVE_TOO_LATE, DIRECTIVE_NOT_ALLOWED (#PBS, #BSUB), OPTION_VALUE (an open quote, too many). */
struct refusal directives_next(struct directives *directives, struct arena *arena, struct texts *words);

#endif
