/* SPDX-License-Identifier: EUPL-1.2 */
/* people.h - what people send: commands with keys of their own, sent again until they are answered. */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "core/command.h"
#include "door/door.h"
#include "sim/wire.h"

/* What the answer must be, as far as it can be known when the command is made. */
enum expectation {
    EXPECT_ANSWER,        /* by the rule, yes or no */
    EXPECT_REFUSAL,       /* by the rule or before the door, no */
    EXPECT_NOT_FOUND,     /* it isn't there, or isn't hers: the same */
    EXPECT_NOT_PERMITTED, /* she may look, no more */
    EXPECT_NO_PROJECT,    /* she named none, and hasn't exactly one */
    EXPECT_REUSED,        /* the key stands for another command */
    EXPECT_SAME,          /* the same command was answered before */
};

enum { PEOPLE_FOLDERS_MAX = 16 };

/* How the server, or the API in front of its door, took a command. */
enum order_result { ORDER_ANSWERED, ORDER_REPLAYED, ORDER_DENIED, ORDER_UNREAD, ORDER_UNAVAILABLE };

struct order {
    struct run        *run;
    int                person;      /* of the world */
    enum command_kind  kind;
    const char        *key, *json;
    struct hash        hash;        /* of kind and body */
    bool               is_dry, is_acknowledged;
    enum expectation   expectation;
    const struct order *before;     /* REUSED, SAME: whose key it has */
    /* once acknowledged */
    enum order_result  result;
    enum refusal_code  refusal;
    int                status;
    const char        *answer;
    struct order      *next;        /* all of them, newest first */
};

struct people {
    struct wire    up, down;
    int            made;            /* orders so far */
    int            open;            /* of them not acknowledged */
    struct order  *orders;
    const char    *not_found;       /* what a stranger reads, always the same */
    struct { const char *hash; int project; } folders[PEOPLE_FOLDERS_MAX]; /* accepted */
    int            folder_count;
};

void people_create(struct run *run);
/* Begins to send. */
void people_begin(struct run *run);

/* The server's side: an answer on its way back. */
void people_answer(const struct order *order, enum order_result result, enum refusal_code refusal, int status, const char *answer);

/* What was acknowledged is there: the kept answers are those that people have. */
void people_check_answers(struct run *run);
/* Sends all acknowledged commands once more, straight to the door: each must get the answer it had. */
void people_check_replays(struct run *run);

/* orders.c: the next command that somebody thinks of. Its key, expectation and body are drawn; the rest is zero. */
struct order *order_make(struct run *run);
/* Was it answered by the door, for good? */
bool order_is_kept(const struct order *order);

#endif
