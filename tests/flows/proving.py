# SPDX-License-Identifier: EUPL-1.2
"""Evidence, ledger, trail: checked by our verifier, and a changed byte is found."""
import json
import pathlib
import tempfile

from lib import QUICK, check, until


def flow_every_finished_job_has_evidence(network):
    job = network.wait_evidence(network.submit(QUICK).json["id"])
    answer = network.http("GET", f"/v1/jobs/{job['id']}/evidence")
    body = answer.json["body"]
    body = json.loads(body) if isinstance(body, str) else body
    check(body["job"] == job["id"] and body["script"] == job["script"], f"{body}")
    check(any(output["path"] == "result.txt" for output in body["outputs"]), f"{body}")
    check(body["energy"]["measured"] is False, "energy isn't measured here, and that must be said")
    done = network.cli("evidence", job["id"])
    check(job["id"] in done.stdout, done.stdout)


def flow_ledger_balances(network):
    check("ledger balanced" in network.cli("ledger", "check", person="petra").stdout, "not balanced")


def flow_trail_verifies_offline(network):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "trail.jsonl"
        network.cli("audit", "export", file, person="max")
        check("audit verified" in network.cli("audit", "verify", file, person=None).stdout, "not verified")
        lines = file.read_text().splitlines(keepends=True)
        lines[5] = lines[5].replace("a", "b", 1)
        file.write_text("".join(lines))
        network.cli("audit", "verify", file, person=None, code=1)


def flow_checkpoint_covers_what_happened(network):
    network.submit(QUICK)
    until("everything signed", lambda: (status := network.http("GET", "/v1/status", person=None).json) and status["events"] == status["checkpoint"]["size"])


def flow_a_job_without_a_record_is_said_to_have_none(network):
    job = network.submit("#!/bin/sh\n#SBATCH --time=1\nsleep 30\n").json["id"]
    network.wait(job, "running")
    answer = network.http("GET", f"/v1/jobs/{job}/evidence")
    check(answer.status == 404 and answer.json["code"] == "no-record" and answer.json["arguments"]["job"] == job, f"{answer.status} {answer.json}")
    stranger = network.http("GET", f"/v1/jobs/{job}/evidence", person="bo")
    check(stranger.json["code"] == "not-found", f"{stranger.json}")
    network.cli("cancel", job)
