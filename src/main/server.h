/* SPDX-License-Identifier: EUPL-1.2 */
/* server.h - `aif server`: the network's server, until SIGTERM. */
#ifndef MAIN_SERVER_H
#define MAIN_SERVER_H

int server_main(int argc, char **argv);

#endif
