/* SPDX-License-Identifier: EUPL-1.2 */
/* settings.h - which home folder, which server, which person: from options, environment and files, in this order. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/error.h"
#include "base/text.h"
#include "cli/arguments.h"

struct settings {
    const char *home;
    const char *server;      /* "http://127.0.0.1:8080", no slash at its end */
    const char *server_from; /* where that was said, for sentences */
    const char *person;      /* of the demo network; NULL: none, or only a token is known */
    const char *token;       /* NULL: nobody in particular */
    const char *token_from;
    bool        by_default;  /* the person wasn't asked for: ana */
};

bool settings_find_home(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error);

/* ERROR_NETWORK if no server is known, ERROR_INPUT if what was given isn't an address. */
bool settings_find_server(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error);

/* A token is never an argument. ERROR_CONFIG if its file can be read by others or can't be read at all, or if it would go to
 * another machine unencrypted. Nothing said on a network of this home: ana. */
bool settings_find_token(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error);

/* "http://HOST[:PORT]" or "https://…" without path, person or query. Pure. */
bool server_address_is_good(const char *url);
/* Does it stay on this machine? Pure. */
bool server_address_is_local(const char *url);

#endif
