/* SPDX-License-Identifier: EUPL-1.2 */
/* site.h - `aif site`: the agent beside one system, until SIGTERM. */
#ifndef MAIN_SITE_H
#define MAIN_SITE_H

int site_main(int argc, char **argv);

#endif
