/* SPDX-License-Identifier: EUPL-1.2 */
/* limits.h - every bound of this layer, with its reason. */
#ifndef AGENT_LIMITS_H
#define AGENT_LIMITS_H

#include "core/trust/record.h"

enum {
    AGENT_WORDS_BYTES = 300,       /* a reason as the server takes it */
    AGENT_STEP_BYTES = 64 * 1024 * 1024, /* memory of a step; the first after a start names every live job of the site: 20,000 */
    AGENT_STREAMS = RECORD_OUTPUTS_MAX + 2, /* of one job: as many outputs as its record can name, log, error */

    POLICY_BYTES = 64 * 1024,      /* site.ini; ours have 600 bytes */
    POLICY_PARTITIONS = 16,        /* as many as an executor serves */
    POLICY_TEXT_BYTES = 255,       /* a value: paths and addresses */
    SECRET_BYTES = 4096,           /* a token or key file */
};

#endif
