/* SPDX-License-Identifier: EUPL-1.2 */
/* page.c - the page at /, made by the server, without a script: what there is and how it is now, what was promised, what happened
 * last, the demo's newest job. What isn't known stands there as unknown; what is pretended is called demo.
 *
 * Its policy allows nothing but its own style sheet, so that text which slipped through could still do nothing. */
#include "api/handlers.h"
#include "api/state.h"
#include "base/time.h"
#include "core/access/access.h"

#include <string.h>

#include "api/html.h"
#include "front.h"

static const char policy[] = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void api_style(struct api_call *call)
{
    answer_text(call, route_type_name(TYPE_CSS), (const char *)front_style, sizeof front_style);
    call->answer.is_static = true;
    answer_header(call, "Cache-Control", "max-age=3600");
    call_send(call);
}

/* What the page is made of, as it is at one moment. */
struct front {
    struct api       *api;
    struct text      *out;
    struct arena     *arena;
    int64_t           now_ms;
    struct store_list factories, serving, systems, partitions;
    struct picture    picture;
    const struct job *job;         /* the demo's newest; NULL: none yet */
    const char       *project;
    int64_t           later;       /* factories beyond the first seven */
    bool              demo;
};

static void add(struct front *front, const char *text) { text_add(front->out, text); }

static void add_time(struct front *front, int64_t at_ms)
{
    char text[TIME_TEXT];
    time_format(at_ms, text);
    text_add_format(front->out, "%.10s %.8s UTC", text, text + 11);
}

static void add_state(struct front *front, const char *colour, const char *glyph, const char *word)
{
    text_add_format(front->out, "<span class=\"state %s\"><span aria-hidden=\"true\">%s</span> ", colour, glyph);
    html_text(front->out, word);
    add(front, "</span>");
}

/* ---- the network ---- */

static void add_announced(struct front *front, const char *status)
{
    if (strcmp(status, "operational") == 0) add_state(front, "ok", "●", status);
    else if (strcmp(status, "installing") == 0 || strcmp(status, "contracted") == 0 || strcmp(status, "accepted") == 0) add_state(front, "live", "◐", status);
    else add_state(front, "", "○", status);
}

static const struct system *find_system(const struct front *front, struct id id)
{
    for (int i = 0; i < front->systems.count; i++)
        if (id_equal(((const struct system *)front->systems.rows)[i].id, id)) return (const struct system *)front->systems.rows + i;
    return NULL;
}

static void add_serving(struct front *front, struct id factory)
{
    int count = 0;
    for (int i = 0; i < front->serving.count; i++) {
        const struct serves *serves = (const struct serves *)front->serving.rows + i;
        const struct system *system = id_equal(serves->factory, factory) ? find_system(front, serves->system) : NULL;
        if (!system) continue;
        add(front, count++ ? "<br>" : "");
        html_foreign(front->out, system->name);
        add(front, " ");
        add_announced(front, system->status);
    }
    if (!count) html_unknown(front->out);
}

static void add_place(struct front *front, const struct factory *factory)
{
    add(front, "<small>");
    if (factory->town) html_foreign(front->out, factory->town);
    else add(front, "place not announced");
    add(front, ", ");
    html_text(front->out, factory->country ? factory->country : "unknown");
    add(front, "</small>");
}

