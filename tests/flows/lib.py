# SPDX-License-Identifier: EUPL-1.2
"""What flows share: a network of real processes in a folder of its own, the command line, plain HTTP. Nothing here sleeps for a
result: it asks again until the answer is there or a deadline has passed."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOW = float(os.environ.get("AIF_SLOW", "1"))  # sanitizers and busy machines: all deadlines times this


class Failed(Exception):
    """What was asserted doesn't hold."""


def check(condition, what):
    if not condition:
        raise Failed(what)


def until(what, ask, seconds=20):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds * SLOW:.0f} s: {what}")
        time.sleep(0.02)


class Network:
    """`aif up` in a folder of its own; ended by pid."""

    def __init__(self, aif, home=None):
        self.aif = str(pathlib.Path(aif).resolve())
        self.folder = None if home else tempfile.TemporaryDirectory(prefix="aif-flow-")
        self.home = pathlib.Path(home or self.folder.name)
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.aif, "up", "--home", str(self.home), "--port", "0", "--again", "200"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        check(" is up at " in line, f"aif up said: {line!r}; server log: {self.log('server')[-2000:]}")
        self.up_line = line.strip()
        self.address()
        return self

    def address(self):
        text = until("the server's address", lambda: self.read("address"))
        self.host, self.port = text.strip().removeprefix("http://").split(":")

    def read(self, name):
        try:
            return (self.home / name).read_text()
        except FileNotFoundError:
            return ""

    def log(self, name):
        return self.read(f"log/{name}.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            check(self.process.wait(timeout=30 * SLOW) == 0, "aif up didn't end with 0")
        self.process = None

    def sanitizer_reports(self):
        """What sanitizers and failed CHECKs have written to the logs of all processes, keepers too."""
        marks = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer", "CHECK failed", "buffer overflow detected")
        found = []
        for path in [*self.home.glob("log/*.log"), *self.home.glob("sites/*/**/keeper.log")]:
            text = path.read_text(errors="replace")
            at = min((text.find(mark) for mark in marks if mark in text), default=-1)
            if at >= 0:
                found.append(f"{path.name}: {text[at:at + 1500]}")
        return "\n".join(found)

    def destroy(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.folder:
            subprocess.run(["rm", "-rf", str(self.home)], check=False)

    def pid(self, name):
        return int(self.read(f"run/{name}.pid") or 0)

    def kill(self, name):
        """kill -9, and waits until `aif up` has started it again."""
        old = self.pid(name)
        os.kill(old, signal.SIGKILL)
        until(f"{name} started again", lambda: self.pid(name) not in (0, old))
        if name == "server":
            until("the server answers again", self.healthy)
        return old

    def healthy(self):
        try:
            return self.http("GET", "/healthz", person=None).status == 200
        except OSError:
            self.address()
            return False

    def token(self, person):
        return self.read(f"persons/{person}.token").strip()

    def http(self, method, path, body=None, person="ana", key=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection(self.host, int(self.port), timeout=timeout * SLOW)
        send = dict(headers or {})
        if person:
            send["Authorization"] = f"Bearer {self.token(person)}"
        if key:
            send["Idempotency-Key"] = key
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            send.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=send)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        try:
            answer.json = json.loads(answer.body)
        except ValueError:
            answer.json = None
        return answer

    def cli(self, *arguments, person="ana", code=0, cwd=None, stdin=None):
        environment = {**os.environ, "AIF_HOME": str(self.home), "NO_COLOR": "1"}
        command = [self.aif] + (["--as", person] if person else []) + [str(argument) for argument in arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120 * SLOW, cwd=cwd, stdin=subprocess.DEVNULL if stdin is None else stdin, check=False)
        check(code is None or done.returncode == code, f"aif {' '.join(map(str, arguments))}: exit {done.returncode}, wanted {code}\n{done.stdout}{done.stderr}")
        return done

    def cli_json(self, *arguments, **options):
        return json.loads(self.cli("--json", *arguments, **options).stdout)

    def submit(self, script, person="ana", key=None, **body):
        body = {"project": "aura", "script": script, **body}
        return self.http("POST", "/v1/jobs", body, person=person, key=key or new_key())

    def job(self, job, person="ana"):
        return self.http("GET", f"/v1/jobs/{job}", person=person).json

    def wait(self, job, state="ended", seconds=40, person="ana"):
        return until(f"job {job} {state}", lambda: (row := self.job(job, person)) and row.get("state") == state and row, seconds)

    def wait_evidence(self, job, seconds=40):
        return until(f"evidence of {job}", lambda: (row := self.job(job)) and row.get("evidence") and row, seconds)


def new_key():
    return uuid.uuid4().hex


QUICK = "#!/bin/sh\n#SBATCH --time=00:01:00\necho hello from $AIF_JOB_ID\necho result > result.txt\n"
