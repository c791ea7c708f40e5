/* SPDX-License-Identifier: EUPL-1.2 */
/* identity.c - the tables of who there is.
 *
 * All of them are for the whole network's eyes only: a project's people are shown to each other by the project's own
 * queries, never by listing persons, roles or tokens. */
#include "core/identity/identity.h"

WORDS_DEFINE(organisation_kind, ORGANISATION_KIND_WORDS);
WORDS_DEFINE(principal_kind, PRINCIPAL_KIND_WORDS);

SHAPE_TABLE(person, PERSON_FIELDS, "a human being known to the network", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(organisation, ORGANISATION_FIELDS, "a legal body that people act for", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(role_grant, ROLE_GRANT_FIELDS, "a role of a person over a scope", SCOPE_NETWORK, NULL, false);
SHAPE_TABLE(token, TOKEN_FIELDS, "what a person or an agent shows to be known again", SCOPE_NETWORK, NULL, false);
