/* SPDX-License-Identifier: EUPL-1.2 */
/* settings_test.c - addresses, paths, whose token is taken from where, and files that are refused. */
#include "cli/settings.h"

#include "cli/server.h"
#include "cli/verbs.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int wrong, count;
static char home[64];

static void check(const char *what, bool good, const char *got)
{
    count++;
    if (good) return;
    printf("not ok - %s: %s\n", what, got ? got : "nothing");
    wrong++;
}

static const struct { const char *url; bool good, local; } urls[] = {
    { "http://127.0.0.1:8080", true, true }, { "http://localhost", true, true }, { "https://aif.example.eu", true, false }, { "http://[::1]:80", true, true },
    { "http://127.0.0.1.example.eu", true, false }, { "http://localhost.example.eu", true, false }, { "http://10.0.0.1:80", true, false },
    { "http://127.1.2.3:1", true, true },
    { "ftp://x", false, false }, { "http://", false, false }, { "http://user@127.0.0.1", false, false }, { "http://x/path", false, false }, { "http://x?q", false, false },
    { "127.0.0.1:8080", false, false }, { "http://x y", false, false }, { "http://-x", false, false }, { "HTTP://x", false, false },
};

static const struct { const char *route, *value, *wanted; } paths[] = {
    { "/v1/jobs/{job}", "aura/17", "/v1/jobs/aura%2F17" },
    { "/v1/jobs/{job}", "../../x", "/v1/jobs/..%2F..%2Fx" },
    { "/v1/jobs/{job}/cancel", "a b?#%", "/v1/jobs/a%20b%3F%23%25/cancel" },
    { "/v1/jobs/{job}", "ł", "/v1/jobs/%C5%82" },
    { "/v1/jobs/x/streams/{name...}", "out/a b/c.txt", "/v1/jobs/x/streams/out/a%20b/c.txt" },
};

static void put(struct arena *arena, const char *path, const char *text, int mode)
{
    int fd = open(arena_format(arena, "%s/%s", home, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, (mode_t)mode) == 0 && close(fd) == 0);
}

/* --home is always given; --as and --server where not NULL. What the token is, or why there is none. */
static const char *token_of(struct arena *arena, const char *server, const char *as)
{
    char *line[] = { (char[]){ "aif" }, (char[]){ "jobs" }, (char[]){ "--home" }, home, NULL, NULL, NULL, NULL };
    int words = 4;
    static struct cli_arguments arguments;
    struct settings settings = { .home = NULL };
    struct error error = { ERROR_NONE, "" };
    const struct cli_verbs verbs = { verbs_own, verbs_own_count, NULL, 0 };
    if (server) line[words++] = arena_format(arena, "--server=%s", server);
    if (as) line[words++] = arena_format(arena, "--as=%s", as);
    CHECK(arguments_parse(&verbs, words, line, &arguments) == WISH_RUN);
    if (!settings_find_home(&settings, &arguments, arena, &error) || !settings_find_server(&settings, &arguments, arena, &error) ||
        !settings_find_token(&settings, &arguments, arena, &error)) return arena_text(arena, error.text);
    return settings.token ? arena_format(arena, "%s%s", settings.token, settings.by_default ? " by default" : "") : "none";
}

static void check_token(struct arena *arena, const char *what, const char *server, const char *as, const char *wanted)
{
    const char *got = token_of(arena, server, as);
    check(what, strstr(got, wanted) == got, got);
}

static void check_tokens(struct arena *arena)
{
    check_token(arena, "no network here", NULL, NULL, "No server is known");
    put(arena, "address", "http://127.0.0.1:8080\n", 0644);
    check_token(arena, "a network without persons", NULL, NULL, "none");
    CHECK(mkdir(arena_format(arena, "%s/persons", home), 0700) == 0);
    put(arena, "persons/ana.token", "ana-token\n", 0600);
    put(arena, "persons/ben.token", "ben-token", 0600);
    check_token(arena, "nobody said who", NULL, NULL, "ana-token by default");
    check_token(arena, "ben", NULL, "ben", "ben-token");
    check_token(arena, "the default isn't for another server", "http://127.0.0.1:9999", NULL, "none");
    check_token(arena, "the same server by name", "http://127.0.0.1:8080/", NULL, "ana-token by default");
    check_token(arena, "said by name it is", "http://127.0.0.1:9999", "ben", "ben-token");
    check_token(arena, "never over plain http to others", "http://aif.example.eu", "ben", "The token isn't sent to");
    check_token(arena, "over https it may", "https://aif.example.eu", "ben", "ben-token");
    check_token(arena, "a person that leads out", NULL, "../../x", "--as takes the short name");
    check_token(arena, "nobody of that name", NULL, "cy", "The token can't be read");
    put(arena, "persons/ben.token", "ben-token", 0640);
    check_token(arena, "others may read it", NULL, "ben", "The token in");
    put(arena, "persons/ben.token", "", 0600);
    check_token(arena, "an empty one", NULL, "ben", "There is no token");
    put(arena, "persons/ben.token", "a b", 0600);
    check_token(arena, "two words", NULL, "ben", "There is no token");
    CHECK(symlink("ana.token", arena_format(arena, "%s/persons/eve.token", home)) == 0);
    check_token(arena, "a link", NULL, "eve", "The token can't be read");
    put(arena, "other.token", "other-token\n", 0600);
    CHECK(setenv("AIF_TOKEN_FILE", arena_format(arena, "%s/other.token", home), 1) == 0);
    check_token(arena, "a file of its own", "http://127.0.0.1:9999", NULL, "other-token");
    check_token(arena, "--as is nearer", NULL, "ana", "ana-token");
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

int main(void)
{
    struct arena arena;
    arena_init(&arena, 4 << 20);
    snprintf(home, sizeof home, "/tmp/aif-home-XXXXXX");
    CHECK(mkdtemp(home) && unsetenv("AIF_SERVER") == 0 && unsetenv("AIF_TOKEN_FILE") == 0);
    for (int i = 0; i < countof(urls); i++) {
        check(urls[i].url, server_address_is_good(urls[i].url) == urls[i].good, "good or not");
        check(urls[i].url, !urls[i].good || server_address_is_local(urls[i].url) == urls[i].local, "here or elsewhere");
    }
    for (int i = 0; i < countof(paths); i++) {
        const char *got = path_of(&arena, paths[i].route, paths[i].value);
        check(paths[i].value, strcmp(got, paths[i].wanted) == 0, got);
    }
    check("no parameter", strcmp(path_with(&arena, "/v1/jobs", "project", NULL), "/v1/jobs") == 0, "one");
    check("a parameter", strcmp(path_with(&arena, path_with(&arena, "/v1/jobs", "project", "a&b"), "limit", "3"), "/v1/jobs?project=a%26b&limit=3") == 0, "another");
    check_tokens(&arena);
    CHECK(nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
    arena_finish(&arena);
    if (wrong) return 1;
    printf("ok - settings: %d rows\n", count);
    return 0;
}
