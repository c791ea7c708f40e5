#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Files -> embedded.h: their bytes as C arrays, so that the program needs no folder beside it. A 0 stands behind each."""
import pathlib
import sys

with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("/* generated: data files of the program */\n")
    for path in map(pathlib.Path, sys.argv[2:]):
        name = "_".join(path.with_suffix("").parts[-2:]).replace("-", "_")
        data = path.read_bytes() + b"\0"
        out.write(f"static const unsigned char embedded_{name}[] = {{\n")
        for at in range(0, len(data), 32):
            out.write("    " + ", ".join(str(byte) for byte in data[at:at + 32]) + ",\n")
        out.write("};\n")
