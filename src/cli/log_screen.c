/* SPDX-License-Identifier: EUPL-1.2 */
/* log_screen.c - a log belongs to whoever wrote the job: on a terminal its escape sequences would be orders to the terminal. */
#include "cli/follow.h"
#include "cli/wrap.h"

#include <stdio.h>

struct log_state { struct clean_stream clean; struct arena arena; };

struct log_screen log_screen_of(struct cli *cli, bool raw)
{
    struct log_screen screen = { cli, raw || !cli->screen.out_is_terminal, arena_take(&cli->arena, sizeof(struct log_state)) };
    arena_init(&screen.state->arena, CLI_ARENA_BYTES);
    return screen;
}

void log_show(struct log_screen *screen, const void *bytes, size_t size)
{
    struct text out;
    if (screen->raw) {
        fwrite(bytes, 1, size, stdout);
    } else {
        text_init(&out, &screen->state->arena);
        clean_stream_add(&screen->state->clean, bytes, size, &out);
        fwrite(out.bytes, 1, out.length, stdout);
        arena_reset(&screen->state->arena);
    }
    fflush(stdout);
}

void log_show_end(struct log_screen *screen)
{
    struct text out;
    text_init(&out, &screen->state->arena);
    clean_stream_end(&screen->state->clean, &out);
    fwrite(out.bytes, 1, out.length, stdout);
    arena_finish(&screen->state->arena);
}
