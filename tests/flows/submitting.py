# SPDX-License-Identifier: EUPL-1.2
"""job.submit: exactly once, placed with reasons, paid from one budget."""
import concurrent.futures
import pathlib
import tempfile

from lib import QUICK, check, new_key


def flow_a_script_becomes_a_result(network):
    answer = network.submit(QUICK)
    check(answer.status == 201 and answer.getheader("Location"), f"{answer.status} {answer.body[:300]}")
    job = network.wait_evidence(answer.json["id"])
    check(job["ended_as"] == "completed" and job["exit_code"] == 0, f"{job}")
    log = network.http("GET", f"/v1/jobs/{job['id']}/streams/log").body.decode()
    check(f"hello from {job['id']}" in log, f"log: {log!r}")


def flow_the_same_key_is_the_same_job(network):
    key = new_key()
    first, again = network.submit(QUICK, key=key), network.submit(QUICK, key=key)
    check(first.status == again.status == 201 and first.json == again.json, "another answer")
    check(again.getheader("Idempotency-Replayed") == "true" and not first.getheader("Idempotency-Replayed"), "not said to be replayed")
    other = network.submit(QUICK + "true\n", key=key)
    check(other.status == 422 and other.json["code"] == "idempotency-key-reused", f"{other.status} {other.json}")
    bo = network.submit(QUICK, key=key, person="bo", project="boreal")
    check(bo.status == 201 and bo.json["id"] != first.json["id"], "a key belongs to its principal")
    without = network.http("POST", "/v1/jobs", {"project": "aura", "script": QUICK})
    check(without.status == 400 and without.json["code"] == "idempotency-key-required", f"{without.json}")


def flow_one_budget_is_spent_once(network):
    """aura has one hour on daedalus/gpu: two accelerators for 5 minutes and 30 s of grace take 660 of 3,600 piece-seconds."""
    script = "#!/bin/sh\n#SBATCH --partition=daedalus/gpu --gpus=2 --time=5\nsleep 0\n"
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: network.submit(script), range(40)))
    good = [answer for answer in answers if answer.status == 201]
    bad = [answer for answer in answers if answer.status == 409]
    check(len(good) + len(bad) == 40 and len(good) >= 5, f"{[answer.status for answer in answers]}")
    check(all(answer.json["code"] == "insufficient-allocation" and answer.json["arguments"]["requested"] == 660 for answer in bad), f"{bad[0].json}")
    for answer in good:
        network.wait(answer.json["id"])
    row = [row for row in network.http("GET", "/v1/usage").json["usage"] if row["partition"] == "daedalus/gpu"][0]
    check(row["granted"] == row["held"] + row["used"] + row["available"] and row["held"] == 0, f"{row}")


def flow_named_partition_and_refusals(network):
    there = network.submit(QUICK, options=["--partition=meluxina/gpu"])
    check(there.status == 201 and there.json["partition"] == "meluxina/gpu", f"{there.json}")
    none = network.submit(QUICK, options=["--partition=hlrs/ai"])
    check(none.status == 409 and none.json["code"] == "no-allocation", f"{none.status} {none.json}")
    unknown = network.submit(QUICK, options=["-p", "mars/gpu"])
    check(unknown.status == 422 and unknown.json["code"] == "no-such-partition", f"{unknown.status} {unknown.json}")
    large = network.submit(QUICK, options=["--gpus=1000000000"])
    check(large.status == 422, f"{large.status} {large.json}")


def flow_dry_run_changes_nothing(network):
    before = network.http("GET", "/v1/jobs?limit=1").json["jobs"][0]["id"]  # its record may still be coming
    dry = network.http("POST", "/v1/jobs", {"project": "aura", "script": QUICK, "dry_run": True}, key=new_key())
    check(dry.status in (200, 201) and dry.json["verdicts"], f"{dry.status} {dry.json}")
    check(network.http("GET", "/v1/jobs?limit=1").json["jobs"][0]["id"] == before, "a dry run made a job")


def flow_arrays_become_jobs(network):
    answer = network.submit("#!/bin/sh\n#SBATCH --array=1-3 --time=1\necho index $SLURM_ARRAY_TASK_ID of $SLURM_ARRAY_TASK_COUNT\n")
    check(answer.status == 201 and len(answer.json["jobs"]) == 3, f"{answer.json}")
    for index, job in enumerate(answer.json["jobs"], 1):
        row = network.wait_evidence(job)
        check(row["array_index"] == index and row["array"] == answer.json["jobs"][0], f"{row}")
        log = network.http("GET", f"/v1/jobs/{job}/streams/log").body.decode()
        check(f"index {index} of 3" in log, f"log: {log!r}")


def flow_output_goes_where_it_was_asked(network):
    answer = network.submit("#!/bin/sh\n#SBATCH --output=logs-%j.txt --time=1\necho to the output\n")
    job = network.wait_evidence(answer.json["id"])
    with tempfile.TemporaryDirectory() as folder:
        network.cli("fetch", job["id"], "--to", folder)
        check((pathlib.Path(folder) / f"logs-{job['number']}.txt").read_text() == "to the output\n", "the log isn't where --output says")
