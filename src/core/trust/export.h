/* SPDX-License-Identifier: EUPL-1.2 */
/* export.h - the audit log as a file that anybody can check offline, and the checker.
 *
 * JSON Lines, each line canonical and ended by a line feed:
 *   header      network and the server's public keys; first, once
 *   event       exactly the bytes of its leaf (event_leaf_bytes)
 *   record      the signed job record, right behind the event job.recorded that names it
 *   checkpoint  behind the last event that it covers; the last line is one
 * So the checker needs a frontier of 64 hashes and one line of memory, however long the log is. docs/audit.md. */
#ifndef CORE_TRUST_EXPORT_H
#define CORE_TRUST_EXPORT_H

#include "core/trust/checkpoint.h"

enum {
    AUDIT_LINE_MAX = 1 << 20,   /* an event's payload has at most 300,000 bytes, a record's body 262,144, escaped at worst twice that */
    AUDIT_KEYS_MAX = 16,        /* of one network's server over the years */
};

/* Lines without their line feed. `keys`: the public keys (hex) of the checkpoints and records that follow, and no others. */
char *export_header(const char *network, const char *const *keys, int key_count, struct arena *arena);
char *export_checkpoint(const struct checkpoint *checkpoint, struct arena *arena);
char *export_record(const struct job_record *record, struct arena *arena);

/* Name and payload of the event that names a job's record: {"record":"SHA-256 of the body, hex"}; its subject is the job. */
#define RECORDED_EVENT "job.recorded"
char *export_recorded_payload(const char *body, struct arena *arena);

struct audit_key { char hex[HASH_HEX + 1]; bool used; };

struct audit_verifier {
    /* the result, good at any time */
    int64_t       lines, events, checkpoints, records;
    char          network[ID_MAX + 1];
    int64_t       signed_size, signed_at_ms;   /* of the newest good checkpoint */
    struct hash   signed_root;
    bool          failed;
    int64_t       failed_line;
    char          failure[240];                /* one sentence */
    /* the checker's own */
    struct arena  arena;
    struct merkle tree;
    int           key_count;
    struct audit_key keys[AUDIT_KEYS_MAX];
    const char *const *trusted;
    int           trusted_count;
    bool          awaits_record;
    struct id     awaited_job;
    char          awaited_hash[HASH_HEX + 1];
};

/* `trusted`: public keys (hex) that the checker knows from elsewhere; others are refused. None: the header is believed, which
 * proves that the log is whole, not whose it is. They must live as long as the verifier. */
void audit_verify_init(struct audit_verifier *verifier, const char *const *trusted, int trusted_count);
void audit_verify_finish(struct audit_verifier *verifier);
/* The next line, without its line feed. False once something was wrong; later lines are then ignored. */
bool audit_verify_line(struct audit_verifier *verifier, const char *line, size_t length);
/* After the last line: true if all of it holds. */
bool audit_verify_end(struct audit_verifier *verifier);

#endif
