/* SPDX-License-Identifier: EUPL-1.2 */
/* time_test.c - one row a case: a text, and the instant it is or isn't. The instants were made with date(1). */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct { const char *text; int64_t at_ms; const char *written; /* NULL: as text */ } rows[] = {
    { "1970-01-01T00:00:00.000Z", 0, NULL },
    { "1969-12-31T23:59:59.999Z", -1, NULL },
    { "2026-11-20T10:48:45.123Z", 1795171725123, NULL },
    { "2026-11-20T10:48:45Z", 1795171725000, "2026-11-20T10:48:45.000Z" },
    { "2000-02-29T00:00:00.000Z", 951782400000, NULL },
    { "2024-02-29T23:59:59.999Z", 1709251199999, NULL },
    { "1900-03-01T00:00:00.000Z", -2203891200000, NULL },
    { "2100-02-28T00:00:00.000Z", 4107456000000, NULL },
    { "9999-12-31T23:59:59.999Z", 253402300799999, NULL },
    { "0001-01-01T00:00:00.000Z", -62135596800000, NULL },
};

static const char *const refused[] = {
    "", "Z", "2026", "2026-11-20", "2026-11-20T10:48:45", "2026-11-20T10:48:45.1Z", "2026-11-20T10:48:45.1234Z", "2026-11-20T10:48:45.123",
    "2026-11-20T10:48:45+01:00", "2026-11-20T10:48:45.123+00", "2026-11-20t10:48:45Z", "2026-11-20T10:48:45z", "2026-11-20 10:48:45Z",
    " 2026-11-20T10:48:45Z", "2026-11-20T10:48:45Z ", "2026-1-20T10:48:45.123Z", "2026-11-20T1:48:45.1234Z", "+026-11-20T10:48:45Z",
    "-999-11-20T10:48:45.123Z", "-999-11-20T10:48:45Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T10:60:00Z",
    "2026-11-20T10:48:60Z", "2026-11-20T10:48:45.-12Z", "20261-11-20T10:48:45Z", "2026-11-20T10:48:45.123ZZ",
};

/* Every day of 400 years and some, against the C library's own calendar. */
static bool calendar_holds(void)
{
    for (int64_t day = -200000; day < 200000; day++) {
        char text[TIME_TEXT], wanted[32];
        time_t at = (time_t)(day * 86400 + 43200);
        struct tm fields;
        int64_t back = 0;
        time_format(day * 86400000 + 43200007, text);
        strftime(wanted, sizeof wanted, "%Y-%m-%dT%H:%M:%S.007Z", gmtime_r(&at, &fields));
        if (strcmp(text, wanted) == 0 && time_parse(text, &back) && back == day * 86400000 + 43200007) continue;
        printf("not ok - time: day %lld: %s, wanted %s\n", (long long)day, text, wanted);
        return false;
    }
    return true;
}

int main(void)
{
    for (int i = 0; i < countof(rows); i++) {
        int64_t at_ms = 7;
        char text[TIME_TEXT];
        time_format(rows[i].at_ms, text);
        if (time_parse(rows[i].text, &at_ms) && at_ms == rows[i].at_ms && strcmp(text, rows[i].written ? rows[i].written : rows[i].text) == 0) continue;
        printf("not ok - time: %s is %lld, written %s\n", rows[i].text, (long long)at_ms, text);
        return 1;
    }
    for (int i = 0; i < countof(refused); i++) {
        int64_t at_ms = 7;
        if (!time_parse(refused[i], &at_ms) && at_ms == 7) continue;
        printf("not ok - time: took \"%s\" as %lld\n", refused[i], (long long)at_ms);
        return 1;
    }
    if (!calendar_holds()) return 1;
    int64_t monotonic_ms = clock_monotonic_ms(), monotonic_us = clock_monotonic_us();
    if (clock_now_ms() < 1700000000000 || clock_monotonic_ms() < monotonic_ms || monotonic_us / 1000 < monotonic_ms) {
        printf("not ok - time: the clocks\n");
        return 1;
    }
    printf("ok - time: %d rows\n", countof(rows) + countof(refused));
    return 0;
}
