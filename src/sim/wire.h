/* SPDX-License-Identifier: EUPL-1.2 */
/* wire.h - one direction between two parties: messages may be late, repeated, overtaken, cut or lost. */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "sim/run.h"

struct wire {
    struct run *run;
    int64_t     sent, arrived; /* highest number of each */
    int64_t     arrives_ms;    /* of the newest that was neither late nor repeated: those keep their order */
    int64_t     silent_until_ms; /* everything is lost until then */
};

struct message {
    void        (*arrive)(struct message *message);
    void         *context;
    const char   *bytes;   /* NULL: nothing that could be cut */
    size_t        length;
    bool          is_cut;
    int64_t       session, life, number; /* the sender's, for its receiver */
    struct id     job;
    /* the wire's own */
    struct wire  *wire;
    int64_t       order;
};

/* Copies the message, not its bytes, which must live as long as the run. False: no whole copy of it will arrive, as a sender
 * learns when its connection breaks. */
bool wire_send(struct wire *wire, const struct message *message);

#endif
