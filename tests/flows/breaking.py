# SPDX-License-Identifier: EUPL-1.2
"""Things break: kill -9 of agent and server; a second server; a restart of everything."""
import json
import os
import pathlib
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


def flow_full_disk_refuses_writes_reads_go_on_and_it_recovers(network):
    with tempfile.TemporaryDirectory(prefix="aif-flow-") as home:
        mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", home], capture_output=True, check=False).returncode == 0
        if not mounted:
            print("skipped: a small file system can't be mounted here")
            return
        own = Network(network.aif, home)
        try:
            own.start()
            good = own.submit(QUICK)
            check(good.status == 201, f"{good.status}")
            own.wait_evidence(good.json["id"])
            fill_up(pathlib.Path(home) / "ballast")
            # what SQLite had reserved may still take a few; then the door says no, and goes on saying it
            full = until("a refusal", lambda: (answer := own.submit(QUICK + "#" * 20000 + os.urandom(8).hex())).status != 201 and answer)
            check(full.status in (503, 507) and full.json["code"] in ("storage-full", "temporarily-unavailable"), f"{full.status} {full.json}")
            check(own.job(good.json["id"])["ended_as"] == "completed", "reads don't go on")
            (pathlib.Path(home) / "ballast").unlink()
            again = until("writes again", lambda: (answer := own.submit(QUICK)).status == 201 and answer)
            check(own.wait(again.json["id"], seconds=60)["ended_as"] == "completed", "it doesn't recover")
            check("ledger balanced" in own.cli("ledger", "check", person="petra").stdout, "not balanced")
            check("audit verified" in own.cli("audit", "verify", person="max").stdout, "not verified")
            own.stop()
        finally:
            own.destroy()
            subprocess.run(["umount", "-l", home], check=False)


def fill_up(path):
    with open(path, "wb", buffering=0) as ballast:
        for size in (65536, 4096, 512):
            try:
                while True:
                    ballast.write(b"x" * size)
            except OSError:
                continue
