#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""messages/en.txt -> messages.h: the refusal codes and their words. A message without a rule, a next step,
or with a place that it doesn't declare fails the build."""
import re
import sys

KINDS = {"count", "amount", "duration", "time", "size", "name"}


def fail(line, text):
    sys.exit(f"messages/en.txt:{line}: {text}")


def parse(path):
    messages, current = [], None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith("  "):
            head = re.fullmatch(r"([a-z][a-z0-9-]*) (\d{3})((?: [a-z_]+:[a-z]+)*)", line)
            if not head:
                fail(number, "expected: code status label:kind …")
            arguments = [pair.split(":") for pair in head[3].split()]
            if len(arguments) > 4:
                fail(number, "at most four arguments")
            for _, kind in arguments:
                if kind not in KINDS:
                    fail(number, f"unknown kind {kind}")
            current = {"code": head[1], "status": int(head[2]), "arguments": arguments, "line": number, "texts": []}
            messages.append(current)
        else:
            if current is None:
                fail(number, "text before the first code")
            current["texts"].append(line.strip())
    return messages


def check(message):
    line = message["line"]
    texts = message["texts"]
    if len(texts) != 3 or not texts[1].startswith("Rule: ") or not texts[2].startswith("Next: "):
        fail(line, "a message has three lines: a sentence, 'Rule: …', 'Next: …'")
    message["sentence"], message["rule"], message["next"] = texts[0], texts[1][6:], texts[2][6:]
    labels = {label for label, _ in message["arguments"]}
    places = set(re.findall(r"\{([^}]*)\}", " ".join(texts)))
    if places - labels:
        fail(line, f"places without an argument: {', '.join(sorted(places - labels))}")
    if labels - places:
        fail(line, f"arguments that no text shows: {', '.join(sorted(labels - places))}")


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    messages = parse(sys.argv[1])
    codes = [message["code"] for message in messages]
    for message in messages:
        check(message)
        if codes.count(message["code"]) > 1:
            fail(message["line"], "this code stands twice")
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("/* generated from messages/en.txt */\n#define REFUSALS(X) \\\n")
        for message in messages:
            out.write(f'    X({message["code"].upper().replace("-", "_")}, "{message["code"]}", {message["status"]}) \\\n')
        out.write("\n#define REFUSAL_MESSAGES \\\n")
        for message in messages:
            arguments = ", ".join(f'{{ "{label}", ARGUMENT_{kind.upper()} }}' for label, kind in message["arguments"])
            out.write(f'    {{ "{message["code"]}", {message["status"]}, {quote(message["sentence"])}, '
                      f'{quote(message["rule"])}, {quote(message["next"])}, {{ {arguments or "{ NULL, ARGUMENT_NONE }"} }} }}, \\\n')
        out.write("\n")


main()
