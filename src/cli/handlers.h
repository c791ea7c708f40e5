/* SPDX-License-Identifier: EUPL-1.2 */
/* handlers.h - what the verbs do; each returns aif's exit code. */
#ifndef CLI_HANDLERS_H
#define CLI_HANDLERS_H

#include "cli/cli.h"

int cli_factories(struct cli *cli), cli_systems(struct cli *cli), cli_status(struct cli *cli), cli_whoami(struct cli *cli); /* look.c */
int cli_try(struct cli *cli);                                                                                               /* try.c */
int cli_submit(struct cli *cli);                                                                                            /* submit.c */
int cli_jobs(struct cli *cli), cli_job(struct cli *cli), cli_cancel(struct cli *cli);                                       /* jobs.c */
int cli_explain(struct cli *cli);                                                                                           /* explain.c */
int cli_logs(struct cli *cli);                                                                                              /* logs.c */
int cli_fetch(struct cli *cli);                                                                                             /* fetch.c */
int cli_evidence(struct cli *cli);                                                                                          /* evidence.c */
int cli_usage(struct cli *cli), cli_ledger_check(struct cli *cli);                                                          /* usage.c */
int cli_audit_verify(struct cli *cli), cli_audit_export(struct cli *cli);                                                   /* audit.c */
int cli_events(struct cli *cli);                                                                                            /* events.c */

#endif