static void add_factories(struct front *front)
{
    add(front, "<section aria-labelledby=\"network\"><div class=\"head\"><h2 id=\"network\">The first seven factories</h2>"
               "<p class=\"meta\">As announced. <code>aif factories</code></p></div>\n"
               "<table><thead><tr><th scope=\"col\">Factory</th><th scope=\"col\">State</th><th scope=\"col\">Hosting entity</th><th scope=\"col\">Systems that serve it</th></tr></thead><tbody>\n");
    for (int i = 0; i < front->factories.count; i++) {
        const struct factory *factory = (const struct factory *)front->factories.rows + i;
        add(front, "<tr><th scope=\"row\">");
        html_foreign(front->out, factory->name);
        add_place(front, factory);
        add(front, "</th><td data-l=\"State\">");
        add_announced(front, factory->status);
        add(front, "</td><td data-l=\"Hosting entity\">");
        if (factory->host) html_foreign(front->out, factory->host);
        else html_unknown(front->out);
        add(front, "</td><td data-l=\"Systems\">");
        add_serving(front, factory->id);
        add(front, "</td></tr>\n");
    }
    text_add_format(front->out, "</tbody></table><p class=\"meta\">%lld later factories, antennas and gigafactories are rows too: <a href=\"/v1/factories\">all of them as data</a>.</p></section>\n",
                    (long long)front->later);
}

static void add_partition(struct front *front, const struct partition *partition)
{
    const struct picture_partition *now = picture_find(&front->picture, partition->id);
    bool known = now && now->heard_ms;
    add(front, "<tr><th scope=\"row\">");
    html_foreign(front->out, partition->id.text);
    if (partition->demo) add(front, " <span class=\"demo\">demo</span>");
    if (partition->experimental) add(front, "<small>◆ experimental: by wish only</small>");
    text_add_format(front->out, "</th><td class=\"num\" data-l=\"Pieces\">%lld<small>", (long long)partition->slots);
    if (partition->model) html_foreign(front->out, partition->model);
    else add(front, "model unknown");
    add(front, "</small></td><td class=\"num\" data-l=\"Free\">");
    if (known) text_add_number(front->out, now->slots > now->running_pieces ? now->slots - now->running_pieces : 0);
    else html_unknown(front->out);
    text_add_format(front->out, "</td><td class=\"num\" data-l=\"Running\">%lld</td><td class=\"num\" data-l=\"Waiting\">%lld</td><td data-l=\"Site agent\">",
                    (long long)(now ? now->running_jobs : 0), (long long)(now ? now->waiting_jobs : 0));
    if (now && now->heard) add_state(front, "ok", "●", "connected");
    else if (known) add_state(front, "warn", "▲", "away");
    else add_state(front, "", "○", "not heard of yet");
    if (known && !now->heard) add(front, "<small>last heard "), add_time(front, now->heard_ms), add(front, "</small>");
    add(front, "</td></tr>\n");
}

static void add_partitions(struct front *front)
{
    add(front, "<section aria-labelledby=\"now\"><div class=\"head\"><h2 id=\"now\">Partitions now</h2><p class=\"meta\">Told by site agents. <code>aif systems</code></p></div>\n");
    if (!front->partitions.count) {
        add(front, "<p>Partitions of connected systems would stand here. None is connected yet.</p></section>\n");
        return;
    }
    add(front, "<table><thead><tr><th scope=\"col\">Partition</th><th scope=\"col\" class=\"num\">Accelerators</th><th scope=\"col\" class=\"num\">Free</th>"
               "<th scope=\"col\" class=\"num\">Jobs running</th><th scope=\"col\" class=\"num\">Jobs waiting</th><th scope=\"col\">Site agent</th></tr></thead><tbody>\n");
    for (int i = 0; i < front->partitions.count; i++) add_partition(front, (const struct partition *)front->partitions.rows + i);
    add(front, "</tbody></table></section>\n");
}

/* ---- the demo's job ---- */

static void add_job_state(struct front *front, const struct job *job)
{
    switch (job->state) {
    case JOB_HELD: add_state(front, "warn", "○", "waits for another job"); return;
    case JOB_WAITING: add_state(front, "warn", "○", "waits"); return;
    case JOB_RUNNING: add_state(front, "live", "◐", "runs"); return;
    case JOB_ENDED: break;
    }
    bool fine = job->ended_as == JOB_END_COMPLETED;
    add_state(front, fine ? "ok" : "stop", fine ? "●" : "■", word_name(&job_end_words, (int)job->ended_as));
}

