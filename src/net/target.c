/* SPDX-License-Identifier: EUPL-1.2 */
/* target.c - request targets (RFC 9112, 3.2), percent-decoding (RFC 3986, 2.1), Host (RFC 9110, 7.2).
 *
 * Decoding happens exactly once and here: whoever reads a path or parameter afterwards never meets an escape that
 * means anything. What can't be decoded without doubt is refused, not repaired. */
#include "net/target.h"

#include "base/text.h"
#include "net/limits.h"

#include <string.h>
#include <strings.h>

static int parameters_in(const char *raw)
{
    const char *query = strchr(raw, '?');
    if (!query) return 0;
    int count = 1;
    for (const char *c = query + 1; *c; c++) count += *c == '&';
    return count;
}

size_t target_room(const char *raw)
{
    /* The copy never grows by decoding; one more byte because an absolute target gets a 0 before its path. */
    return sizeof(struct http_parameter) * (size_t)parameters_in(raw) + strlen(raw) + 3;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* In place; in a query '+' is a space (the form encoding of the WHATWG URL standard). */
static bool decode(char *text, bool is_query)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '+' && is_query) {
            *to++ = ' ';
            continue;
        }
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        int high = hex_value(from[1]), low = high < 0 ? -1 : hex_value(from[2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
        *to++ = (char)(high << 4 | low);
        from += 2;
    }
    *to = 0;
    return utf8_is_valid(text, (size_t)(to - text));
}

static bool parameters_parse(char *query, struct http_target *target)
{
    for (char *next; query; query = next) {
        next = strchr(query, '&');
        if (next) *next++ = 0;
        if (!*query) continue; /* "a=1&&b=2" */
        char *value = strchr(query, '=');
        if (value) *value++ = 0;
        if (!decode(query, true) || (value && !decode(value, true))) return false;
        if (target->parameter_count == HTTP_PARAMETERS) return false;
        target->parameters[target->parameter_count++] = (struct http_parameter){ query, value ? value : "" };
    }
    return true;
}

static bool is_printable(const char *raw)
{
    for (const char *c = raw; *c; c++)
        if (*c <= 0x20 || *c >= 0x7f || *c == '#') return false;
    return true;
}

bool target_parse(const char *raw, struct http_target *target, void *room)
{
    *target = (struct http_target){ .parameters = room };
    if (!is_printable(raw)) return false;
    char *text = (char *)(target->parameters + parameters_in(raw));
    size_t scheme = strncasecmp(raw, "http://", 7) == 0 ? 7 : strncasecmp(raw, "https://", 8) == 0 ? 8 : 0;
    if (scheme > 0) {
        size_t length = strcspn(raw + scheme, "/?");
        target->authority = memcpy(text, raw + scheme, length);
        text[length] = 0;
        text += length + 1;
        raw += scheme + length;
        if (*raw != '/') *text = '/', memcpy(text + 1, raw, strlen(raw) + 1);
        else memcpy(text, raw, strlen(raw) + 1);
    } else {
        if (*raw != '/') return false;
        memcpy(text, raw, strlen(raw) + 1);
    }
    char *query = strchr(text, '?');
    if (query) *query++ = 0;
    target->path = text;
    return decode(text, false) && parameters_parse(query, target);
}

/* The port behind a host, or -1 without one, or -2 if it can't be one. Cuts nothing; says where the name ends. */
static int port_parse(const char *host, size_t *name_length)
{
    const char *colon = *host == '[' ? strchr(host, ']') : host;
    if (!colon) return -2;
    if (*host == '[') colon++;
    else colon += strcspn(colon, ":");
    *name_length = (size_t)(colon - host);
    if (!*colon) return -1;
    size_t digits = strspn(colon + 1, "0123456789");
    int64_t port;
    if (*colon != ':' || digits == 0 || digits > 5 || colon[1 + digits]) return -2;
    return text_to_number(colon + 1, &port) && port <= 65535 ? (int)port : -2;
}

bool host_is_allowed(const char *host, const char *const *names, int name_count, uint16_t port)
{
    static const char *const loopback[] = { "localhost", "127.0.0.1", "[::1]" };
    size_t length = 0;
    int host_port = port_parse(host, &length);
    if (host_port == -2 || length == 0) return false;
    for (int i = 0; i < countof(loopback); i++)
        if (strlen(loopback[i]) == length && strncasecmp(loopback[i], host, length) == 0) return true;
    for (int i = 0; i < name_count; i++) {
        if (strcasecmp(names[i], host) == 0) return true;
        if (strlen(names[i]) == length && strncasecmp(names[i], host, length) == 0 && host_port == port) return true;
    }
    return false;
}

bool field_name_is_valid(const char *name, size_t length)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < length; i++)
        if (!name[i] || !strchr(token, name[i])) return false;
    return length > 0;
}

bool field_value_is_valid(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}
