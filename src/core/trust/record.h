/* SPDX-License-Identifier: EUPL-1.2 */
/* record.h - the signed record of one job: what ran where, when, how much, and what came out, by hashes.
 *
 * The agent writes and signs the body; the server signs body, agent's key and agent's signature. docs/evidence.md. */
#ifndef CORE_TRUST_RECORD_H
#define CORE_TRUST_RECORD_H

#include "base/crypto.h"
#include "base/json.h"
#include "core/command.h"
#include "core/trust/trust.h"

enum {
    RECORD_VERSION = 1,
    RECORD_OUTPUTS_MAX = 350,     /* so that paths of 255 bytes, all of them escaped, stay below the body's limit */
    RECORD_BODY_MAX = 262144,
    RECORD_SANDBOX_MAX = 1000,
};

struct record_output { const char *path; int64_t size_bytes; struct hash hash; };

/* What the agent knows of a job that has ended. Texts are plain UTF-8. */
struct record_facts {
    struct id   job, project;
    int64_t     number;
    struct id   system, partition, agent;
    bool        demo;                       /* the partition only pretends: so does every figure that follows from its peak */
    const char *name;
    struct hash script;
    const char *folder;                     /* SHA-256 of the code folder, hex; NULL: none */
    const struct record_output *outputs;    /* strictly sorted by path (strcmp), at most RECORD_OUTPUTS_MAX */
    int         output_count;
    int64_t     outputs_left_out;           /* files of the job's folder that aren't among them: links, odd names, too many or too large */
    bool        has_log;
    int64_t     log_size_bytes;
    struct hash log;
    int64_t     submitted_ms, started_ms, ended_ms; /* started 0: it never did */
    int64_t     ran_ms, pieces, peak_gflops;        /* peak of a piece; 0: unknown */
    enum observed_end end;
    int64_t     exit_code, signal, cpu_ms, memory_max_bytes;
    const char *sandbox;                    /* what kept it apart, in words; at most RECORD_SANDBOX_MAX bytes */
};

/* The body: canonical JSON, the same bytes for the same facts. */
char *record_format(const struct record_facts *facts, struct arena *arena);

/* pieces x seconds, a begun second counted whole. */
int64_t record_access_piece_s(int64_t pieces, int64_t ran_ms);
/* pieces x peak_gflops x 1e9 x seconds as decimal digits, since it outgrows 64 bits; "unknown" if the peak is. */
char *record_flop_upper_bound(int64_t pieces, int64_t peak_gflops, int64_t ran_ms, struct arena *arena);

/* What a body says of itself, to be compared with what the server knows. Texts in the arena. */
struct record_claim {
    struct id   job, project, system, partition, agent;
    const char *script, *folder;            /* hex; folder NULL: none */
    int64_t     pieces, ran_ms;
    enum observed_end end;
};
/* False if the body isn't a well-formed record of this version. */
bool record_parse(const char *body, struct arena *arena, struct record_claim *claim);

/* SHA-256 of the body: the record's name in events and in the job's row. */
struct hash record_hash(const char *body);

void record_sign(const char *body, const struct sign_key *agent, char signature[SIGNATURE_HEX + 1]);
/* Is the agent's signature that of the agent's key named beside it? Whether the key is that agent's is for the caller to know. */
bool record_is_signed(const struct job_record *record);
/* Fills server_key and server_signature, in the arena. */
void record_countersign(struct job_record *record, const struct sign_key *server, struct arena *arena);
bool record_is_countersigned(const struct job_record *record, struct arena *arena);

#endif
