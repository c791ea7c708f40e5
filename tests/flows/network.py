# SPDX-License-Identifier: EUPL-1.2
"""Statement 1: an interconnected network of factories: a server and one site agent for each system."""
import pathlib
import tempfile

from lib import check, until


def flow_up_in_one_command(network):
    check("server and 7 site agents" in network.up_line, network.up_line)


def flow_every_agent_is_heard(network):
    def all_heard():
        systems = network.http("GET", "/v1/systems", person=None).json["systems"]
        served = [system for system in systems if system["partitions"]]
        return len(served) == 7 and all(partition["heard"] for system in served for partition in system["partitions"])
    until("all seven systems heard", all_heard)


def flow_partitions_are_shown_as_demo(network):
    systems = network.http("GET", "/v1/systems", person=None).json["systems"]
    partitions = [partition for system in systems for partition in system["partitions"]]
    check(len(partitions) == 10, f"{len(partitions)} partitions")
    check(all(partition["demo"] for partition in partitions), "a pretended partition isn't marked")


def flow_status_by_command_line(network):
    status = network.cli_json("status")
    check(status["partitions"], "no partitions in the status")


def flow_front_page_is_plain(network):
    page = network.http("GET", "/", person=None)
    text = page.body.decode()
    check(page.status == 200 and page.getheader("Content-Type", "").startswith("text/html"), f"{page.status}")
    check("<script" not in text and "default-src 'none'" in page.getheader("Content-Security-Policy", ""), "the page isn't plain")
    check("LUMI AI Factory" in text and "demo" in text, "the page doesn't show the factories, or doesn't say what is demo")


def flow_health_and_schema(network):
    check(network.http("GET", "/healthz", person=None).json["status"] == "ok", "not healthy")
    schema = network.http("GET", "/v1/openapi.json", person=None).json
    check(schema["openapi"].startswith("3.1") and "/v1/jobs" in schema["paths"], "no OpenAPI 3.1 of our routes")


def flow_what_is_pretended_is_called_demo_by_every_verb(network):
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "job.sh"
        script.write_text("#!/bin/sh\n#SBATCH --time=1\ntrue\n")
        job = network.cli_json("submit", script)
        check(job["demo"], "the answer to a submission doesn't say demo")
        label = f"aura/{job['number']}"
        for words in (["try", script], ["submit", "--dry-run", script], ["submit", script], ["jobs"], ["job", label], ["explain", label], ["usage"], ["systems"], ["status"], ["whoami"]):
            check("demo" in network.cli(*words).stdout.lower(), f"aif {words[0]} shows what is pretended and doesn't say demo")


def flow_a_job_is_called_by_its_project_and_number(network):
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "job.sh"
        script.write_text("#!/bin/sh\n#SBATCH --time=1\ntrue\n")
        number = network.cli_json("submit", script)["number"]
        check(network.cli("explain", str(number)).stdout.startswith(f"aura/{number} "), "explain calls the job by what was typed")


def flow_an_unknown_country_is_called_unknown(network):
    rows = [line for line in network.cli("factories", person=None).stdout.splitlines() if line.startswith("Gigafactory")]
    check(len(rows) == 4 and all(row.split()[3] == "unknown" for row in rows), f"{rows}")


def flow_answers_have_the_form_that_the_schema_says(network):
    """What a schema requires is there; only what our own rows are made of is compared."""
    schema = network.http("GET", "/v1/openapi.json", person=None).json
    job = network.submit("#!/bin/sh\n#SBATCH --time=1\necho hello\n").json["id"]
    network.wait_evidence(job)
    for path, name, rows in ((f"/v1/jobs/{job}", "job", None), ("/v1/jobs", "job", "jobs"), (f"/v1/jobs/{job}/streams", "stream", "streams"),
                             (f"/v1/jobs/{job}/evidence", "job_record", None), ("/v1/factories", "factory", "factories"), ("/v1/systems", "system", "systems")):
        answer = network.http("GET", path).json
        for row in answer[rows] if rows else [answer]:
            missing = [field for field in schema["components"]["schemas"][name]["required"] if field not in row]
            check(not missing, f"{path}: {missing} of {name} are required and not there")
