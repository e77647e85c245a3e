"""A run that has ended, once more with another file or other inputs."""

import pytest
from support.api import Api
from support.server import ENDED
from support.wait import wait_until

pytestmark = pytest.mark.one_database

FIRST = """
inputs: {who: {default: nobody}}
jobs:
  hello: {executor: shell, retry: 0, env: {WHO: "${{ inputs.who }}"}, steps: [{run: "echo hello $WHO; exit 3"}]}
  gone: {executor: shell, steps: [{run: "true"}]}
"""
EDITED = """
inputs: {who: {default: nobody}}
jobs:
  hello: {executor: shell, retry: 0, env: {WHO: "${{ inputs.who }}"}, steps: [{run: "echo hello $WHO"}]}
"""


def ended(server, run_id: str) -> dict:
    path = f"/api/v1/runs/{run_id}"
    wait_until("the run to end", lambda: server.admin.get(path).expect(200).json["state"] in ENDED, within=40)
    return server.admin.get(path).json


def test_an_edited_file_is_the_next_round(server, start_agent):
    start_agent("a1", executors="shell")
    run = server.admin.post("/api/v1/runs", FIRST.encode(), headers={"Content-Type": "application/yaml"}).expect(201).json
    first = ended(server, run["id"])
    assert (first["state"], first["modified"], [one["edited"] for one in first["rounds"]]) == ("failed", False, [False])

    path = f"/api/v1/runs/{run['id']}"
    made = server.admin.post(f"{path}/rerun", {"jobs": "all", "pipeline": EDITED, "inputs": {"who": "Ada"}}).expect(202).json
    assert (made["round"], made["jobs"]) == (2, 1)
    second = ended(server, run["id"])
    assert (second["state"], second["modified"], [one["edited"] for one in second["rounds"]]) == ("succeeded", True, [False, True])
    assert [job["key"] for job in second["jobs"]] == ["hello"]
    assert server.log(second["jobs"][0]["id"], 0) == b"hello Ada\n"

    assert {job["key"] for job in server.admin.get(f"{path}?round=1").expect(200).json["jobs"]} == {"hello", "gone"}
    assert server.admin.get(f"{path}/workflow?round=1").expect(200).body.decode() == FIRST
    assert server.admin.get(f"{path}/workflow").expect(200).body.decode() == EDITED


def test_what_cannot_be_edited_is_refused_and_nothing_runs(server):
    run = server.admin.post("/api/v1/runs", FIRST.encode(), headers={"Content-Type": "application/yaml"}).expect(201).json
    path = f"/api/v1/runs/{run['id']}/rerun"
    refused = server.admin.post(path, {"jobs": "all", "pipeline": EDITED})
    assert (refused.status, refused.json["code"]) == (409, "run_is_open"), refused
    server.admin.post(f"/api/v1/runs/{run['id']}/cancel").expect(202)
    ended(server, run["id"])
    some = server.admin.post(path, {"jobs": "failed", "pipeline": EDITED})
    assert (some.status, some.json["errors"][0]["field"]) == (422, "jobs"), some
    wrong = server.admin.post(path, {"jobs": "all", "pipeline": "jobs:\n  a: {stepz: []}\n"})
    assert (wrong.status, wrong.json["errors"][0]["line"]) == (422, 2), wrong
    unknown = server.admin.post(path, {"jobs": "all", "inputs": {"nobody": 1}})
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "inputs.nobody"), unknown
    listed = server.admin.post(path, {"jobs": "all", "inputs": {"who": ["a", "list"]}})
    assert (listed.status, listed.json["errors"][0]["field"]) == (422, "inputs.who"), listed
    assert Api(server.url, server.token("registration")).post(path, {"jobs": "all", "pipeline": EDITED}).status == 403
    assert server.admin.get(f"/api/v1/runs/{run['id']}").json["round"] == 1
