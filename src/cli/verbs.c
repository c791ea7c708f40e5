/* SPDX-License-Identifier: EUPL-1.2 */
/* verbs.c - the one table. Order is the order of help. */
#include "cli/verbs.h"

#include "cli/handlers.h"

#define OPTIONS(options) options, countof(options)
#define NO_OPTIONS NULL, 0

static const struct cli_option submit_options[] = {
    { "dir", 0, "DIR", "send this folder along: the code the script needs; .aifignore in it names what stays at home" },
    { "project", 0, "NAME", "the project that pays; may be left out by who has one only" },
    { "dry-run", 0, NULL, "say where it would run and what would be held; change nothing" },
    { "wait", 0, NULL, "wait for the job's end; the exit code says how it ended" },
};
static const struct cli_option jobs_options[] = {
    { "project", 0, "NAME", "only this project's" },
    { "state", 0, "STATE", "only held, waiting, running or ended ones" },
    { "limit", 0, "N", "at most so many, newest first (50; at most 200)" },
};
static const struct cli_option logs_options[] = {
    { "follow", 'f', NULL, "go on until the job has ended and all of its log is shown" },
    { "stream", 0, "NAME", "log, error, or out/PATH instead of the log" },
    { "raw", 0, NULL, "on a terminal too: escape sequences as the job wrote them" },
};
static const struct cli_option fetch_options[] = {
    { "to", 0, "DIR", "into this folder instead of ./PROJECT-NUMBER" },
    { "force", 0, NULL, "put a fetched file in the place of one that differs" },
};
static const struct cli_option usage_options[] = { { "project", 0, "NAME", "only this project's" } };
static const struct cli_option verify_options[] = { { "key", 0, "HEX", "the server's public key as you know it from elsewhere" } };
static const struct cli_option export_options[] = { { "force", 0, NULL, "replace FILE if it is there" } };
static const struct cli_option events_options[] = {
    { "follow", 'f', NULL, "go on with what happens" },
    { "after", 0, "N", "those behind event N (else the last 20 events)" },
};

#define SUBMIT_ABOUT \
    "FILE is the script that you have: Slurm's options before FILE and #SBATCH lines in it count as with sbatch; docs/jobs.md lists " \
    "those that are taken, all others are refused by name. What stands behind FILE is given to the script."

const struct cli_verb verbs_own[] = {
    { "try", CLI_LOOK, CLI_SCRIPT, "FILE [args]", "where would this script run, and where not, and why", SUBMIT_ABOUT " Nothing is kept.",
      "aif try train.sh\naif try --gpus=4 --time=10 train.sh", NO_OPTIONS, 0, 0, cli_try },
    { "factories", CLI_LOOK, 0, "", "the factories as announced", "What wasn't announced is shown as unknown.", "aif factories", NO_OPTIONS, 0, 0, cli_factories },
    { "systems", CLI_LOOK, 0, "", "the systems, their partitions and what is free now", NULL, "aif systems", NO_OPTIONS, 0, 0, cli_systems },
    { "status", CLI_LOOK, 0, "", "the network now: sites heard, jobs running and waiting", NULL, "aif status", NO_OPTIONS, 0, 0, cli_status },
    { "events", CLI_LOOK, 0, "", "what happened, as far as you may see it", NULL, "aif events -f", OPTIONS(events_options), 0, 0, cli_events },
    { "submit", CLI_JOBS, CLI_SCRIPT, "FILE [args]", "submit a job",
      SUBMIT_ABOUT " The submission has a key of its own: if the server is away it's sent again for up to 30 s and can't happen twice.",
      "aif submit --dir examples/tiny-lm examples/tiny-lm/train.sh\naif submit -n 4 --gpus=4 --time=10 train.sh --epochs 3", OPTIONS(submit_options), 0, 0, cli_submit },
    { "jobs", CLI_JOBS, 0, "", "your jobs, newest first", NULL, "aif jobs --state running", OPTIONS(jobs_options), 0, 0, cli_jobs },
    { "job", CLI_JOBS, 0, "ID", "one job: state, times, cost", "ID is PROJECT/NUMBER, a number if you have one project, or the job's id or its end.",
      "aif job aura/17", NO_OPTIONS, 1, 1, cli_job },
    { "explain", CLI_JOBS, 0, "ID", "why it was placed there, why it waits or how it ended, what to do", NULL, "aif explain aura/17", NO_OPTIONS, 1, 1, cli_explain },
    { "logs", CLI_JOBS, 0, "ID", "what the job wrote", "On a terminal, escape sequences in a log are shown instead of obeyed. Following outlives restarts of the server.",
      "aif logs -f aura/17", OPTIONS(logs_options), 1, 1, cli_logs },
    { "cancel", CLI_JOBS, 0, "ID", "end a job, or don't begin it", "Access time that it didn't use comes back.", "aif cancel aura/17", NO_OPTIONS, 1, 1, cli_cancel },
    { "fetch", CLI_JOBS, 0, "ID", "a finished job's outputs, checked by SHA-256",
      "What is there already with the right bytes isn't fetched again; a file that differs is never replaced without --force.",
      "aif fetch aura/17 --to results", OPTIONS(fetch_options), 1, 1, cli_fetch },
    { "usage", CLI_PROOF, 0, "", "access time by project and partition", NULL, "aif usage", OPTIONS(usage_options), 0, 0, cli_usage },
    { "evidence", CLI_PROOF, 0, "ID", "a finished job's signed record, both signatures checked", NULL, "aif evidence aura/17", NO_OPTIONS, 1, 1, cli_evidence },
    { "ledger check", CLI_PROOF, 0, "", "does the ledger balance, counted anew", NULL, "aif ledger check --as max", NO_OPTIONS, 0, 0, cli_ledger_check },
    { "audit verify", CLI_PROOF, 0, "[FILE]", "check the audit log: an export, or the server's",
      "Every event is hashed into the tree again, every signature is checked. With FILE no server is asked; - is standard input.",
      "aif audit verify --as max\naif audit verify log.jsonl --key 3f0a…", OPTIONS(verify_options), 0, 1, cli_audit_verify },
    { "audit export", CLI_PROOF, 0, "[FILE]", "the audit log as JSON lines", "Without FILE to standard output.", "aif audit export log.jsonl --as max",
      OPTIONS(export_options), 0, 1, cli_audit_export },
    { "whoami", CLI_PROOF, 0, "", "who you are here, and what you may", NULL, "aif whoami", NO_OPTIONS, 0, 0, cli_whoami },
};
const int verbs_own_count = countof(verbs_own);
