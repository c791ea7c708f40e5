# SPDX-License-Identifier: EUPL-1.2
"""`aif try`: an answer before any account."""
import pathlib
import tempfile

from lib import ROOT, check


def verdicts(network, script, **body):
    answer = network.http("POST", "/v1/try", {"script": script, **body}, person=None)
    check(answer.status == 200, f"{answer.status} {answer.body[:300]}")
    return {row["partition"]: row for row in answer.json["verdicts"]}


def flow_a_verdict_for_every_partition(network):
    rows = verdicts(network, "#!/bin/sh\n#SBATCH --time=20\n#SBATCH --gpus=2\ntrue\n")
    check(len(rows) == 10, f"{len(rows)} verdicts")
    check(rows["lumi/gpu"]["estimated"] and rows["lumi/gpu"]["held"] == 2 * (1200 + 30), f"{rows['lumi/gpu']}")
    refused = rows["lumi/exp"]
    check(not refused["estimated"] and refused["code"] and refused["sentence"] and refused["rule"] and refused["next"], f"{refused}")
    check(rows["leonardo/debug"]["code"] == "time-too-long", f"{rows['leonardo/debug']}")


def flow_too_much_is_refused_everywhere(network):
    rows = verdicts(network, "#!/bin/sh\n#SBATCH --gpus=9\ntrue\n")
    check(all(row["code"] in ("too-many-pieces", "partition-by-wish-only") for row in rows.values()), f"{rows}")


def flow_by_command_line_without_account(network):
    done = network.cli("try", ROOT / "examples/tiny-lm/train.sh", person=None)
    check("lumi/gpu" in done.stdout and "leonardo/booster" in done.stdout, done.stdout)


def flow_a_directive_that_isnt_taken_is_named_with_its_line(network):
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "job.sh"
        script.write_text("#!/bin/sh\n#SBATCH --time=5\n#SBATCH --account=other\ntrue\n")
        done = network.cli("try", script, person=None, code=1)
        check("--account" in done.stderr + done.stdout and "3" in done.stderr + done.stdout, done.stderr + done.stdout)