static void add_job(struct front *front)
{
    const struct job *job = front->job;
    if (!front->demo) return;
    add(front, "<section aria-labelledby=\"job\"><div class=\"head\"><h2 id=\"job\">The demo job</h2><p class=\"meta\"><span class=\"demo\">demo</span> a pretended project's newest</p></div>\n");
    if (!job) {
        add(front, "<p>A job of the demo project would stand here. Submit one: <code>aif submit --dir examples/tiny-lm examples/tiny-lm/train.sh</code></p></section>\n");
        return;
    }
    add(front, "<dl class=\"facts\"><dt>Job</dt><dd>");
    html_foreign(front->out, front->project);
    text_add_format(front->out, "/%lld</dd><dt>State</dt><dd>", (long long)job->number);
    add_job_state(front, job);
    add(front, "</dd><dt>Where</dt><dd>");
    html_foreign(front->out, job->partition.text);
    text_add_format(front->out, ", %lld %s</dd><dt>Submitted</dt><dd>", (long long)job->pieces, job->pieces == 1 ? "accelerator" : "accelerators");
    add_time(front, job->submitted_ms);
    add(front, "</dd>");
    if (job->started_ms) add(front, "<dt>Started</dt><dd>"), add_time(front, job->started_ms), add(front, "</dd>");
    if (job->ended_ms) add(front, "<dt>Ended</dt><dd>"), add_time(front, job->ended_ms), add(front, "</dd>");
    text_add_format(front->out, "<dt>%s</dt><dd>%lld accelerator-seconds</dd>", job->state == JOB_ENDED ? "Used" : "Held", (long long)(job->state == JOB_ENDED ? job->used : job->held));
    add(front, "<dt>Evidence</dt><dd>");
    if (job->evidence) text_add_format(front->out, "signed record <code>%.16s…</code>", job->evidence);
    else add(front, "none yet");
    add(front, "</dd></dl></section>\n");
}

/* ---- events, promises ---- */

static void add_events(struct front *front)
{
    struct public_event events[API_FRONT_EVENTS];
    pthread_mutex_lock(&front->api->lock);
    int count = front->api->front_count;
    memcpy(events, front->api->front, sizeof events);
    pthread_mutex_unlock(&front->api->lock);
    add(front, "<section aria-labelledby=\"events\"><div class=\"head\"><h2 id=\"events\">What happened last</h2><p class=\"meta\">Events that everybody may see. <code>aif events</code></p></div>\n");
    if (!count) add(front, "<p>Nothing has happened yet.</p>");
    else add(front, "<table><thead><tr><th scope=\"col\" class=\"num\">Number</th><th scope=\"col\">Time</th><th scope=\"col\">Event</th><th scope=\"col\">Of what</th></tr></thead><tbody>\n");
    for (int i = 0; i < count; i++) {
        text_add_format(front->out, "<tr><td class=\"num\" data-l=\"Number\">%lld</td><td data-l=\"Time\">", (long long)events[i].sequence);
        add_time(front, events[i].at_ms);
        add(front, "</td><td data-l=\"Event\">");
        html_text(front->out, events[i].name);
        add(front, "</td><td data-l=\"Of what\">");
        html_foreign(front->out, events[i].subject.text);
        add(front, "</td></tr>\n");
    }
    add(front, count ? "</tbody></table></section>\n" : "</section>\n");
}

