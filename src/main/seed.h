/* SPDX-License-Identifier: EUPL-1.2 */
/* seed.h - what a new network begins with: the public facts of data/network, and apart from them what demo/ pretends.
 * All of it goes through the door, so it stands in the trail like everything else; running it again changes nothing. */
#ifndef MAIN_SEED_H
#define MAIN_SEED_H

#include "door/door.h"

struct seed_options {
    struct door *door;
    struct id    server;      /* principal */
    const char  *home;        /* demo persons' tokens and agents' keys are made here */
    bool         demo;
    const struct sign_key *server_key; /* its secret makes demo persons' ids opaque and the same at every start */
    int64_t      now_ms;
};

bool seed(const struct seed_options *options, struct error *error);

#endif
