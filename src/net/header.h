/* SPDX-License-Identifier: EUPL-1.2 */
/* header.h - one header field, as servers send it and clients do. */
#ifndef NET_HEADER_H
#define NET_HEADER_H

struct http_header { const char *name, *value; };

#endif
