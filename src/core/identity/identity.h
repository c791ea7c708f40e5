/* SPDX-License-Identifier: EUPL-1.2 */
/* identity.h - who there is: persons, organisations, the roles granted to them, and their tokens. */
#ifndef CORE_IDENTITY_IDENTITY_H
#define CORE_IDENTITY_IDENTITY_H

#include "base/shape.h"
#include "core/identity/may.h"

/* A person is her id; name and handle stand nowhere else, least of all in events. */
#define PERSON_FIELDS(X, R)                                                                          \
    X(R, ID,   id,       _, FIELD_KEY, 0, "the person, for ever")                                    \
    X(R, TEXT, handle,   _, FIELD_UNIQUE | FIELD_PLAIN, 40, "short name for the command line")       \
    X(R, TEXT, name,     _, FIELD_PLAIN, 120, "what people call her")                                \
    X(R, TEXT, salt,     _, FIELD_HIDDEN, 64, "hex; commitments in events need it, erasing it erases them") \
    X(R, FLAG, demo,     _, 0, 0, "invented for the demo network")                                   \
    X(R, TIME, added_ms, _, 0, 0, "when she was added")
SHAPE_STRUCT(person, PERSON_FIELDS);

#define ORGANISATION_KIND_WORDS(X)                                                                    \
    X(ORGANISATION_START_UP, "start-up") X(ORGANISATION_SME, "sme") X(ORGANISATION_LARGE, "large company") \
    X(ORGANISATION_RESEARCH, "research") X(ORGANISATION_PUBLIC, "public")
WORDS_ENUM(organisation_kind, ORGANISATION_KIND_WORDS);

#define ORGANISATION_FIELDS(X, R)                                                 \
    X(R, ID,   id,       _, FIELD_KEY, 0, "the organisation")                     \
    X(R, TEXT, name,     _, FIELD_PLAIN, 120, "its name")                         \
    X(R, TEXT, country,  _, FIELD_PLAIN, 2, "ISO 3166 code of its seat")          \
    X(R, WORD, kind,     organisation_kind, 0, 0, "what it is")                   \
    X(R, FLAG, demo,     _, 0, 0, "invented for the demo network")                \
    X(R, TIME, added_ms, _, 0, 0, "when it was added")
SHAPE_STRUCT(organisation, ORGANISATION_FIELDS);

/* A role of a person over a scope: "project_lead of project aura". */
#define ROLE_GRANT_FIELDS(X, R)                                                              \
    X(R, ID,   id,         _, FIELD_KEY, 0, "the grant")                                     \
    X(R, ID,   person,     _, FIELD_INDEXED, 0, "who holds it")                              \
    X(R, WORD, role,       role, 0, 0, "the role")                                           \
    X(R, WORD, scope_kind, scope_kind, 0, 0, "over what kind of thing")                      \
    X(R, ID,   scope_id,   _, FIELD_OPTIONAL | FIELD_INDEXED, 0, "over which one; none for the whole network") \
    X(R, TIME, added_ms,   _, 0, 0, "when it was granted")
SHAPE_STRUCT(role_grant, ROLE_GRANT_FIELDS);

#define PRINCIPAL_KIND_WORDS(X) X(PRINCIPAL_NOBODY, "nobody") X(PRINCIPAL_PERSON, "person") X(PRINCIPAL_AGENT, "agent") X(PRINCIPAL_SERVER, "server")
WORDS_ENUM(principal_kind, PRINCIPAL_KIND_WORDS);

/* Only the token's SHA-256 is kept: the token is 256 random bits, so a plain hash can't be guessed back. */
#define TOKEN_FIELDS(X, R)                                                                   \
    X(R, TEXT, hash,       _, FIELD_KEY | FIELD_HIDDEN, 64, "SHA-256 of the token, hex")     \
    X(R, ID,   principal,  _, FIELD_INDEXED, 0, "whose it is")                               \
    X(R, WORD, kind,       principal_kind, 0, 0, "a person's or an agent's")                 \
    X(R, TIME, expires_ms, _, 0, 0, "good until then")                                       \
    X(R, TIME, added_ms,   _, 0, 0, "when it was made")
SHAPE_STRUCT(token, TOKEN_FIELDS);

#endif
