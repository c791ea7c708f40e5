/* SPDX-License-Identifier: EUPL-1.2 */
/* network.c - what there is and how it is now: factories and systems as announced, partitions with what the picture knows of
 * them. What an agent hasn't told stands as null, never as 0. */
#include "api/handlers.h"
#include "api/state.h"

static struct json_writer begin(struct api_call *call, struct text *out)
{
    text_init(out, &call->arena);
    return json_writer_of(out);
}

static void end(struct api_call *call, struct text *out) { answer_json_n(call, 200, out->bytes, out->length); }

void api_health(struct api_call *call)
{
    struct text out;
    struct json_writer writer = begin(call, &out);
    json_open(&writer, '{');
    json_text_field(&writer, "status", call->api->draining ? "ending" : "ok");
    json_text_field(&writer, "version", AIF_VERSION);
    json_text_field(&writer, "network", call->api->options.network.text);
    json_number_field(&writer, "events", call->api->newest);
    json_close(&writer, '}');
    end(call, &out);
    call_send(call);
}

void api_openapi(struct api_call *call)
{
    answer_json_n(call, 200, call->api->openapi, call->api->openapi_bytes);
    call->answer.is_static = true;
    call_send(call);
}

static void put_serving(struct json_writer *writer, const struct store_list *serving, struct id factory)
{
    json_name(writer, "served_by");
    json_open(writer, '[');
    for (int i = 0; i < serving->count; i++) {
        const struct serves *serves = (const struct serves *)serving->rows + i;
        if (id_equal(serves->factory, factory)) json_put_text(writer, serves->system.text);
    }
    json_close(writer, ']');
}

bool api_factories(struct api_call *call, struct store *store, struct error *error)
{
    enum { FACTORIES_MAX = 200 };
    struct store_list factories, serving;
    struct text out;
    if (!store_select(store, &factory_shape, "ORDER BY wave = 0, wave, id", NULL, 0, FACTORIES_MAX, &call->arena, &factories, error) ||
        !store_select(store, &serves_shape, "ORDER BY factory, system", NULL, 0, FACTORIES_MAX * FACTORY_SYSTEMS_MAX, &call->arena, &serving, error)) return false;
    struct json_writer writer = begin(call, &out);
    json_open(&writer, '{');
    json_name(&writer, "factories");
    json_open(&writer, '[');
    for (int i = 0; i < factories.count; i++) {
        const struct factory *factory = (const struct factory *)factories.rows + i;
        json_open(&writer, '{');
        json_put_members(&writer, &factory_shape, factory);
        put_serving(&writer, &serving, factory->id);
        json_close(&writer, '}');
    }
    json_close(&writer, ']');
    json_close(&writer, '}');
    end(call, &out);
    return true;
}

/* The members that tell of now. A partition that was never heard of has nothing to tell: busy and free are unknown. */
static void put_now(struct json_writer *writer, const struct picture_partition *now)
{
    bool known = now && now->heard_ms;
    json_flag_field(writer, "heard", now && now->heard);
    json_time_field(writer, "heard_ms", now ? now->heard_ms : 0);
    json_name(writer, "busy");
    if (known) json_put_number(writer, now->running_pieces);
    else json_put_null(writer);
    json_name(writer, "free");
    if (known) json_put_number(writer, now->slots > now->running_pieces ? now->slots - now->running_pieces : 0);
    else json_put_null(writer);
    json_number_field(writer, "waiting_jobs", now ? now->waiting_jobs : 0);
    json_number_field(writer, "running_jobs", now ? now->running_jobs : 0);
}

static void put_partitions(struct json_writer *writer, const struct store_list *partitions, const struct picture *picture, const struct id *of)
{
    json_name(writer, "partitions");
    json_open(writer, '[');
    for (int i = 0; i < partitions->count; i++) {
        const struct partition *partition = (const struct partition *)partitions->rows + i;
        if (of && !id_equal(partition->system, *of)) continue;
        json_open(writer, '{');
        json_put_members(writer, &partition_shape, partition);
        put_now(writer, picture_find(picture, partition->id));
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static bool partitions_load(struct api_call *call, struct store *store, struct store_list *partitions, struct picture **picture, struct error *error)
{
    *picture = arena_take(&call->arena, sizeof **picture);
    call->api->options.picture(call->api->options.context, *picture);
    return store_select(store, &partition_shape, "ORDER BY id", NULL, 0, PICTURE_PARTITIONS_MAX, &call->arena, partitions, error);
}

bool api_systems(struct api_call *call, struct store *store, struct error *error)
{
    enum { SYSTEMS_MAX = 200 };
    struct store_list systems, partitions;
    struct picture *picture;
    struct text out;
    if (!store_select(store, &system_shape, "ORDER BY id", NULL, 0, SYSTEMS_MAX, &call->arena, &systems, error) ||
        !partitions_load(call, store, &partitions, &picture, error)) return false;
    struct json_writer writer = begin(call, &out);
    json_open(&writer, '{');
    json_name(&writer, "systems");
    json_open(&writer, '[');
    for (int i = 0; i < systems.count; i++) {
        const struct system *system = (const struct system *)systems.rows + i;
        json_open(&writer, '{');
        json_put_members(&writer, &system_shape, system);
        put_partitions(&writer, &partitions, picture, &system->id);
        json_close(&writer, '}');
    }
    json_close(&writer, ']');
    json_close(&writer, '}');
    end(call, &out);
    return true;
}

static void put_checkpoint(struct json_writer *writer, const struct store_list *newest)
{
    json_name(writer, "checkpoint");
    if (newest->count) json_put_shape(writer, &checkpoint_shape, newest->rows);
    else json_put_null(writer);
}

bool api_status(struct api_call *call, struct store *store, struct error *error)
{
    struct store_list partitions, newest;
    struct picture *picture;
    struct text out;
    int64_t events;
    if (!partitions_load(call, store, &partitions, &picture, error) ||
        !store_number(store, "SELECT max(sequence) FROM event", NULL, 0, &events, error) ||
        !store_select(store, &checkpoint_shape, "ORDER BY size DESC", NULL, 0, 1, &call->arena, &newest, error)) return false;
    struct json_writer writer = begin(call, &out);
    json_open(&writer, '{');
    json_text_field(&writer, "network", call->api->options.network.text);
    json_text_field(&writer, "version", AIF_VERSION);
    json_time_field(&writer, "now_ms", call->now_ms);
    json_number_field(&writer, "events", events);
    put_checkpoint(&writer, &newest);
    put_partitions(&writer, &partitions, picture, NULL);
    json_close(&writer, '}');
    end(call, &out);
    return true;
}

bool api_audit_checkpoint(struct api_call *call, struct store *store, struct error *error)
{
    struct store_list newest;
    struct text out;
    if (!store_select(store, &checkpoint_shape, "ORDER BY size DESC", NULL, 0, 1, &call->arena, &newest, error)) return false;
    if (!newest.count) {
        answer_refusal(call, refuse(REFUSAL_NOT_FOUND));
        return true;
    }
    struct json_writer writer = begin(call, &out);
    json_put_shape(&writer, &checkpoint_shape, newest.rows);
    end(call, &out);
    return true;
}
