/* SPDX-License-Identifier: EUPL-1.2 */
/* sandbox.h - the walls around a job: bubblewrap with its own namespaces, a filter of system calls, and rlimits.
 *
 * Inside: no network; /home/job is FOLDER/work; /job/script is FOLDER/script; /tmp and /dev/shm are private and bounded;
 * /usr and a few files of /etc are read-only; user 1000 "job", host "job"; nothing else of the machine. */
#ifndef EXECUTOR_SANDBOX_H
#define EXECUTOR_SANDBOX_H

#include "executor/job_folder.h"

#define SANDBOX_PROGRAM "/usr/bin/bwrap"
#define SANDBOX_HOME    "/home/job"
enum { SANDBOX_USER = 61100 }; /* for agents that run as root: a number Debian gives to nobody (policy 9.2.2) */

struct sandbox {
    const struct job_plan *plan;
    const char            *folder; /* the job's, absolute */
    int                    options, filter, passwd, group; /* open files for bwrap */
    int                    job_lock, status, gate;         /* the caller's; job_lock stays open as long as the job lives */
    char                   options_number[12];
    const char            *command[ARGUMENTS_MAX + 10];
};

/* A gate holds a sandbox before the job's first instruction until somebody opens it; one that nobody opens stays shut. */
int sandbox_gate_create(void); /* -1 on failure; the caller closes it */
void sandbox_gate_open(int gate);

/* Prepares everything that can fail or allocate. status: bwrap writes there the job's first process, as JSON, before it
 * waits at the gate. plan and folder must stay. */
bool sandbox_init(struct sandbox *sandbox, const struct job_plan *plan, const char *folder, int job_lock, int status, int gate,
                  struct error *error);
void sandbox_finish(struct sandbox *sandbox);

/* In a forked child: becomes the job. What goes wrong is said on standard error, and the exit code is 127.
 * keeper: the parent; when it dies, so does the job. */
_Noreturn void sandbox_exec(const struct sandbox *sandbox, pid_t keeper);

/* The same without walls, where the site's policy says so: rlimits and a session of its own only. */
_Noreturn void sandbox_exec_without(const struct job_plan *plan, const char *folder, pid_t keeper);

/* Gives work/ and everything in it to the user; nothing to do for user 0. */
bool sandbox_give(const char *folder, int64_t user, struct error *error);

/* Runs one empty job in `folder` (made, and left there) the way all jobs are run. False: reason says why jobs can't be
 * walled in on this machine. Waits up to ten seconds: call it once, at start. */
bool sandbox_probe(const char *folder, const char *program, int64_t user, char *reason, size_t room);

#endif
