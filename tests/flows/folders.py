# SPDX-License-Identifier: EUPL-1.2
"""Code folders: sent once, by content; outputs come back whole."""
import pathlib
import tempfile

from lib import check


def flow_folder_travels_and_outputs_return(network):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "code/part").mkdir(parents=True)
        (folder / "code/job.sh").write_text("#!/bin/sh\n#SBATCH --time=1\ncat part/data.txt > copy.txt\nmkdir -p deep\necho done > deep/done.txt\n./tool\n")
        (folder / "code/part/data.txt").write_text("some data\n")
        (folder / "code/tool").write_text("#!/bin/sh\necho the tool runs\n")
        (folder / "code/tool").chmod(0o755)
        (folder / "code/ignored.log").write_text("no\n")
        (folder / "code/.aifignore").write_text("*.log\n")
        done = network.cli_json("submit", "--dir", folder / "code", "--project", "aura", folder / "code/job.sh")
        job = network.wait_evidence(done["id"])
        check(job["ended_as"] == "completed", f"{job}")
        log = network.http("GET", f"/v1/jobs/{job['id']}/streams/log").body.decode()
        check("the tool runs" in log, f"log: {log!r}")
        network.cli("fetch", job["id"], "--to", folder / "back")
        check((folder / "back/copy.txt").read_text() == "some data\n", "copy.txt")
        check((folder / "back/deep/done.txt").read_text() == "done\n", "deep/done.txt")
        check(not list((folder / "back").rglob("ignored.log")), "an ignored file travelled")


def flow_sent_once(network):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "job.sh").write_text("#!/bin/sh\n#SBATCH --time=1\ntrue\n")
        (folder / "blob").write_text("x" * 10000 + name)
        first = network.cli_json("submit", "--dir", folder, "--project", "aura", folder / "job.sh")
        again = network.cli_json("submit", "--dir", folder, "--project", "aura", folder / "job.sh")
        check(first["folder"] == again["folder"] and first["id"] != again["id"], "the same folder has another hash")


def flow_a_folder_that_wasnt_sent_is_refused(network):
    answer = network.submit("#!/bin/sh\ntrue\n", folder="ab" * 32)
    check(answer.status == 422 and answer.json["code"] == "folder-unknown", f"{answer.status} {answer.json}")
