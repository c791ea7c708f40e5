/* SPDX-License-Identifier: EUPL-1.2 */
/* up.h - `aif up`: a whole network on one machine, the server and one agent a system, each a process of its own. */
#ifndef MAIN_UP_H
#define MAIN_UP_H

int up_main(int argc, char **argv);

#endif
