/* SPDX-License-Identifier: EUPL-1.2 */
/* machine_internal.h - what machine.c, machine_connection.c, machine_job.c share: the machine and one step of it. */
#ifndef AGENT_MACHINE_INTERNAL_H
#define AGENT_MACHINE_INTERNAL_H

#include "agent/machine.h"

struct agent_machine {
    struct agent_machine_options options;
    struct journal     *journal;
    struct arena        texts;      /* of the mark */
    struct journal_mark mark;
    bool                has_server_key;
    unsigned char       server_key[SIGN_PUBLIC_BYTES];
    /* Not in the journal: true of one connection only. */
    bool                is_connected, is_sending;
    int64_t             told_taken;                  /* the server knows of it */
    int64_t             sending_taken, sending_made; /* what the batch on its way says; up to where there was something to say */
};

/* One step on its way. Handlers return false only if the journal failed. */
struct step {
    struct agent_machine    *machine;
    const struct agent_input *input;
    int64_t                  now_ms;
    struct arena            *arena;
    struct agent_outputs    *outputs;
    struct error            *error;
    bool                     mark_changed;
};

void step_output(struct step *step, enum agent_output_kind kind, struct id job);
void step_alarm(struct step *step, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Queues an observation: the struct of its kind, of which agent, journal and number aren't used. */
bool step_observe(struct step *step, enum command_kind kind, const void *observed);
/* A reason as the server takes it: plain, at most 300 bytes. */
const char *step_words(struct step *step, const char *words);

/* machine_connection.c */
bool step_connected(struct step *step);
bool step_acknowledged(struct step *step);
bool step_instructed(struct step *step);

/* machine_job.c */
bool job_take(struct step *step, const struct v1_instruction *start);   /* policy and expiry decide */
bool job_take_refused(struct step *step, const struct v1_instruction *start, const char *words);
bool job_take_unsure(struct step *step, struct id job);
bool job_cancel(struct step *step, struct id job);
bool job_settle_told(struct step *step);
bool step_begun(struct step *step);
bool step_fetched(struct step *step);
bool step_refused(struct step *step);
bool step_executed(struct step *step);
bool step_collected(struct step *step);
bool step_uploaded(struct step *step);
bool step_forgotten(struct step *step);
bool step_ticked(struct step *step);

#endif
