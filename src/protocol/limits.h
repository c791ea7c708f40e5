/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - how large the messages between server and agent may be, each figure with its reason. */
#ifndef PROTOCOL_LIMITS_H
#define PROTOCOL_LIMITS_H

enum {
    V1_MESSAGE_BYTES = 64 * 1024,         /* hello, state and every small answer; the largest, a state of 64 partitions, has 8 KiB */
    V1_INSTRUCTION_BYTES = 300000,        /* a plan of 256 KiB and what stands around it */
    V1_OBSERVATIONS = 64,                 /* in one batch: one group commit of the server */
    V1_OBSERVATIONS_BYTES = 1024 * 1024,  /* bodies of one batch; the first may be larger alone: a record has 256 KiB, escaped 512 */
    V1_OBSERVATIONS_MESSAGE_BYTES = 2 * 1024 * 1024, /* the batch as it is sent: bodies, and what stands around them */
    V1_PARTITIONS = 64,                   /* of one system; the largest announced has 6 */
    V1_STREAM_BYTES = 1024 * 1024,        /* one request of a stream: 0.1 s at 100 Mbit/s, so a lost one costs little */
    V1_ARENA_BYTES = 16 * 1024 * 1024,    /* enough to read or write any one of these */
};

#endif
