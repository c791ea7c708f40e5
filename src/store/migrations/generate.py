#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""src/store/migrations/NNNN-name.sql -> migrations.h: the texts in order, numbered from 1 without gaps."""
import pathlib
import sys

files = sorted(pathlib.Path(path) for path in sys.argv[2:])
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("/* generated from src/store/migrations */\nstatic const struct db_migration store_migrations[] = {\n")
    for number, file in enumerate(files, 1):
        if int(file.name[:4]) != number:
            sys.exit(f"{file.name}: expected number {number:04}")
        lines = file.read_text(encoding="utf-8").splitlines()
        text = "\n".join('        "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in lines)
        out.write(f'    {{ {number}, "{file.stem[5:]}",\n{text} }},\n')
    out.write("};\n")
