/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - what the network may ask of us, each figure with its reason. Deadlines and sizes that an operator or a
 * test may want otherwise are defaults of struct http_limits; the rest hold for everybody. */
#ifndef NET_LIMITS_H
#define NET_LIMITS_H

enum {
    /* A browser's head is 1-2 KiB, one with a large token 8. RFC 9110 leaves it to us; nginx takes 8, we twice that. */
    HTTP_HEAD_BYTES = 16 * 1024,
    HTTP_HEAD_FIELDS = 64,             /* browsers send about 20; more is somebody probing hash tables */
    HTTP_TARGET_BYTES = 4 * 1024,      /* cursors and filters fit; larger questions belong in a body */
    HTTP_PARAMETERS = 64,              /* our longest list query has a dozen */

    /* Memory the HTTP library may use for one connection: a full head (16 KiB), its index (64 fields of 80 bytes),
     * a second copy of a Cookie line as large as the head, and our longest answer head. Touched page by page. */
    HTTP_CONNECTION_BYTES = 44 * 1024,

    HTTP_ANSWER_HEADERS = 24,          /* security headers of the portal plus a route's own */
    HTTP_CONNECTIONS = 2048,           /* 1,000 portal streams, 40 agents, and as many again for a bad day */
    HTTP_CONNECTIONS_PER_ADDRESS = 512,/* a whole institute behind one address; a single machine can't fill us */
    HTTP_ACCEPT_BATCH = 64,            /* new connections taken per turn of the loop: others get their turn */
    HTTP_REFUSED_LINGERING = 64,       /* refused sockets kept open a moment, so that their 503 arrives */

    HTTP_HEAD_MS = 10 * 1000,          /* slow heads are slow-loris; 10 s is three lost packets on a bad line */
    HTTP_IDLE_MS = 60 * 1000,          /* kept-alive connections; browsers give up at 60-120 s themselves */
    HTTP_RATE_BYTES_S = 1024,          /* below 1 KiB/s over a window nobody is served, everybody is held up */
    HTTP_RATE_WINDOW_MS = 30 * 1000,
    HTTP_BODY_MS = 60 * 60 * 1000,     /* absolute end of one body: a 64 GiB part at 150 Mbit/s */
    HTTP_LINGER_MS = 2 * 1000,         /* a refused sender may go on that long, so that it can read the refusal */
    HTTP_UNACKNOWLEDGED_MS = 60 * 1000,/* TCP_USER_TIMEOUT: a peer that vanished without a word */
    HTTP_TICK_MS = 250,                /* how late a deadline may be noticed */

    /* A body up to this size is read and thrown away when its request is refused, so the connection lives on; above
     * it the refusal is sent at once and the connection ends. */
    HTTP_DISCARD_BYTES = 64 * 1024,
    HTTP_BODIES_BYTES = 256 * 1024 * 1024, /* all bodies held in memory together; above it: busy */

    HTTP_STREAM_BUFFER_BYTES = 256 * 1024, /* about 500 events behind: reconnecting by event number is cheaper */
    HTTP_STREAM_SOCKET_BYTES = 64 * 1024,  /* kernel's send buffer of a stream; else 4 MiB each for a slow reader */
    HTTP_HEARTBEAT_MS = 15 * 1000,     /* proxies close silent connections after 30-60 s */

    SSE_LINE_BYTES = 1024 * 1024,      /* an instruction with a 256 KiB script, escaped, on one line */
    SSE_EVENT_BYTES = 1024 * 1024,

    CLIENT_CONNECT_MS = 10 * 1000,
    CLIENT_TOTAL_MS = 60 * 1000,
    CLIENT_BODY_BYTES = 16 * 1024 * 1024, /* an answer of a site's own HTTP service with 10,000 entries has 10 MB */
    CLIENT_CONNECTIONS = 64,
    CLIENT_CONNECTIONS_PER_HOST = 8,
    CLIENT_FIELD_BYTES = 1024,         /* a kept response header (Location is the longest) */
};

#endif
