/* SPDX-License-Identifier: EUPL-1.2 */
/* handlers.h - inside the API: one handler for each row of routes.h, in the file of its topic. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/routes.h"

#define HANDLER_QUERY   api_read
#define HANDLER_BYTES   api_read
#define HANDLER_PAGE    api_read
#define HANDLER_COMMAND api_act
#define HANDLER_STREAM  api_act
#define HANDLER_STATE   api_act
#define X(name, method, path, kind, ...) HANDLER_##kind api_##name;
ROUTES(X)
#undef X

#endif
