/* SPDX-License-Identifier: EUPL-1.2 */
/* may.c - the role table, and the one function that asks it.
 *
 * Denied unless a row says so; nothing is taken away by another row, so a person with two roles has what either gives.
 * Two rules shaped the rows. Who judges something doesn't write it (reviewer, access manager, data steward, auditor).
 * Who runs or oversees machines sees that jobs are there and what they use, never what is in them: scripts and outputs
 * (job.output) are the project's alone. docs/roles.md shows the same table; its test keeps the two equal. */
#include "core/identity/may.h"

WORDS_DEFINE(role, ROLE_WORDS);
WORDS_DEFINE(scope_kind, SCOPE_KIND_WORDS);
WORDS_DEFINE(verb, VERB_WORDS);

enum { ROLE_VERBS_MAX = 24 };

/* The rest of a row is VERB_PUBLIC, which everybody has. */
static const struct role_row { enum scope_kind over; enum verb verbs[ROLE_VERBS_MAX]; } role_rows[] = {
    [ROLE_PROJECT_LEAD] = { SCOPE_OF_PROJECT,
        { VERB_PROJECT_READ, VERB_PROJECT_MANAGE, VERB_USAGE_READ, VERB_EVENT_READ, VERB_EVIDENCE_READ,
          VERB_JOB_READ, VERB_JOB_SUBMIT, VERB_JOB_CANCEL, VERB_JOB_OUTPUT, VERB_FOLDER_ADD,
          VERB_APPLICATION_READ, VERB_APPLICATION_WRITE, VERB_CASE_OPEN, VERB_CASE_ANSWER,
          VERB_DATASET_READ, VERB_DATASET_WRITE, VERB_MODEL_READ } },
    /* All of a lead's work, without what binds the project: its members and its applications. */
    [ROLE_PROJECT_MEMBER] = { SCOPE_OF_PROJECT,
        { VERB_PROJECT_READ, VERB_USAGE_READ, VERB_EVENT_READ, VERB_EVIDENCE_READ,
          VERB_JOB_READ, VERB_JOB_SUBMIT, VERB_JOB_CANCEL, VERB_JOB_OUTPUT, VERB_FOLDER_ADD,
          VERB_APPLICATION_READ, VERB_CASE_OPEN, VERB_CASE_ANSWER,
          VERB_DATASET_READ, VERB_DATASET_WRITE, VERB_MODEL_READ } },
    /* Stops jobs by closing or stopping the system (system.operate, and the agent's own policy), not in a project's name. */
    [ROLE_SITE_OPERATOR] = { SCOPE_OF_SYSTEM,
        { VERB_SYSTEM_READ, VERB_SYSTEM_OPERATE, VERB_JOB_READ, VERB_EVENT_READ } },
    [ROLE_FACTORY_ADVISER] = { SCOPE_OF_FACTORY,
        { VERB_PROJECT_READ, VERB_USAGE_READ, VERB_JOB_READ, VERB_CASE_OPEN, VERB_CASE_ANSWER } },
    /* Evidence says what ran, by hashes; that is enough to check a control, and shows no content. */
    [ROLE_COMPLIANCE_OFFICER] = { SCOPE_OF_FACTORY,
        { VERB_PROJECT_READ, VERB_EVIDENCE_READ, VERB_CONTROL_WRITE, VERB_CASE_OPEN, VERB_CASE_ANSWER } },
    /* Without review.read: a review is written before the others' are seen. */
    [ROLE_REVIEWER] = { SCOPE_OF_CALL, { VERB_APPLICATION_READ, VERB_REVIEW_WRITE } },
    /* The panel ranks and recommends; the decision is the programme officer's act. */
    [ROLE_PANEL_CHAIR] = { SCOPE_OF_CALL, { VERB_APPLICATION_READ, VERB_REVIEW_READ, VERB_REVIEW_WRITE } },
    [ROLE_PROGRAMME_OFFICER] = { SCOPE_OF_NETWORK,
        { VERB_PROJECT_READ, VERB_USAGE_READ, VERB_REPORT_READ, VERB_JOB_READ, VERB_SYSTEM_READ, VERB_EVENT_READ,
          VERB_LEDGER_CHECK, VERB_ALLOCATION_GRANT, VERB_SHARE_WRITE, VERB_CATALOGUE_WRITE, VERB_IDENTITY_WRITE,
          VERB_APPLICATION_READ, VERB_APPLICATION_CHECK, VERB_REVIEW_READ, VERB_DECISION_WRITE } },
    /* Checks the applications of her state; who checks them doesn't write them. */
    [ROLE_ACCESS_MANAGER] = { SCOPE_OF_STATE,
        { VERB_APPLICATION_READ, VERB_APPLICATION_CHECK, VERB_USAGE_READ, VERB_REPORT_READ } },
    [ROLE_DATA_STEWARD] = { SCOPE_OF_FACTORY, { VERB_DATASET_READ, VERB_DATASET_GOVERN } },
    [ROLE_TEF_ASSESSOR] = { SCOPE_OF_TEF, { VERB_MODEL_READ, VERB_EVIDENCE_READ, VERB_VALIDATION_WRITE } },
    [ROLE_AI_OFFICE] = { SCOPE_OF_NETWORK,
        { VERB_COMPUTE_REGISTER_READ, VERB_MODEL_READ, VERB_REPORT_READ, VERB_AUDIT_READ } },
    /* Reads what proves, changes nothing. */
    [ROLE_AUDITOR] = { SCOPE_OF_NETWORK,
        { VERB_AUDIT_READ, VERB_LEDGER_CHECK, VERB_EVENT_READ, VERB_USAGE_READ, VERB_EVIDENCE_READ } },
    /* What the server sends to its own door: set-up from data files, timers. It submits and reads for nobody. */
    [ROLE_SERVER] = { SCOPE_OF_NETWORK,
        { VERB_IDENTITY_WRITE, VERB_CATALOGUE_WRITE, VERB_AGENT_ENROL, VERB_PROJECT_MANAGE, VERB_ALLOCATION_GRANT,
          VERB_JOB_RELEASE, VERB_AGENT_SEND, VERB_AUDIT_CHECKPOINT } },
    [ROLE_AGENT] = { SCOPE_OF_SYSTEM, { VERB_AGENT_REPORT, VERB_SYSTEM_READ } },
};

