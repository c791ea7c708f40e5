#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""src/api/routes.h -> cli_routes.h: method and path of each row, so that the command line asks for what the server answers."""
import re
import sys

rows = re.findall(r'^    X\((\w+), ([A-Z]+), "([^"]+)",', open(sys.argv[1], encoding="utf-8").read(), re.M)
if not rows:
    sys.exit("src/api/routes.h: no rows found")
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write("/* generated from src/api/routes.h */\n")
    for name, method, path in rows:
        out.write(f'#define ROUTE_{name.upper()}_METHOD "{method}"\n#define ROUTE_{name.upper()}_PATH "{path}"\n')
