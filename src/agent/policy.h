/* SPDX-License-Identifier: EUPL-1.2 */
/* policy.h - the site's own word: site.ini, written by its operator, obeyed by the agent whatever the server asks.
 *
 *     [agent]          id network system; rung = observe | account | submit (observe)
 *     [server]         url token_file key_file; public_key: if set, no other server is believed
 *     [partition NAME] slots; nodes slots_per_node (one node with all); accelerators = yes | no (yes)
 *     [limits]         of one job: accelerators wall_time_s; of all: jobs_per_day. Left out: no limit
 *     [sandbox]        allow_unsandboxed = yes | no (no)
 *
 * A key that isn't on this list, or stands twice, is an error with its line: a limit with a typing error in it is no limit. */
#ifndef AGENT_POLICY_H
#define AGENT_POLICY_H

#include "agent/limits.h"
#include "protocol/v1.h"

#define AGENT_RUNG_WORDS(X) X(RUNG_OBSERVE, "observe") X(RUNG_ACCOUNT, "account") X(RUNG_SUBMIT, "submit")
WORDS_ENUM(agent_rung, AGENT_RUNG_WORDS);

struct policy_partition { char name[32]; int slots, nodes, slots_per_node; bool has_accelerators; };

struct agent_policy {
    struct id       agent, network, system;
    enum agent_rung rung;
    char            url[POLICY_TEXT_BYTES + 1], token_file[POLICY_TEXT_BYTES + 1], key_file[POLICY_TEXT_BYTES + 1];
    bool            has_server_key;
    unsigned char   server_key[SIGN_PUBLIC_BYTES];
    int             partition_count;
    struct policy_partition partitions[POLICY_PARTITIONS];
    int64_t         accelerators, wall_time_s, jobs_per_day; /* -1: no limit */
    bool            allow_unsandboxed;
    char            hash[HASH_HEX + 1]; /* SHA-256 of the file */
};

/* Pure. ERROR_CONFIG with the line. */
bool agent_policy_parse(const char *text, size_t length, struct agent_policy *policy, struct error *error);
bool agent_policy_load(const char *path, struct agent_policy *policy, struct error *error);

/* Why this site doesn't take the job, in words for its owner; NULL: it does. Pure. */
const char *agent_policy_refuses(const struct agent_policy *policy, const struct v1_instruction *start, int64_t jobs_today, struct arena *arena);

/* A file that only its owner may read (mode 0600 or less); its text without the last line end. */
bool secret_load(const char *path, char *text, size_t room, struct error *error);
/* The agent's own key: a file with the 64 hex digits of an Ed25519 seed. */
bool agent_key_load(const char *path, struct sign_key *key, struct error *error);

#endif