static void add_promises(struct front *front)
{
    int counts[3] = { 0 }, all = countof(mission);
    for (int i = 0; i < all; i++) counts[mission[i].state]++;
    add(front, "<section aria-labelledby=\"promised\"><div class=\"head\"><h2 id=\"promised\">What was promised, what is there</h2><p class=\"meta\">Every statement of the announcements is a row of docs/mission.md</p></div>\n<div class=\"stack\">");
    text_add_format(front->out, "<svg class=\"meter\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%d of %d statements hold here\">"
                                "<rect class=\"all\" width=\"%d\" height=\"10\"/><rect class=\"there\" width=\"%d\" height=\"10\"/><rect class=\"never\" x=\"%d\" width=\"%d\" height=\"10\"/></svg>\n",
                    all, counts[MISSION_HERE], all, all, counts[MISSION_HERE], all - counts[MISSION_NOT_SOFTWARE], counts[MISSION_NOT_SOFTWARE]);
    text_add_format(front->out, "<ul class=\"key\"><li>● <b>%d</b> here: it works, a command shows it, a test checks it</li><li>○ <b>%d</b> not yet</li><li>– <b>%d</b> not software</li></ul>\n",
                    counts[MISSION_HERE], counts[MISSION_NOT_YET], counts[MISSION_NOT_SOFTWARE]);
    add(front, "<table><thead><tr><th scope=\"col\" class=\"num\">Statement</th><th scope=\"col\">What was said</th><th scope=\"col\">What shows it here</th></tr></thead><tbody>\n");
    for (int i = 0; i < all; i++) {
        text_add_format(front->out, "<tr><td class=\"num\" data-l=\"Statement\">%d</td><td data-l=\"Said\">", mission[i].number);
        html_text(front->out, mission[i].statement);
        add(front, "</td><td data-l=\"Shown by\">");
        if (mission[i].state == MISSION_HERE) {
            add(front, "<code>");
            html_text(front->out, mission[i].shown_by);
            add(front, "</code>");
        } else {
            add(front, mission[i].state == MISSION_NOT_YET ? "○ not yet" : "– not software");
        }
        add(front, "</td></tr>\n");
    }
    add(front, "</tbody></table></div></section>\n");
}

/* ---- the whole ---- */

static void add_begin(struct front *front)
{
    add(front, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"color-scheme\" content=\"light dark\">\n<title>aif: the network of European AI Factories</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
               "<a class=\"skip\" href=\"#main\">Skip to content</a>\n");
    if (front->demo)
        add(front, "<aside class=\"strip\" aria-label=\"About this page\"><div class=\"wrap\"><p><b>Demo.</b> Factories and systems are public facts; partitions, people, projects and jobs are pretended by this machine.</p></div></aside>\n");
    add(front, "<header class=\"top\"><div class=\"wrap\"><span class=\"mark\">aif<span>the network of European AI Factories</span></span></div></header>\n"
               "<main id=\"main\" class=\"wrap\">\n<section class=\"stack\"><h1>What was promised, what is there, what runs</h1>\n"
               "<p class=\"lede\">Start-ups, SMEs and researchers see where a script would run, when it would start and what it would cost, before making an account.</p>\n"
               "<pre>aif try train.sh</pre></section>\n");
}

static void add_end(struct front *front)
{
    add(front, "</main>\n<footer class=\"foot\"><div class=\"wrap\"><span>Made by the server at ");
    add_time(front, front->now_ms);
    text_add_format(front->out, ", network <bdi>%s</bdi>, aif %s</span>", front->api->options.network.text, AIF_VERSION);
    add(front, "<ul><li><a href=\"/v1/factories\">factories</a></li><li><a href=\"/v1/systems\">systems</a></li><li><a href=\"/v1/status\">status</a></li>"
               "<li><a href=\"/v1/openapi.json\">interface</a></li></ul></div></footer>\n</body>\n</html>\n");
}

static bool load_job(struct front *front, struct store *store, struct error *error)
{
    struct store_list projects, jobs;
    if (!store_select(store, &project_shape, "WHERE demo = 1 AND last_job > 0 ORDER BY name", NULL, 0, 1, front->arena, &projects, error)) return false;
    if (!projects.count) return true;
    const struct project *project = projects.rows;
    const struct store_value newest[] = { STORE_TEXT(project->id.text), STORE_NUMBER(project->last_job) };
    if (!store_select(store, &job_shape, "WHERE project = $1 AND number = $2", newest, 2, 1, front->arena, &jobs, error)) return false;
    if (jobs.count) front->job = jobs.rows;
    front->project = project->name;
    return true;
}

