/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/words.h"

#include "base/time.h"
#include "core/refusal.h"

#include <string.h>

static char *shown(struct refusal_argument argument, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    refusal_argument_format(&argument, &out);
    return out.bytes;
}

char *words_duration(int64_t seconds, struct arena *arena) { return shown(argument_duration(seconds), arena); }
char *words_amount(int64_t piece_s, struct arena *arena) { return shown(argument_amount(piece_s), arena); }
char *words_size(int64_t bytes, struct arena *arena) { return shown(argument_size(bytes), arena); }

char *words_count(int64_t count, const char *thing, struct arena *arena)
{
    return arena_format(arena, "%lld %s%s", (long long)count, thing, count == 1 ? "" : "s");
}

char *words_time(const char *iso, struct arena *arena)
{
    int64_t at_ms;
    if (!iso || !time_parse(iso, &at_ms)) return NULL;
    return arena_format(arena, "%.10s %.8s", iso, iso + 11);
}

bool words_between(const char *from, const char *to, int64_t *seconds)
{
    int64_t first, last;
    if (!from || !to || !time_parse(from, &first) || !time_parse(to, &last)) return false;
    *seconds = (last - first) / 1000;
    return true;
}

char *words_short(const char *id, struct arena *arena)
{
    size_t length = strlen(id);
    if (length <= 12) return arena_text(arena, id);
    return arena_format(arena, "%.4s…%s", id, id + length - 4);
}
