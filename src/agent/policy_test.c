/* SPDX-License-Identifier: EUPL-1.2 */
/* policy_test.c - site.ini as it may be and as it may not; files that others can read. */
#include "agent/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AGENT "[agent]\nid = A\nnetwork = net\nsystem = sys\n"
#define SERVER "[server]\nurl = http://127.0.0.1:8080\ntoken_file = /t\nkey_file = /k\n"
#define X10 "xxxxxxxxxx"

/* the file | the error, "" if it is fine */
static const struct { const char *text, *error; } rows[] = {
    { AGENT SERVER, "" },
    { "; a comment\n\n" AGENT "rung = submit ; as agreed\n" SERVER "[partition gpu]\nslots = 8\nnodes = 2\nslots_per_node = 4\n[partition cpu]\nslots=64\naccelerators=no\n", "" },
    { AGENT SERVER "public_key = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n[limits]\naccelerators = 0\nwall_time_s = 60\njobs_per_day = 5\n[sandbox]\nallow_unsandboxed = yes\n", "" },
    { "", "site.ini: [agent] needs a line id = …" },
    { AGENT, "site.ini: [server] needs a line url = …" },
    { "[agent]\nid = A\nsystem = s\n" SERVER, "site.ini: [agent] needs a line network = …" },
    { AGENT "colour = blue\n" SERVER, "site.ini line 5: there is no key colour in [agent]" },
    { AGENT SERVER "[limit]\naccelerators = 4\n", "site.ini line 10: there is no key accelerators in [limit]" },
    { AGENT SERVER "[limits]\naccelerator = 4\n", "site.ini line 10: there is no key accelerator in [limits]" },
    { "slots = 4\n" AGENT SERVER, "site.ini line 1: there is no key slots in []" },
    { AGENT "slots = 4\n" SERVER, "site.ini line 5: there is no key slots in [agent]" },
    { AGENT "id = B\n" SERVER, "site.ini line 5: id must be said once" },
    { AGENT SERVER "[partition gpu]\nslots = 4\n[partition gpu]\nslots = 8\n", "site.ini line 12: slots must be said once" },
    { AGENT "rung = all\n" SERVER, "site.ini line 5: rung must be observe, account or submit" },
    { AGENT SERVER "[limits]\nwall_time_s = -1\n", "site.ini line 10: wall_time_s must be a whole number from 0 to 1000000000" },
    { AGENT SERVER "[limits]\nwall_time_s = 1h\n", "site.ini line 10: wall_time_s must be a whole number from 0 to 1000000000" },
    { AGENT SERVER "[limits]\nwall_time_s =\n", "site.ini line 10: wall_time_s must be a whole number from 0 to 1000000000" },
    { AGENT SERVER "[sandbox]\nallow_unsandboxed = true\n", "site.ini line 10: allow_unsandboxed must be yes or no" },
    { AGENT SERVER "[partition gpu]\nslots = 0\n", "site.ini line 10: slots must be a whole number from 1 to 1000000" },
    { AGENT SERVER "[partition gpu]\nnodes = 2\n", "site.ini: [partition gpu] needs a line slots = …" },
    { AGENT SERVER "[partition gpu]\nslots = 7\nnodes = 2\n", "site.ini: [partition gpu] nodes x slots_per_node isn't slots" },
    { AGENT SERVER "[partition a/b]\nslots = 7\n", "site.ini line 10: a partition's name must be 1 to 31 bytes without blanks and slashes" },
    { AGENT SERVER "[partition " X10 X10 X10 "xx]\nslots = 7\n", "site.ini line 10: a partition's name must be 1 to 31 bytes without blanks and slashes" },
    { "[agent]\nid = " X10 X10 X10 X10 X10 "\nnetwork = n\nsystem = s\n" SERVER, "site.ini line 2: id must be an id" },
    { AGENT "[server]\nurl = ftp://x\ntoken_file = /t\nkey_file = /k\n", "site.ini line 6: url must be http(s)://HOST[:PORT] without a slash behind it" },
    { AGENT "[server]\nurl = http://x/\ntoken_file = /t\nkey_file = /k\n", "site.ini line 6: url must be http(s)://HOST[:PORT] without a slash behind it" },
    { AGENT SERVER "public_key = abc\n", "site.ini line 9: public_key must be 64 hex digits" },
    { AGENT SERVER "nonsense\n", "site.ini line 9: expected [section] or key = value" },
    { AGENT SERVER "[partition gpu\nslots = 1\n", "site.ini line 9: expected [section] or key = value" },
    { AGENT SERVER "[limits]\naccelerators = 4\n  5\n", "site.ini line 11: longer than 195 bytes, or indented" },
    { AGENT SERVER "# " X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 "\n", "site.ini line 9: longer than 195 bytes, or indented" },
};

