/* SPDX-License-Identifier: EUPL-1.2 */
/* target_test.c - one row a target or Host field and what is read out of it. */
#include "net/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* raw target | authority, path and parameters written one after the other, or "bad" */
static const struct { const char *raw, *read; } targets[] = {
    { "/",                              "/" },
    { "/v1/things",                     "/v1/things" },
    { "/a%20b",                         "/a b" },
    { "/a+b",                           "/a+b" },             /* '+' is a plus in a path */
    { "/a%2fb",                         "/a/b" },
    { "/a%252fb",                       "/a%2fb" },           /* decoded once */
    { "/%C3%A9",                        "/\xc3\xa9" },
    { "/?",                             "/" },
    { "/?a",                            "/ [a=]" },
    { "/?a=1",                          "/ [a=1]" },
    { "/?a=1&b=2&a=3",                  "/ [a=1] [b=2] [a=3]" },
    { "/?a=1&&b=",                      "/ [a=1] [b=]" },
    { "/?a=b=c",                        "/ [a=b=c]" },
    { "/?a+b=c+d",                      "/ [a b=c d]" },
    { "/?a%26b=%3D",                    "/ [a&b==]" },
    { "/?a=?&b=/",                      "/ [a=?] [b=/]" },
    { "/?%C3%A9=%E2%82%AC",             "/ [\xc3\xa9=\xe2\x82\xac]" },
    { "http://host:8080/x?y=z",         "host:8080 /x [y=z]" },
    { "HTTPS://host",                   "host /" },
    { "http://host?y=z",                "host / [y=z]" },
    { "http:///x",                      " /x" },              /* an empty authority is no allowed host */
    { "",                               "bad" },
    { "*",                              "bad" },
    { "x",                              "bad" },
    { "host:443",                       "bad" },
    { "?a=b",                           "bad" },
    { "/%",                             "bad" },
    { "/%4",                            "bad" },
    { "/%zz",                           "bad" },
    { "/%4g",                           "bad" },
    { "/%00",                           "bad" },
    { "/?a=%00",                        "bad" },
    { "/?a=%",                          "bad" },
    { "/?%=a",                          "bad" },
    { "/%ff",                           "bad" },
    { "/%c0%af",                        "bad" },              /* overlong '/' */
    { "/%ed%a0%80",                     "bad" },              /* a surrogate */
    { "/?a=%ff",                        "bad" },
    { "/\xc3\xa9",                      "bad" },
    { "/a b",                           "bad" },
    { "/a\x7f",                         "bad" },
    { "/a\tb",                          "bad" },
    { "/a#b",                           "bad" },
};

/* host | allowed, by names "aif.example.eu" and "other.example:9443", on port 8443 */
static const struct { const char *host; bool allowed; } hosts[] = {
    { "localhost", true },              { "LOCALHOST:1", true },            { "127.0.0.1:8443", true },
    { "[::1]", true },                  { "[::1]:9", true },                { "aif.example.eu", true },
    { "AIF.example.EU", true },         { "aif.example.eu:8443", true },    { "other.example:9443", true },
    { "aif.example.eu:443", false },    { "other.example", false },         { "other.example:8443", false },
    { "", false },                      { ":8443", false },                 { "evil.example", false },
    { "aif.example.eu.evil", false },   { "aif.example.eu.", false },       { "localhost:", false },
    { "localhost:x", false },           { "localhost:99999", false },       { "localhost:1:2", false },
    { "localhost:000000001", false },   { "[::1", false },                  { "[::1]x", false },
    { "[::2]", false },                 { "127.0.0.2", false },             { "localhost, evil", false },
    { "user@localhost", false },
};

static void target_write(const struct http_target *target, char *to, size_t room)
{
    int length = snprintf(to, room, "%s%s%s", target->authority ? target->authority : "",
                          target->authority ? " " : "", target->path);
    for (int i = 0; i < target->parameter_count; i++)
        length += snprintf(to + length, room - (size_t)length, " [%s=%s]", target->parameters[i].name,
                           target->parameters[i].value);
}

static bool target_row_holds(const char *raw, const char *want)
{
    /* Exactly as much room as asked for, so that the sanitizer sees one byte too many. */
    void *room = malloc(target_room(raw));
    struct http_target target;
    char got[256] = "bad";
    CHECK(room);
    if (target_parse(raw, &target, room)) target_write(&target, got, sizeof got);
    free(room);
    if (strcmp(got, want) == 0) return true;
    printf("not ok - target: %s: %s, not %s\n", raw, got, want);
    return false;
}

static bool parameters_are_limited(void)
{
    char raw[256] = "/?", want[256];
    for (int i = 0; i < 64; i++) memcpy(raw + 2 + 2 * i, "a&", 3);
    struct http_target target;
    void *room = malloc(target_room(raw));
    CHECK(room);
    bool fits = target_parse(raw, &target, room) && target.parameter_count == 64;
    free(room);
    memcpy(want, raw, sizeof raw);
    memcpy(raw + strlen(raw), "a", 2);
    room = malloc(target_room(raw));
    CHECK(room);
    bool refused = !target_parse(raw, &target, room);
    free(room);
    if (!fits || !refused) printf("not ok - target: 64 parameters %d, 65 refused %d\n", fits, refused);
    return fits && refused;
}

int main(void)
{
    static const char *const names[] = { "aif.example.eu", "other.example:9443" };
    for (int i = 0; i < countof(targets); i++)
        if (!target_row_holds(targets[i].raw, targets[i].read)) return 1;
    if (!parameters_are_limited()) return 1;
    for (int i = 0; i < countof(hosts); i++) {
        if (host_is_allowed(hosts[i].host, names, countof(names), 8443) == hosts[i].allowed) continue;
        printf("not ok - host: '%s' should be %s\n", hosts[i].host, hosts[i].allowed ? "allowed" : "refused");
        return 1;
    }
    printf("ok - target: %d rows\n", countof(targets) + countof(hosts) + 2);
    return 0;
}
