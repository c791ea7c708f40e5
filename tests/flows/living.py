# SPDX-License-Identifier: EUPL-1.2
"""A job's life: time limit, cancel, failure, log while it runs."""
from lib import QUICK, check, new_key, until


def flow_exit_code_is_told(network):
    job = network.wait(network.submit("#!/bin/sh\n#SBATCH --time=1\nexit 7\n").json["id"])
    check(job["ended_as"] == "failed" and job["exit_code"] == 7, f"{job}")


def flow_time_limit_ends_it_with_grace(network):
    script = "#!/bin/bash\n#SBATCH --time=00:00:02\ntrap 'echo asked to end; exit 0' TERM\nwhile :; do sleep 0.1; done\n"
    job = network.wait_evidence(network.submit(script).json["id"], seconds=60)
    check(job["ended_as"] == "timed-out", f"{job}")
    check(2000 <= job["ran_ms"] < 20000 and job["used"] <= job["held"], f"{job}")
    log = network.http("GET", f"/v1/jobs/{job['id']}/streams/log").body.decode()
    check("asked to end" in log, f"log: {log!r}")


def flow_cancel_running_and_twice(network):
    job = network.submit("#!/bin/sh\n#SBATCH --time=5\necho begun\nsleep 300\n").json["id"]
    network.wait(job, "running")
    first = network.http("POST", f"/v1/jobs/{job}/cancel", {}, key=new_key())
    check(first.status == 202, f"{first.status} {first.body}")
    again = network.http("POST", f"/v1/jobs/{job}/cancel", {}, key=new_key())
    check(again.status in (202, 409), f"{again.status}")
    row = network.wait(job, seconds=60)
    check(row["ended_as"] == "cancelled", f"{row}")
    late = network.http("POST", f"/v1/jobs/{job}/cancel", {}, key=new_key())
    check(late.status == 409 and late.json["code"] == "already-finished", f"{late.status} {late.json}")


def flow_log_grows_while_it_runs(network):
    job = network.submit("#!/bin/sh\n#SBATCH --time=5\necho first\nsleep 2\necho second\n").json["id"]
    until("the first line", lambda: b"first" in network.http("GET", f"/v1/jobs/{job}/streams/log").body)
    check(network.job(job)["state"] == "running", "the log came only after the end")
    done = network.cli("logs", "-f", job)
    check("first" in done.stdout and "second" in done.stdout, done.stdout)


def flow_no_network_and_no_foreign_files_inside(network):
    script = ("#!/bin/sh\n#SBATCH --time=1\nls /root >/dev/null 2>&1 && echo sees-root\nls /home | tr '\\n' ' '\n"
              "(exec 3<>/dev/tcp/127.0.0.1/" + network.port + ") 2>/dev/null && echo has-network\n"
              "env | grep -c AIF_\ntouch /usr/x 2>/dev/null && echo writes-usr\necho slots $CUDA_VISIBLE_DEVICES\n")
    job = network.wait_evidence(network.submit(script.replace("#!/bin/sh", "#!/bin/bash")).json["id"])  # all bytes are there then
    log = network.http("GET", f"/v1/jobs/{job['id']}/streams/log").body.decode()
    check("sees-root" not in log and "has-network" not in log and "writes-usr" not in log and "slots " in log, f"log: {log!r}")


def flow_explain_says_why(network):
    job = network.submit(QUICK).json
    placement = network.http("GET", f"/v1/jobs/{job['id']}/placement").json
    check(any(row["chosen"] for row in placement["verdicts"]) and len(placement["verdicts"]) == 10, f"{placement}")
    done = network.cli("explain", job["id"])
    check(job["partition"] in done.stdout, done.stdout)


def flow_names_of_a_job(network):
    job = network.submit(QUICK).json
    for name in (job["id"], "job_" + job["id"], job["id"][-10:], f"aura%2F{job['number']}", str(job["number"])):
        answer = network.http("GET", f"/v1/jobs/{name}")
        check(answer.status == 200 and answer.json["id"] == job["id"], f"{name}: {answer.status}")
