/* SPDX-License-Identifier: EUPL-1.2 */
/* fuzz.c - everything that reads bytes from outside, fed with bytes from nowhere (libFuzzer; ./dev fuzz SECONDS).
 * The first byte says which reader; a finding is a crash, a sanitizer's report or a broken CHECK. */
#include "core/data/folder.h"
#include "core/jobs/placement_kept.h"
#include "core/jobs/request.h"
#include "core/trust/export.h"
#include "core/trust/record.h"
#include "net/sse.h"
#include "net/target.h"
#include "protocol/v1.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_json(const char *bytes, size_t length, struct arena *arena)
{
    struct json_fault fault;
    struct job_submit submit;
    struct json_t *json = json_read(bytes, length, &fault);
    if (!json) return;
    char *dumped = json_dump(json, arena);
    struct json_t *again = json_read(dumped, strlen(dumped), &fault); /* what we have read we can write and read again */
    CHECK(again);
    json_free(again);
    if (json_to_shape(json, &job_submit_shape, arena, &submit, &fault)) {
        struct job_request request;
        (void)job_request_parse(&submit, arena, &request);
    }
    json_free(json);
}

static void read_script(const char *text, struct arena *arena)
{
    struct job_submit submit = { .script = text };
    struct job_request request;
    struct refusal refusal = job_request_parse(&submit, arena, &request);
    if (refusal.code) CHECK(*refusal_sentence(&refusal, arena));
}

static void read_folder(const char *text, struct arena *arena)
{
    struct folder_list list;
    if (folder_parse(text, arena, &list).code) return;
    CHECK(strcmp(folder_format(&list, arena), text) == 0); /* there is one way to write a folder */
}

static void read_messages(const char *bytes, size_t length, struct arena *arena)
{
    struct json_fault fault;
    struct agent_hello hello;
    struct v1_welcome welcome;
    struct v1_instruction instruction;
    struct v1_observations observations;
    struct v1_state state;
    (void)v1_hello_parse(bytes, length, arena, &hello, &fault);
    (void)v1_welcome_parse(bytes, length, arena, &welcome, &fault);
    (void)v1_instruction_parse(bytes, length, arena, &instruction, &fault);
    (void)v1_state_parse(bytes, length, arena, &state, &fault);
    if (!v1_observations_parse(bytes, length, arena, &observations, &fault)) return;
    for (int i = 0; i < observations.count; i++) (void)v1_observation_read(&observations.items[i], id_from("agent"), "journal", arena, &fault);
}

static void read_export(const char *bytes, size_t length)
{
    struct audit_verifier verifier;
    audit_verify_init(&verifier, NULL, 0);
    for (const char *end = bytes + length; bytes < end;) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t line = line_end ? (size_t)(line_end - bytes) : (size_t)(end - bytes);
        if (!audit_verify_line(&verifier, bytes, line)) break;
        bytes += line + 1;
    }
    (void)audit_verify_end(&verifier);
    audit_verify_finish(&verifier);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    jmp_buf escape;
    struct record_claim claim;
    if (size < 1) return 0;
    static bool started;
    if (!started) crypto_start(), started = true;
    arena_init(&arena, 64 * 1024 * 1024);
    arena.escape = &escape;
    if (setjmp(escape) == 0) {
        char *text = arena_text_n(&arena, (const char *)data + 1, size - 1);
        switch (data[0] % 7) {
        case 0: read_json(text, size - 1, &arena); break;
        case 1: read_script(text, &arena); break;
        case 2: read_folder(text, &arena); break;
        case 3: read_messages(text, size - 1, &arena); break;
        case 4: read_export(text, size - 1); break;
        case 5: (void)record_parse(text, &arena, &claim); break;
        case 6: (void)placement_kept_format(text, &arena); break;
        default: break;
        }
    }
    arena_finish(&arena);
    return 0;
}
