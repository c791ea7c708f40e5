/* SPDX-License-Identifier: EUPL-1.2 */
/* protocol_versions.h - the versions of the agent protocol that this program speaks (docs/agent-protocol.md). */
#ifndef CORE_NETWORK_PROTOCOL_VERSIONS_H
#define CORE_NETWORK_PROTOCOL_VERSIONS_H

enum { PROTOCOL_LOWEST = 1, PROTOCOL_HIGHEST = 1 };

#endif
