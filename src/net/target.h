/* SPDX-License-Identifier: EUPL-1.2 */
/* target.h - what a request line and a Host field say, decoded once and checked. Pure: bytes in, values out. */
#ifndef NET_TARGET_H
#define NET_TARGET_H

#include "base/base.h"

struct http_parameter { const char *name, *value; }; /* decoded; a parameter without '=' has the value "" */

struct http_target {
    const char           *authority;  /* host and port of an absolute target ("http://host/path"), else NULL */
    const char           *path;       /* decoded, starts with '/' */
    struct http_parameter *parameters; /* in order of appearance, repeated ones too */
    int                   parameter_count;
};

/* How many bytes target_parse() wants as room for this raw target. */
size_t target_room(const char *raw);

/* Decodes raw into target, whose texts and list lie in `room` (aligned for pointers, target_room() bytes).
 * False if it is malformed: no '/' in front, a bad or truncated escape, %00, a control character or a byte above
 * 0x7e as such, text that isn't UTF-8 after decoding, a '#', or more than HTTP_PARAMETERS parameters. */
bool target_parse(const char *raw, struct http_target *target, void *room);

/* True if a Host field names this server. Loopback names (localhost, 127.0.0.1, [::1]) are right with any port, since
 * people tunnel; a configured "name" is right bare or with our port; a configured "name:port" only exactly so.
 * Upper and lower case are the same. */
bool host_is_allowed(const char *host, const char *const *names, int name_count, uint16_t port);

/* True for a field name of RFC 9110 (a token), and for a field value without control characters but tab. */
bool field_name_is_valid(const char *name, size_t length);
bool field_value_is_valid(const char *value, size_t length);

#endif
