/* SPDX-License-Identifier: EUPL-1.2 */
/* html.h - inside the API: text for a page. Whatever comes from rows goes through html_text. */
#ifndef API_HTML_H
#define API_HTML_H

#include "base/text.h"

/* Escapes what HTML reads as markup, in element content and in quoted attributes. */
static inline void html_text(struct text *out, const char *text)
{
    for (; *text; text++) {
        size_t plain = strcspn(text, "&<>\"'");
        text_add_n(out, text, plain);
        text += plain;
        switch (*text) {
        case '&': text_add(out, "&amp;"); break;
        case '<': text_add(out, "&lt;"); break;
        case '>': text_add(out, "&gt;"); break;
        case '"': text_add(out, "&quot;"); break;
        case '\'': text_add(out, "&#39;"); break;
        default: return;
        }
    }
}

/* The same, kept from turning the direction of the text around it. */
static inline void html_foreign(struct text *out, const char *text)
{
    text_add(out, "<bdi>");
    html_text(out, text);
    text_add(out, "</bdi>");
}

static inline void html_unknown(struct text *out) { text_add(out, "<span class=\"unknown\"><span>unknown</span></span>"); }

#endif
