/* SPDX-License-Identifier: EUPL-1.2 */
#include "core/problem.h"

#include "base/json.h"

static void put_argument(struct json_writer *writer, const struct refusal_argument *argument, const char *label)
{
    if (argument->kind == ARGUMENT_NAME) json_text_field(writer, label, argument->text);
    else if (argument->kind == ARGUMENT_TIME) json_time_field(writer, label, argument->number);
    else json_number_field(writer, label, argument->number);
}

char *problem_format(const struct refusal *refusal, struct arena *arena)
{
    struct text out;
    text_init(&out, arena);
    struct json_writer writer = json_writer_of(&out);
    const char *code = refusal_code_text(refusal->code), *label;
    json_open(&writer, '{');
    json_text_field(&writer, "type", arena_format(arena, "/problems/%s", code));
    json_text_field(&writer, "title", arena_format(arena, "Refused: %s", code));
    json_number_field(&writer, "status", refusal_status(refusal->code));
    json_text_field(&writer, "code", code);
    json_text_field(&writer, "detail", refusal_sentence(refusal, arena));
    json_text_field(&writer, "rule", refusal_rule(refusal, arena));
    json_text_field(&writer, "next", refusal_next(refusal, arena));
    json_name(&writer, "arguments");
    json_open(&writer, '{');
    for (int i = 0; (label = refusal_argument_label(refusal->code, i)); i++) put_argument(&writer, &refusal->arguments[i], label);
    json_close(&writer, '}');
    json_close(&writer, '}');
    return out.bytes;
}
