/* SPDX-License-Identifier: EUPL-1.2 */
/* wire.c - rates are far above any real network's, so that every combination comes up within a few seeds. Who receives a
 * message asks by itself whether it is still the one that was meant (session, life). */
#include "sim/wire.h"

enum { LATENCY_MS = 20, LATE_MS = 60000, ONCE_LATE = 30, ONCE_REPEATED = 30, ONCE_LOST = 50, ONCE_CUT = 120 };

static void arrives(void *context)
{
    struct message *message = context;
    struct wire *wire = message->wire;
    if (wire->silent_until_ms > wire->run->now_ms) return;
    if (message->order < wire->arrived) fault_count(&wire->run->faults, FAULT_REORDERED);
    else wire->arrived = message->order;
    message->arrive(message);
}

static void deliver(struct wire *wire, const struct message *message, bool is_late)
{
    struct run *run = wire->run;
    struct message *copy = arena_take(&run->arena, sizeof *copy);
    *copy = *message;
    int64_t at_ms = run->now_ms + rng_between(&run->wires, 1, is_late ? LATE_MS : LATENCY_MS);
    if (!is_late && at_ms < wire->arrives_ms) at_ms = wire->arrives_ms;
    if (!is_late) wire->arrives_ms = at_ms;
    run_plan(run, at_ms - run->now_ms, arrives, copy);
}

bool wire_send(struct wire *wire, const struct message *message)
{
    struct run *run = wire->run;
    struct message sent = *message;
    sent.wire = wire;
    sent.order = ++wire->sent;
    if (wire->silent_until_ms > run->now_ms || fault_strikes(&run->faults, FAULT_LOST, ONCE_LOST)) return false;
    if (sent.bytes && sent.length && fault_strikes(&run->faults, FAULT_CUT, ONCE_CUT)) {
        sent.length = (size_t)rng_between(&run->wires, 0, (int64_t)sent.length - 1);
        sent.bytes = arena_text_n(&run->arena, sent.bytes, sent.length);
        sent.is_cut = true;
    }
    deliver(wire, &sent, fault_strikes(&run->faults, FAULT_LATE, ONCE_LATE));
    if (fault_strikes(&run->faults, FAULT_REPEATED, ONCE_REPEATED)) deliver(wire, &sent, true);
    return !sent.is_cut;
}
