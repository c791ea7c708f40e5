#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""docs/mission.md and src/api/style.css -> front.h: the promises with their state, and the look, for the page at /."""
import re
import sys

STATES = ["here", "not yet", "not software"]


def quote(text):
    text = text.replace("`", "").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text + '"'


mission, style, target = sys.argv[1:]
rows = []
for line in open(mission, encoding="utf-8"):
    cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    if re.fullmatch(r"\d+", cells[0]):
        if len(cells) != 6 or cells[5] not in STATES:
            sys.exit(f"{mission}: statement {cells[0]}: six cells, the last one of {', '.join(STATES)}")
        rows.append(cells)
data = open(style, "rb").read()
with open(target, "w", encoding="utf-8") as out:
    out.write("/* generated from docs/mission.md and src/api/style.css */\n")
    out.write("enum { MISSION_HERE, MISSION_NOT_YET, MISSION_NOT_SOFTWARE };\n")
    out.write("static const struct { int number, state; const char *statement, *shown_by; } mission[] = {\n")
    for number, statement, _, command, _, state in rows:
        out.write(f"    {{ {number}, {STATES.index(state)}, {quote(statement)}, {quote(command)} }},\n")
    out.write("};\nstatic const unsigned char front_style[] = {\n")
    for at in range(0, len(data), 32):
        out.write("    " + ", ".join(str(byte) for byte in data[at:at + 32]) + ",\n")
    out.write("};\n")
