/* SPDX-License-Identifier: EUPL-1.2 */
/* command.c - the names of the commands, and the bodies that no room owns alone. */
#include "core/command.h"

WORDS_DEFINE(command_kind, COMMAND_WORDS);
WORDS_DEFINE(observed_end, OBSERVED_END_WORDS);

SHAPE_BODY(job_cancel, JOB_CANCEL_FIELDS, "end a job, or don't begin it");
SHAPE_BODY(job_release, JOB_RELEASE_FIELDS, "look again whether a held job may go");
SHAPE_BODY(project_add, PROJECT_ADD_FIELDS, "begin a project");
SHAPE_BODY(allocation_grant, ALLOCATION_GRANT_FIELDS, "grant access time on a partition to a project");
SHAPE_BODY(agent_hello, AGENT_HELLO_FIELDS, "a site agent begins a conversation");
SHAPE_BODY(agent_send, AGENT_NUMBER_FIELDS, "instructions may leave for the agent");
SHAPE_BODY(agent_take, AGENT_NUMBER_FIELDS, "instructions are on the agent's disk");
SHAPE_BODY(job_start, JOB_START_FIELDS, "the agent saw a job start");
SHAPE_BODY(job_ended, JOB_END_FIELDS, "the agent saw a job end");
SHAPE_BODY(job_refuse, JOB_REFUSE_FIELDS, "the site won't run a job");
SHAPE_BODY(stream_end, STREAM_END_FIELDS, "a log or output is complete");
SHAPE_BODY(job_record_add, JOB_RECORD_ADD_FIELDS, "the agent's signed record of a job");