static bool load(struct front *front, struct store *store, struct error *error)
{
    enum { ROWS_MAX = 200 };
    front->api->options.picture(front->api->options.context, &front->picture);
    if (!store_select(store, &factory_shape, "WHERE wave = 1 ORDER BY id", NULL, 0, ROWS_MAX, front->arena, &front->factories, error) ||
        !store_number(store, "SELECT count(*) FROM factory WHERE wave <> 1", NULL, 0, &front->later, error) ||
        !store_select(store, &serves_shape, "ORDER BY factory, system", NULL, 0, ROWS_MAX * FACTORY_SYSTEMS_MAX, front->arena, &front->serving, error) ||
        !store_select(store, &system_shape, "ORDER BY id", NULL, 0, ROWS_MAX, front->arena, &front->systems, error) ||
        !store_select(store, &partition_shape, "ORDER BY id", NULL, 0, PICTURE_PARTITIONS_MAX, front->arena, &front->partitions, error)) return false;
    for (int i = 0; i < front->partitions.count; i++) front->demo = front->demo || ((const struct partition *)front->partitions.rows)[i].demo;
    return load_job(front, store, error);
}

bool api_front(struct api_call *call, struct store *store, struct error *error)
{
    struct front *front = arena_take(&call->arena, sizeof *front);
    struct text out;
    text_init(&out, &call->arena);
    front->api = call->api;
    front->out = &out;
    front->arena = &call->arena;
    front->now_ms = call->now_ms;
    if (!load(front, store, error)) return false;
    add_begin(front);
    add_job(front);
    add_partitions(front);
    add_factories(front);
    add_promises(front);
    add_events(front);
    add_end(front);
    answer_text(call, route_type_name(TYPE_HTML), out.bytes, out.length);
    answer_header(call, "Content-Security-Policy", policy);
    answer_header(call, "Cache-Control", "no-cache");
    return true;
}

/* ---- what everybody may see of the trail ---- */

static void remember(struct api *api, const struct event *event)
{
    memmove(api->front + 1, api->front, sizeof api->front - sizeof api->front[0]);
    if (api->front_count < API_FRONT_EVENTS) api->front_count++;
    struct public_event *first = &api->front[0];
    *first = (struct public_event){ .sequence = event->sequence, .at_ms = event->at_ms, .subject = event->subject };
    size_t length = strnlen(event->name, sizeof first->name - 1);
    memcpy(first->name, event->name, length);
}

void page_committed(struct api *api, const struct event *events, int count)
{
    pthread_mutex_lock(&api->lock);
    for (int i = 0; i < count; i++)
        if (strcmp(events[i].scope, "public") == 0) remember(api, &events[i]);
    pthread_mutex_unlock(&api->lock);
}

/* At the start: among the newest events and, since a network's public ones come first of all, the oldest. */
bool page_load(struct api *api, struct store *store, struct error *error)
{
    enum { NEWEST = 20000, OLDEST = 2000 };
    struct store_list found;
    struct arena arena;
    const struct store_value spans[] = { STORE_NUMBER(api->newest - NEWEST), STORE_NUMBER(OLDEST) };
    arena_init(&arena, API_ARENA_BYTES);
    bool ok = store_select(store, &event_shape, "WHERE scope = 'public' AND (sequence > $1 OR sequence <= $2) ORDER BY sequence DESC", spans, 2, API_FRONT_EVENTS, &arena, &found, error);
    for (int i = ok ? found.count - 1 : -1; i >= 0; i--) remember(api, (const struct event *)found.rows + i);
    arena_finish(&arena);
    return ok;
}
