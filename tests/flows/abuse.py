# SPDX-License-Identifier: EUPL-1.2
"""Bad input: the status and the code that each must get (the table beside this), nothing lost, no 5xx for a client's fault."""
import pathlib

from lib import QUICK, check, new_key

FIXED = {"Content-Type": "application/json"}


def cases():
    for line in (pathlib.Path(__file__).parent / "abuse.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            status, code, method, path, body = [part.strip() for part in line.split("|", 4)]
            yield int(status), code, method, path, body


def expand(body):
    """<deep N>, <members N>, <text N>, <bytes hex>: what would be unreadable in the table."""
    if body.startswith("<deep "):
        depth = int(body[6:-1])
        return b'{"script":' + b"[" * depth + b"]" * depth + b"}"
    if body.startswith("<members "):
        count = int(body[9:-1])
        return b'{"script":"x","options":[' + b",".join([b'"a"'] * count) + b"]}"
    if body.startswith("<text "):
        return b'{"script":"#!/bin/sh\\n' + b"x" * int(body[6:-1]) + b'"}'
    if body.startswith("<hex "):
        return bytes.fromhex(body[5:-1])
    return body.encode().decode("unicode_escape").encode("latin-1") if "\\x" in body else body.encode()


def flow_table_of_bad_inputs(network):
    wrong = []
    for status, code, method, path, body in cases():
        answer = network.http(method, path, expand(body) if body else None, key=new_key() if method != "GET" else None, headers=FIXED if body else None)
        said = answer.json.get("code") if isinstance(answer.json, dict) else None
        if answer.status != status or said != code:
            wrong.append(f"{method} {path} {body[:60]}: {answer.status} {said}, wanted {status} {code}")
        if answer.getheader("Content-Type") != "application/problem+json":
            wrong.append(f"{method} {path} {body[:60]}: not a problem document")
    check(not wrong, "\n  ".join(["", *wrong]))
    check(network.wait(network.submit(QUICK).json["id"])["ended_as"] == "completed", "others are harmed")


def flow_text_is_data(network):
    name = "'; DROP TABLE job; --<script>alert(1){{7*7}}%n"
    job = network.submit(QUICK, name=name).json
    check(network.job(job["id"])["name"] == name, "a name was changed")
    page = network.http("GET", "/", person=None).body.decode()
    check("<script" not in page, "a name became markup")


def flow_media_types_and_methods(network):
    plain = network.http("POST", "/v1/jobs", '{"script":"x"}', key=new_key(), headers={"Content-Type": "text/plain"})
    check(plain.status == 415 and plain.json["code"] == "media-type", f"{plain.status} {plain.json}")
    zipped = network.http("POST", "/v1/jobs", b"\x1f\x8b", key=new_key(), headers={**FIXED, "Content-Encoding": "gzip"})
    check(zipped.status == 415 and zipped.json["code"] == "encoding-not-supported", f"{zipped.status}")
    for method in ("TRACE", "DELETE", "PATCH"):
        answer = network.http(method, "/v1/jobs")
        check(answer.status == 405 and "POST" in answer.getheader("Allow", ""), f"{method}: {answer.status}")


def flow_no_secret_in_logs(network):
    for name in ("server", "lumi", "leonardo"):
        for person in ("ana", "bo", "petra"):
            check(network.token(person) not in network.log(name), f"a token in {name}'s log")