static int failures, checks;

static void check(bool holds, const char *what)
{
    checks++;
    if (holds) return;
    failures++;
    printf("not ok - agent policy: %s\n", what);
}

static void check_values(void)
{
    struct agent_policy policy;
    struct error error;
    check(agent_policy_parse(rows[0].text, strlen(rows[0].text), &policy, &error) && policy.rung == RUNG_OBSERVE && !policy.allow_unsandboxed && policy.accelerators == -1 &&
          policy.wall_time_s == -1 && policy.jobs_per_day == -1 && !policy.has_server_key && policy.partition_count == 0, "what is left out");
    struct hash hash = sha256(rows[0].text, strlen(rows[0].text));
    char hex[HASH_HEX + 1];
    hex_format(hash.bytes, HASH_BYTES, hex);
    check(strcmp(policy.hash, hex) == 0, "its hash");
    check(agent_policy_parse(rows[1].text, strlen(rows[1].text), &policy, &error) && policy.rung == RUNG_SUBMIT && policy.partition_count == 2 && policy.partitions[0].nodes == 2 &&
          policy.partitions[0].has_accelerators && policy.partitions[1].nodes == 1 && policy.partitions[1].slots_per_node == 64 && !policy.partitions[1].has_accelerators, "partitions");
    check(agent_policy_parse(rows[2].text, strlen(rows[2].text), &policy, &error) && policy.has_server_key && policy.accelerators == 0 && policy.wall_time_s == 60 &&
          policy.jobs_per_day == 5 && policy.allow_unsandboxed, "limits");
    check(!agent_policy_parse("[agent]\nid = \0A\n", 17, &policy, &error) && strstr(error.text, "line 2"), "a zero byte");
}

static void file_make(char path[64], const char *text, mode_t mode)
{
    snprintf(path, 64, "/tmp/policy_test.XXXXXX");
    int file = mkstemp(path);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(file, mode) == 0 && close(file) == 0);
}

static void check_secrets(void)
{
    static const char seed[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    static const struct { const char *text; mode_t mode; bool is_taken; } secrets[] = {
        { seed, 0600, true }, { seed, 0400, true }, { seed, 0640, false }, { seed, 0604, false }, { seed, 0666, false }, { seed, 0610, false },
        { "", 0600, false }, { "\n", 0600, false }, { "00010203\n", 0600, false },
    };
    char path[64];
    struct error error;
    struct sign_key key;
    for (int i = 0; i < countof(secrets); i++) {
        file_make(path, secrets[i].text, secrets[i].mode);
        check(agent_key_load(path, &key, &error) == secrets[i].is_taken, secrets[i].text);
        unlink(path);
        if (secrets[i].is_taken) continue;
        check(error.code == ERROR_CONFIG && !strstr(error.text, "0001"), "an error of configuration, that tells no secret");
    }
    check(!agent_key_load("/nowhere/at/all", &key, &error), "no file");
    check(!agent_key_load("/tmp", &key, &error), "a folder");
    char token[8];
    file_make(path, "abcdefg\n", 0600);
    check(!secret_load(path, token, sizeof token, &error), "a token that is too long");
    unlink(path);
    file_make(path, "abc\n", 0600);
    check(secret_load(path, token, sizeof token, &error) && strcmp(token, "abc") == 0, "a token");
    unlink(path);
}

int main(void)
{
    crypto_start();
    for (int i = 0; i < countof(rows); i++) {
        struct agent_policy policy;
        struct error error = { 0 };
        bool is_taken = agent_policy_parse(rows[i].text, strlen(rows[i].text), &policy, &error);
        check(is_taken == !*rows[i].error && strcmp(error.text, rows[i].error) == 0, error.text[0] ? error.text : rows[i].error);
    }
    check_values();
    check_secrets();
    if (failures) return 1;
    printf("ok - agent policy: %d rows\n", checks);
    return 0;
}
