/* SPDX-License-Identifier: EUPL-1.2 */
/* main.c - one program: the verbs that run processes are wired here, all others are the command line's. */
#include "base/arena.h"
#include "base/crypto.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    crypto_start();
    if (argc > 1 && strcmp(argv[1], "schema") == 0) {
        struct arena arena;
        arena_init(&arena, 1024 * 1024);
        fputs(store_schema(&arena), stdout);
        arena_finish(&arena);
        return 0;
    }
    return 2;
}
