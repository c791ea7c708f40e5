/* SPDX-License-Identifier: EUPL-1.2 */
/* time.c - civil dates by the day-count algorithm for the proleptic Gregorian calendar (era of 400 years),
 * so that formatting needs neither locale nor time zone data. */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t clock_us(clockid_t clock)
{
    struct timespec at;
    CHECK(clock_gettime(clock, &at) == 0);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

int64_t clock_now_ms(void) { return clock_us(CLOCK_REALTIME) / 1000; }
int64_t clock_monotonic_ms(void) { return clock_us(CLOCK_MONOTONIC) / 1000; }
int64_t clock_monotonic_us(void) { return clock_us(CLOCK_MONOTONIC); }

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100), part = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * part + 2) / 5 + 1);
    *month = (int)(part < 10 ? part + 3 : part - 9);
    *year = (int)(years + era * 400 + (*month <= 2));
}

void time_format(int64_t at_ms, char to[TIME_TEXT])
{
    int64_t days = at_ms / 86400000, rest = at_ms % 86400000;
    if (rest < 0) days--, rest += 86400000;
    int year, month, day, part = (int)rest;
    civil_from_days(days, &year, &month, &day);
    char all[64]; /* years beyond 9999 don't occur: the door refuses such clocks */
    snprintf(all, sizeof all, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, part / 3600000, part / 60000 % 60,
             part / 1000 % 60, part % 1000);
    memcpy(to, all, TIME_TEXT - 1);
    to[TIME_TEXT - 1] = 0;
}

bool time_parse(const char *text, int64_t *at_ms)
{
    int year, month, day, hour, minute, second, ms = 0, used = 0;
    if (*text < '0' || *text > '9') return false; /* sscanf would take a sign or a space */
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6) return false;
    if (text[used] == '.' && sscanf(text + used, ".%3d%n", &ms, &used) != 1) return false;
    int64_t value = (days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * 1000 + ms;
    char again[TIME_TEXT];
    time_format(value, again);
    size_t length = strlen(text);
    if (length == 20) return strncmp(text, again, 19) == 0 && text[19] == 'Z' ? (*at_ms = value, true) : false;
    return strcmp(text, again) == 0 ? (*at_ms = value, true) : false;
}
