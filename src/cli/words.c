/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/words.h"

#include "base/time.h"
#include "core/refusal.h"

#include <string.h>

char *words_duration(int64_t seconds, struct arena *arena)
{
    const struct refusal_argument argument = argument_duration(seconds);
    struct text out;
    text_init(&out, arena);
    refusal_argument_format(&argument, &out);
    return out.bytes;
}

char *words_amount(int64_t piece_s, struct arena *arena)
{
    int64_t thousandths = piece_s / 3600 * 1000 + piece_s % 3600 * 1000 / 3600;
    if (piece_s && !thousandths) return arena_text(arena, "under 0.001 h");
    if (thousandths % 1000 == 0) return arena_format(arena, "%lld h", (long long)(thousandths / 1000));
    char *text = arena_format(arena, "%lld.%03d", (long long)(thousandths / 1000), (int)(thousandths % 1000));
    size_t end = strlen(text);
    while (text[end - 1] == '0') end--;
    return arena_format(arena, "%.*s h", (int)end, text);
}

char *words_size(int64_t bytes, struct arena *arena)
{
    static const char *const units[] = { "KiB", "MiB", "GiB" };
    int64_t rest = bytes;
    int unit = -1;
    for (; rest >= 1024 && unit < countof(units) - 1; unit++) rest /= 1024;
    if (unit < 0) return words_count(bytes, "byte", arena);
    return arena_format(arena, "%lld %s", (long long)rest, units[unit]);
}

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
