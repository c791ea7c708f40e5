/* SPDX-License-Identifier: EUPL-1.2 */
/* rules.h - all rules, one a command; each stands in the file of its room. */
#ifndef CORE_RULES_H
#define CORE_RULES_H

#include "core/rule.h"

rule_decide person_add_decide, organisation_add_decide, role_grant_decide, token_add_decide;          /* identity/register.c */
rule_decide factory_put_decide, system_put_decide, partition_add_decide, agent_enrol_decide;          /* network/catalogue.c */
rule_decide agent_hello_decide, agent_send_decide, agent_take_decide;                                 /* network/agents.c */
rule_decide project_add_decide, allocation_grant_decide;                                              /* access/projects.c */
rule_decide folder_add_decide;                                                                        /* data/folders.c */
rule_decide job_submit_decide, job_cancel_decide, job_release_decide;                                 /* jobs/ */
rule_decide job_start_decide, job_end_decide, job_refuse_decide, stream_end_decide, job_record_decide; /* jobs/, trust/ */
rule_decide audit_checkpoint_decide;                                                                  /* trust/ */

#endif
