/* SPDX-License-Identifier: EUPL-1.2 */
/* error.h - the machine failed: disk, network, configuration. Logged, retried; never an answer of a rule. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/base.h"

enum error_code {
    ERROR_NONE,
    ERROR_STORE,    /* the database said no; the transaction is gone or must be rolled back */
    ERROR_BUSY,     /* somebody else holds it now; trying again may work */
    ERROR_FULL,     /* no space left */
    ERROR_IO,       /* a read, write or sync failed */
    ERROR_NETWORK,  /* no connection, or it broke */
    ERROR_TIMEOUT,
    ERROR_PROTOCOL, /* the other side said something that can't be right */
    ERROR_CONFIG,   /* what an operator wrote can't be right */
    ERROR_INPUT,    /* what a user gave the command line can't be right */
};

struct error {
    enum error_code code;
    char            text[320]; /* one sentence for the operator; never a secret */
};

/* Fills error and returns false, so a failing function ends `return error_set(...)`. */
bool error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* error_set with ": " and the words for errno behind it. */
bool error_set_errno(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
