# SPDX-License-Identifier: EUPL-1.2
"""What isn't yours isn't there: the same answer, byte for byte but for its trace id."""
from lib import QUICK, check, new_key


def without_instance(answer):
    return {name: value for name, value in answer.json.items() if name != "instance"}


def flow_foreign_and_missing_look_the_same(network):
    job = network.submit(QUICK).json["id"]
    for method, tail, key in (("GET", "", None), ("GET", "/placement", None), ("GET", "/streams/log", None), ("GET", "/evidence", None), ("POST", "/cancel", "k")):
        for person in ("bo", "sven"):
            foreign = network.http(method, f"/v1/jobs/{job}{tail}", {} if key else None, person=person, key=key and new_key())
            missing = network.http(method, f"/v1/jobs/{'0' * 26}{tail}", {} if key else None, person=person, key=key and new_key())
            check(foreign.status == missing.status == 404, f"{person} {method} {tail}: {foreign.status} {missing.status}")
            check(without_instance(foreign) == without_instance(missing), f"{person} {method} {tail}: they differ")


def flow_lists_show_own_rows_only(network):
    network.submit(QUICK)
    jobs = network.http("GET", "/v1/jobs?limit=200", person="bo").json["jobs"]
    check(all(job["project"] == "boreal" for job in jobs), "a foreign job in a list")
    check(network.http("GET", "/v1/jobs", person="sven").json["jobs"] == [], "a stranger sees jobs")
    check(all(row["project"] != "aura" for row in network.http("GET", "/v1/usage", person="bo").json["usage"]), "foreign usage")


def flow_a_person_cant_submit_for_another_project(network):
    answer = network.submit(QUICK, person="bo", project="aura")
    check(answer.status == 404, f"{answer.status} {answer.json}")


def flow_no_token_wrong_token_and_agent_routes(network):
    check(network.http("GET", "/v1/jobs", person=None).status == 401, "no token")
    wrong = network.http("GET", "/v1/jobs", person=None, headers={"Authorization": "Bearer " + "0" * 64})
    check(wrong.status == 401 and wrong.json["code"] == "token-invalid" and "Bearer" in wrong.getheader("WWW-Authenticate", ""), f"{wrong.status} {wrong.json}")
    for path in ("/v1/agent/instructions", "/v1/agent/scripts/" + "0" * 64):
        check(network.http("GET", path).status in (401, 403, 404), f"a person reaches {path}")


def flow_operator_sees_jobs_but_not_what_is_in_them(network):
    job = network.wait(network.submit(QUICK, options=["-p", "lumi/gpu"]).json["id"])
    check(network.http("GET", f"/v1/jobs/{job['id']}", person="olli").status == 200, "the operator doesn't see a job of her system")
    check(network.http("GET", f"/v1/jobs/{job['id']}/streams/log", person="olli").status in (403, 404), "the operator reads a log")
