/* SPDX-License-Identifier: EUPL-1.2 */
/* settings.c - looks where the three can be said, nearest first.
 *
 * A token is read from a file of its owner only, mode 0600, and never follows a link there. The demo person that nobody asked
 * for is taken only for the network of the same home folder: its token has no business on another server. */
#include "cli/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PERSON "ana"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool settings_find_home(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error)
{
    struct stat status;
    const char *said = arguments_value(arguments, "home"), *person = environment("HOME");
    if (!said || !*said) said = environment("AIF_HOME");
    if (!said && stat(".aif", &status) == 0 && S_ISDIR(status.st_mode)) said = ".aif";
    if (!said && !person) return error_set(error, ERROR_CONFIG, "No home folder: neither --home nor AIF_HOME nor HOME says one.");
    settings->home = said ? arena_text(arena, said) : arena_format(arena, "%s/.aif", person);
    if (strlen(settings->home) < PATH_MAX - 128) return true;
    return error_set(error, ERROR_INPUT, "The name of the home folder is too long.");
}

/* ---- server */

static size_t scheme_length(const char *url)
{
    return strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
}

bool server_address_is_good(const char *url)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    size_t scheme = scheme_length(url), length = strlen(url);
    return scheme && length > scheme && length < CLI_ADDRESS_BYTES && strspn(url + scheme, letters) == length - scheme &&
           url[scheme] != ':' && url[scheme] != '-';
}

bool server_address_is_local(const char *url)
{
    const char *host = url + scheme_length(url);
    char name[64] = "";
    struct in_addr address;
    bool bracket = *host == '[';
    size_t length = bracket ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (length >= sizeof name) return false;
    memcpy(name, host, length);
    if (strcmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0) return true;
    return inet_pton(AF_INET, name, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* The first line of a small file, in the arena; NULL with errno. */
static const char *first_line(int fd, size_t most, struct arena *arena)
{
    char *bytes = arena_take(arena, most + 1);
    size_t used = 0;
    ssize_t got = 1;
    while (used < most && (got = read(fd, bytes + used, most - used)) != 0) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return NULL;
        used += (size_t)got;
    }
    bytes[strcspn(bytes, "\r\n")] = 0;
    return bytes;
}

/* What `aif up` wrote: where its server listens. NULL: there's none. */
static const char *address_of_home(const char *home, struct arena *arena)
{
    int fd = open(arena_format(arena, "%s/address", home), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return NULL;
    const char *address = first_line(fd, CLI_ADDRESS_BYTES, arena);
    close(fd);
    return address && *address ? address : NULL;
}

static const char *without_slash(const char *url, struct arena *arena)
{
    size_t length = strlen(url);
    while (length && url[length - 1] == '/') length--;
    return arena_text_n(arena, url, length);
}

bool settings_find_server(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error)
{
    const char *said = arguments_value(arguments, "server");
    settings->server_from = "--server";
    if (!said) said = environment("AIF_SERVER"), settings->server_from = "AIF_SERVER";
    if (!said) {
        settings->server_from = arena_format(arena, "%s/address", settings->home);
        said = address_of_home(settings->home, arena);
    }
    if (!said) return error_set(error, ERROR_NETWORK, "No server is known: no --server, no AIF_SERVER, no %.160s.", settings->server_from);
    settings->server = without_slash(said, arena);
    if (server_address_is_good(settings->server)) return true;
    return error_set(error, ERROR_INPUT, "The address from %.160s isn't http://HOST:PORT or https://HOST.", settings->server_from);
}

/* ---- token */

static bool token_is_good(const char *token)
{
    for (const char *at = token; *at; at++)
        if (*at <= ' ' || *at > '~') return false;
    return *token != 0;
}

static bool token_read(const char *path, struct arena *arena, const char **token, struct error *error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return error_set_errno(error, ERROR_CONFIG, "The token can't be read from %.200s", path);
    bool mine = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_uid == geteuid() || status.st_uid == 0) && !(status.st_mode & 077);
    *token = mine ? first_line(fd, CLI_TOKEN_BYTES, arena) : NULL;
    close(fd);
    if (!mine) return error_set(error, ERROR_CONFIG, "The token in %.160s isn't taken: its file must be yours and no one else's (chmod 600).", path);
    if (*token && token_is_good(*token)) return true;
    return error_set(error, ERROR_CONFIG, "There is no token in the first line of %.200s.", path);
}

static bool person_is_good(const char *person)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = strlen(person);
    return length && length <= CLI_PERSON_MAX && strspn(person, letters) == length;
}

static bool is_server_of_home(const struct settings *settings, struct arena *arena)
{
    const char *address = address_of_home(settings->home, arena);
    return address && strcmp(without_slash(address, arena), settings->server) == 0;
}

bool settings_find_token(struct settings *settings, const struct cli_arguments *arguments, struct arena *arena, struct error *error)
{
    const char *person = arguments_value(arguments, "as"), *file = environment("AIF_TOKEN_FILE");
    if (person && !person_is_good(person)) return error_set(error, ERROR_INPUT, "--as takes the short name of a person: ana, ben, olli.");
    if (!person && !file && is_server_of_home(settings, arena)) {
        person = DEFAULT_PERSON;
        settings->by_default = true;
    }
    if (!person && !file) return true;
    settings->token_from = person ? arena_format(arena, "%s/persons/%s.token", settings->home, person) : file;
    if (settings->by_default && access(settings->token_from, F_OK) != 0) return true; /* a network without demo persons */
    settings->person = person ? arena_text(arena, person) : NULL;
    if (strncmp(settings->server, "http://", 7) == 0 && !server_address_is_local(settings->server))
        return error_set(error, ERROR_CONFIG, "The token isn't sent to %.160s: everybody on the way could read it. Use https.", settings->server);
    return token_read(settings->token_from, arena, &settings->token, error);
}
