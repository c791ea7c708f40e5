/* SPDX-License-Identifier: EUPL-1.2 */
#include "main/site.h"

#include "agent/site.h"
#include "base/crypto.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

static const char help[] =
    "aif site - the agent beside one system\n\n"
    "  --home DIR   its folder with site.ini, the operator's policy (required; docs/operating.md)\n\n"
    "It runs until SIGTERM. Jobs belong to their keepers and go on without it.\n\n"
    "Example: aif site --home /etc/aif/site\n"
    "Exit status: 0 ended by SIGTERM, 1 it can't begin, 2 wrong usage.\n";

int site_main(int argc, char **argv)
{
    static const struct option options[] = { { "home", required_argument, NULL, 'h' }, { "help", no_argument, NULL, 'H' }, { 0 } };
    struct site_options site = { 0 };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') site.home = optarg;
        else return fputs(help, option == 'H' ? stdout : stderr), option == 'H' ? 0 : 2;
    }
    if (!site.home || optind != argc) return fputs(help, stderr), 2;
    umask(077);
    random_fill(site.seed, sizeof site.seed);
    return site_run(&site);
}
