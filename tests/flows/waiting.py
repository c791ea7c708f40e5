# SPDX-License-Identifier: EUPL-1.2
"""Jobs that wait for jobs."""
from lib import check, new_key

SHORT = "#!/bin/sh\n#SBATCH --time=1\n"


def flow_after_ok(network):
    first = network.submit(SHORT + "sleep 1\n").json
    second = network.submit(SHORT + "true\n", options=[f"--dependency=afterok:{first['number']}"]).json
    check(second["state"] == "held", f"{second}")
    row, before = network.wait(second["id"]), network.wait(first["id"])
    check(row["ended_as"] == "completed" and row["started_ms"] >= before["ended_ms"], f"{row}")


def flow_ruled_out(network):
    first = network.submit(SHORT + "exit 1\n").json
    second = network.submit(SHORT + "true\n", options=["-d", f"afterok:{first['id']}"]).json
    row = network.wait(second["id"])
    check(row["ended_as"] == "dependency-never" and row["used"] == 0, f"{row}")


def flow_cancel_a_held_job(network):
    first = network.submit(SHORT + "sleep 2\n").json
    second = network.submit(SHORT + "true\n", options=["-d", f"afterany:{first['id']}"]).json
    check(network.http("POST", f"/v1/jobs/{second['id']}/cancel", {}, key=new_key()).status == 202, "not cancelled")
    check(network.job(second["id"])["ended_as"] == "cancelled", "a held job ends at once")
    network.wait(first["id"])


def flow_a_foreign_job_isnt_there(network):
    answer = network.submit(SHORT + "true\n", options=["-d", "afterok:boreal/1"])
    check(answer.status == 422 and answer.json["code"] == "dependency-not-found", f"{answer.status} {answer.json}")
