#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Rounds of kill -9 of server, agents or both at random moments under load. After all of them: nothing acknowledged is lost,
nothing ran twice, every job ended and was charged once, ledger balanced, trail verified."""
import argparse
import collections
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

from lib import Failed, Network, check, new_key, until

# each start of the script leaves a line: two lines would be a job that ran twice
SCRIPT = "#!/bin/sh\n#SBATCH --time=00:00:30\necho started $AIF_JOB_ID\nsleep 0.{tenths}\n"


class Load:
    """Clients that submit with a key of their own and repeat until they have an answer, as the command line does."""

    def __init__(self, network, clients, seed):
        self.network, self.stopping, self.answers, self.lock = network, False, {}, threading.Lock()
        self.threads = [threading.Thread(target=self.client, args=(random.Random(seed + i),)) for i in range(clients)]
        self.wrong = []
        for thread in self.threads:
            thread.start()

    def client(self, chance):
        while not self.stopping:
            key, script = new_key(), SCRIPT.format(tenths=chance.randint(0, 9))
            while True:  # also when the load ends: every key gets its answer
                try:
                    answer = self.network.submit(script, key=key)
                except OSError:
                    time.sleep(0.02)  # the server is away; the key keeps it safe
                    try:
                        self.network.address()
                    except Failed:
                        pass
                    continue
                if answer.status == 201:
                    with self.lock:
                        self.answers[key] = answer.json["id"]
                    break
                if answer.status not in (503, 507):
                    self.wrong.append(f"{answer.status} {answer.body[:200]}")
                    return
            time.sleep(chance.random() * 0.3)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


def rounds(network, count, chance):
    systems = [name for name in os.listdir(network.home / "sites")]
    kinds = collections.Counter()
    for number in range(count):
        time.sleep(chance.random() * 0.4)
        kind = chance.choice(["server", "agent", "both"])
        kinds[kind] += 1
        names = (["server"] if kind != "agent" else []) + (chance.sample(systems, chance.randint(1, 3)) if kind != "server" else [])
        old = {name: network.pid(name) for name in names}
        for name in names:
            try:
                os.kill(old[name], signal.SIGKILL)
            except ProcessLookupError:
                pass  # killed a moment ago and not started again yet
        for name in names:
            until(f"{name} again", lambda name=name: network.pid(name) != old[name])
        until("the server answers", network.healthy)
        if sys.stdout.isatty():
            print(f"\rround {number + 1}/{count}", end="", flush=True)
    return kinds


def verify(network, answers):
    jobs, before = {}, ""
    while True:
        page = network.http("GET", f"/v1/jobs?limit=200&project=aura{'&before=' + before if before else ''}").json["jobs"]
        jobs.update({job["id"]: job for job in page})
        if len(page) < 200:
            break
        before = page[-1]["id"]
    lost = [job for job in answers.values() if job not in jobs]
    check(not lost, f"acknowledged and lost: {lost[:5]}")
    check(len(jobs) == len(set(answers.values())), f"{len(jobs)} jobs for {len(set(answers.values()))} keys that were answered")
    twice = []
    for job in answers.values():
        row = network.wait(job, seconds=90)
        check(row["ended_as"] == "completed", f"{job} ended as {row['ended_as']}: {row['reason']}")
        network.wait_evidence(job, seconds=60)
        log = network.http("GET", f"/v1/jobs/{job}/streams/log").body.decode()
        if log.count("started") != 1:
            twice.append((job, log))
    check(not twice, f"ran twice, or left no log: {twice[:3]}")
    check("ledger balanced" in network.cli("ledger", "check", person="petra").stdout, "the ledger doesn't balance")
    check("audit verified" in network.cli("audit", "verify", person="max").stdout, "the trail doesn't verify")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--aif", required=True)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randint(1, 10**6))
    given = options.parse_args()
    home = tempfile.mkdtemp(prefix="aif-crash-")
    network = Network(given.aif, home)
    try:
        network.start()
        load = Load(network, given.clients, given.seed)
        kinds = rounds(network, given.rounds, random.Random(given.seed))
        load.stop()
        check(not load.wrong, f"a client was told: {load.wrong[:3]}")
        verify(network, load.answers)
        network.stop()
        found = network.sanitizer_reports()
        check(not found, found)
        print(f"ok - {given.rounds} rounds of kill -9 ({dict(kinds)}): {len(load.answers)} acknowledged, 0 lost, 0 twice, balanced, verified")
    except Failed as error:
        print(f"not ok - crash: {error}\n  replay: tests/flows/crash.py --aif {given.aif} --rounds {given.rounds} --seed {given.seed}; the folder is kept: {home}")
        network.destroy()
        return 1
    network.destroy()
    shutil.rmtree(home, ignore_errors=True)
    return 0


sys.exit(main())
