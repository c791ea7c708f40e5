# SPDX-License-Identifier: EUPL-1.2
"""Statements 9, 12, 25, 37, 44: what was announced, each figure with source and doubt; unknown stays unknown."""
from lib import check

SEVEN = ["lumi-ai-factory", "hammerhai", "pharos", "it4lia", "l-ai-factory", "bsc-ai-factory", "mimer"]


def rows(network):
    return {row["id"]: row for row in network.http("GET", "/v1/factories", person=None).json["factories"]}


def flow_the_seven_and_the_later_waves(network):
    factories = rows(network)
    check(all(name in factories and factories[name]["wave"] == 1 for name in SEVEN), "one of the seven is missing")
    check({2, 3} <= {row["wave"] for row in factories.values()}, "the later waves are missing")
    check(sum(row["status"] == "planned" for row in factories.values()) >= 4, "the four gigafactories are missing")


def flow_every_figure_has_a_source(network):
    for row in rows(network).values():
        for figure in row["facts"]["figures"]:
            check("doubt" in figure and (figure["value"] is None or figure["source"]), f"{row['id']}: {figure}")


def flow_unknown_stays_unknown(network):
    budget = [figure for figure in rows(network)["mimer"]["facts"]["figures"] if figure["name"] == "budget_meur"]
    check(budget and budget[0]["value"] is None, "MIMER's budget wasn't announced")
    check("unknown" in network.cli("factories", person=None).stdout, "the command line doesn't say unknown")


def flow_what_has_no_place_yet_has_none(network):
    check(rows(network)["gigafactory-1"]["country"] is None, "a gigafactory's country wasn't announced")


def flow_consortia_by_country(network):
    countries = {country for name in SEVEN for country in rows(network)[name]["facts"]["consortium"]}
    check(len(countries) == 17, f"15 member states and two others took part, not {len(countries)}")


def flow_facts_and_pretence_are_apart(network):
    for row in rows(network).values():
        check("slots" not in row["facts"] and "demo" not in row["facts"], f"{row['id']} mixes facts with the demo")
