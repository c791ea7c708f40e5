# SPDX-License-Identifier: EUPL-1.2
"""Things break: kill -9 of agent and server; a second server; a restart of everything."""
import json
import os
import signal
import subprocess
import tempfile

from lib import QUICK, SLOW, Network, check, until


def system_of(job):
    return job["partition"].split("/")[0]


def flow_agent_killed_job_goes_on_and_counts_once(network):
    job = network.submit("#!/bin/sh\n#SBATCH --time=5\nfor i in 1 2 3 4 5 6; do echo tick $i; sleep 0.5; done\n").json
    network.wait(job["id"], "running")
    network.kill(system_of(job))
    row = network.wait_evidence(job["id"], seconds=60)
    check(row["ended_as"] == "completed" and 3000 <= row["ran_ms"] < 30000, f"{row}")
    log = network.http("GET", f"/v1/jobs/{job['id']}/streams/log").body.decode()
    check([f"tick {i}" for i in range(1, 7)] == log.split("\n")[:6], f"log: {log!r}")
    check("ledger balanced" in network.cli("ledger", "check", person="petra").stdout, "not balanced")


def flow_server_killed_nothing_acknowledged_is_lost(network):
    jobs = [network.submit(QUICK).json["id"] for _ in range(5)]
    network.kill("server")
    for job in jobs:
        check(network.wait(job, seconds=60)["ended_as"] == "completed", job)


def flow_a_second_server_refuses_and_says_who(network):
    done = subprocess.run([network.aif, "server", "--home", str(network.home), "--port", "0"], capture_output=True, text=True, timeout=30 * SLOW, check=False)
    check(done.returncode == 5 and str(network.pid("server")) in done.stderr, f"{done.returncode} {done.stderr}")


def flow_keeper_killed_is_lost_and_voided(network):
    job = network.submit("#!/bin/sh\n#SBATCH --time=5\nsleep 200\n").json
    network.wait(job["id"], "running")
    keepers = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_keeper_of(pid, job["id"], network)]
    check(len(keepers) == 1, f"{keepers}")
    os.kill(keepers[0], signal.SIGKILL)
    row = network.wait(job["id"], seconds=60)
    check(row["ended_as"] == "lost" and row["used"] == 0 and row["reason"], f"{row}")
    network.wait_evidence(job["id"])
    body = json.loads(network.http("GET", f"/v1/jobs/{job['id']}/evidence").json["body"])
    check(body["ran_ms"] is None and body["exit_code"] is None and body["flop_upper_bound"]["value"] == "unknown", f"what nobody saw isn't unknown: {body}")


def is_keeper_of(pid, job, network):
    try:
        words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
    except OSError:
        return False
    return b"keeper" in words and any(job.encode() in word and str(network.home).encode() in word for word in words)


def flow_all_ends_and_starts_again(network):
    with tempfile.TemporaryDirectory(prefix="aif-flow-") as home:
        own = Network(network.aif, home).start()
        try:
            job = own.submit("#!/bin/sh\n#SBATCH --time=5\nsleep 3\necho survived\n").json
            own.wait(job["id"], "running")
            own.stop()
            own.start()
            row = own.wait_evidence(job["id"], seconds=60)
            check(row["ended_as"] == "completed", f"{row}")
            until("trail verified", lambda: own.cli("audit", "verify", person="max", code=None).returncode == 0)
            own.stop()
        finally:
            own.destroy()
