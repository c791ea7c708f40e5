# SPDX-License-Identifier: EUPL-1.2
"""Statement 1: an interconnected network of factories: a server and one site agent for each system."""
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
