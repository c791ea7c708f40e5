/* SPDX-License-Identifier: EUPL-1.2 */
/* submission.h - a script and its options as the body of a request, for try and submit. */
#ifndef CLI_SUBMISSION_H
#define CLI_SUBMISSION_H

#include "cli/context.h"

struct submission {
    const char *file;    /* as it was named */
    const char *script;
    const char *project; /* NULL: not said */
    const char *folder;  /* hash; NULL: none */
    bool        dry_run;
};

/* Reads FILE. CLI_FINE, or what was told and is to be returned. */
int submission_read(struct cli *cli, struct submission *submission);

/* The body as JSON, with those variables of the caller's environment that --export names, and no others. CLI_FINE, or the code. */
int submission_format(struct cli *cli, const struct submission *submission, const char *const *environment, const char **body);

#endif