bool role_includes(enum role role, enum verb verb)
{
    CHECK((int)role >= 0 && (int)role < countof(role_rows));
    for (int i = 0; i < ROLE_VERBS_MAX; i++)
        if (role_rows[role].verbs[i] == verb) return true;
    return verb == VERB_PUBLIC;
}

enum scope_kind role_scope(enum role role)
{
    CHECK((int)role >= 0 && (int)role < countof(role_rows));
    return role_rows[role].over;
}

static struct id link_of(const struct scope_chain *chain, enum scope_kind kind)
{
    switch (kind) {
    case SCOPE_OF_STATE: return chain->state;
    case SCOPE_OF_FACTORY: return chain->factory;
    case SCOPE_OF_SYSTEM: return chain->system;
    case SCOPE_OF_PROJECT: return chain->project;
    case SCOPE_OF_CALL: return chain->call;
    case SCOPE_OF_TEF: return chain->tef;
    case SCOPE_OF_NETWORK: break;
    }
    return (struct id){ 0 };
}

/* Rows of the database may be wrong; a role over a kind of thing that it isn't made for, or over nothing, reaches nothing. */
static bool reaches(const struct held_role *held, const struct scope_chain *object)
{
    if (held->kind != role_scope(held->role)) return false;
    if (held->kind == SCOPE_OF_NETWORK) return true;
    return !id_is_none(held->scope) && id_equal(held->scope, link_of(object, held->kind));
}

bool may(const struct actor *actor, enum verb verb, const struct scope_chain *object)
{
    if (verb == VERB_PUBLIC) return true;
    if (id_is_none(actor->id)) return false;
    CHECK(actor->role_count >= 0 && actor->role_count <= HELD_ROLES_MAX);
    for (int i = 0; i < actor->role_count; i++)
        if (role_includes(actor->roles[i].role, verb) && reaches(&actor->roles[i], object)) return true;
    return false;
}

bool may_somewhere(const struct actor *actor, enum verb verb, enum scope_kind kind)
{
    if (verb == VERB_PUBLIC) return true;
    if (id_is_none(actor->id)) return false;
    CHECK(actor->role_count >= 0 && actor->role_count <= HELD_ROLES_MAX);
    for (int i = 0; i < actor->role_count; i++) {
        const struct held_role *held = &actor->roles[i];
        bool has_scope = kind == SCOPE_OF_NETWORK || !id_is_none(held->scope);
        if (held->kind == kind && role_scope(held->role) == kind && has_scope && role_includes(held->role, verb)) return true;
    }
    return false;
}
