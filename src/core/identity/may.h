/* SPDX-License-Identifier: EUPL-1.2 */
/* may.h - the one question of access: may this actor do this to that? Denied unless a row of the role table says so.
 *
 * A role is granted over a scope. What is acted on lies in a chain of scopes (a job: its project, its system, the network);
 * a grant reaches it if one link of the chain is the grant's scope. Verbs are the commands' names, and "noun.read" for reads. */
#ifndef CORE_IDENTITY_MAY_H
#define CORE_IDENTITY_MAY_H

#include "base/shape.h"

#define ROLE_WORDS(X)                                                                                          \
    X(ROLE_PROJECT_LEAD, "project_lead") X(ROLE_PROJECT_MEMBER, "project_member")                              \
    X(ROLE_SITE_OPERATOR, "site_operator") X(ROLE_FACTORY_ADVISER, "factory_adviser")                          \
    X(ROLE_COMPLIANCE_OFFICER, "compliance_officer") X(ROLE_REVIEWER, "reviewer") X(ROLE_PANEL_CHAIR, "panel_chair") \
    X(ROLE_PROGRAMME_OFFICER, "programme_officer") X(ROLE_ACCESS_MANAGER, "access_manager")                    \
    X(ROLE_DATA_STEWARD, "data_steward") X(ROLE_TEF_ASSESSOR, "tef_assessor") X(ROLE_AI_OFFICE, "ai_office")   \
    X(ROLE_AUDITOR, "auditor") X(ROLE_SERVER, "server") X(ROLE_AGENT, "agent")
WORDS_ENUM(role, ROLE_WORDS);

#define SCOPE_KIND_WORDS(X)                                                                                    \
    X(SCOPE_OF_NETWORK, "network") X(SCOPE_OF_STATE, "state") X(SCOPE_OF_FACTORY, "factory")                   \
    X(SCOPE_OF_SYSTEM, "system") X(SCOPE_OF_PROJECT, "project") X(SCOPE_OF_CALL, "call") X(SCOPE_OF_TEF, "tef")
WORDS_ENUM(scope_kind, SCOPE_KIND_WORDS);

/* All verbs of the product from the start; those without a command or a read yet wait for theirs. */
#define VERB_WORDS(X)                                                                                          \
    X(VERB_PUBLIC, "public") /* open to nobody in particular */                                                \
    X(VERB_JOB_READ, "job.read") X(VERB_JOB_SUBMIT, "job.submit") X(VERB_JOB_CANCEL, "job.cancel")             \
    X(VERB_JOB_RELEASE, "job.release") X(VERB_JOB_OUTPUT, "job.output")                                        \
    X(VERB_FOLDER_ADD, "folder.add") X(VERB_PROJECT_READ, "project.read") X(VERB_USAGE_READ, "usage.read")     \
    X(VERB_PROJECT_MANAGE, "project.manage") X(VERB_EVIDENCE_READ, "evidence.read")                            \
    X(VERB_SYSTEM_READ, "system.read") X(VERB_SYSTEM_OPERATE, "system.operate")                                \
    X(VERB_EVENT_READ, "event.read") X(VERB_LEDGER_CHECK, "ledger.check") X(VERB_AUDIT_READ, "audit.read")     \
    X(VERB_CATALOGUE_WRITE, "catalogue.write") X(VERB_IDENTITY_WRITE, "identity.write")                        \
    X(VERB_ALLOCATION_GRANT, "allocation.grant") X(VERB_AUDIT_CHECKPOINT, "audit.checkpoint")                  \
    X(VERB_AGENT_REPORT, "agent.report") X(VERB_AGENT_SEND, "agent.send") X(VERB_AGENT_ENROL, "agent.enrol")   \
    X(VERB_APPLICATION_WRITE, "application.write") X(VERB_APPLICATION_READ, "application.read")                \
    X(VERB_APPLICATION_CHECK, "application.check") X(VERB_REVIEW_WRITE, "review.write")                        \
    X(VERB_REVIEW_READ, "review.read") X(VERB_DECISION_WRITE, "decision.write")                                \
    X(VERB_CASE_OPEN, "case.open") X(VERB_CASE_ANSWER, "case.answer") X(VERB_CONTROL_WRITE, "control.write")   \
    X(VERB_DATASET_WRITE, "dataset.write") X(VERB_DATASET_READ, "dataset.read")                                \
    X(VERB_DATASET_GOVERN, "dataset.govern") X(VERB_VALIDATION_WRITE, "validation.write")                      \
    X(VERB_MODEL_READ, "model.read") X(VERB_COMPUTE_REGISTER_READ, "compute_register.read")                    \
    X(VERB_SHARE_WRITE, "share.write") X(VERB_REPORT_READ, "report.read")
WORDS_ENUM(verb, VERB_WORDS);

struct held_role { enum role role; enum scope_kind kind; struct id scope; };

enum { HELD_ROLES_MAX = 64 };

/* Who acts, with what was granted to her at this moment. */
struct actor {
    struct id        id;      /* none: nobody */
    int              kind;    /* enum principal_kind */
    int              role_count;
    struct held_role roles[HELD_ROLES_MAX];
};

/* The chain of scopes that a thing lies in; an empty id is a link that it doesn't have. Everything lies in the network. */
struct scope_chain { struct id state, factory, system, project, call, tef; };

bool may(const struct actor *actor, enum verb verb, const struct scope_chain *object);

/* Does any of the actor's roles include the verb over scopes of this kind (or the whole network, asked with SCOPE_OF_NETWORK)? */
bool may_somewhere(const struct actor *actor, enum verb verb, enum scope_kind kind);
/* Does this role include this verb? The matrix in docs/roles.md and its test are made of this. */
bool role_includes(enum role role, enum verb verb);
/* Over what kind of thing this role is granted. A grant over another kind reaches nothing, whatever rows say. */
enum scope_kind role_scope(enum role role);

#endif
