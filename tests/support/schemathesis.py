"""schemathesis asks a real server for everything that its OpenAPI document promises. Its program comes from dev/requirements.txt, which
dev/install test puts into build/venv.
"""

import json
import os
import pathlib
import subprocess
import uuid

import pytest

from support.api import Api
from support.process import ROOT
from support.server import Server

SCHEMATHESIS = ROOT / "build" / "venv" / "bin" / "schemathesis"
SEED = "10"
WITHIN_S = 600  # of a busy machine; alone, all of it takes a minute or two
# What refuses a request that is right in itself, because of how things stand: a log that has no such bytes. The stream of a job that nobody runs has
# no end, nor has that of events, so they are looked at for a short time only. What a pipeline file may hold stands in a schema of its own, not in this document,
# and what a cursor is, only its list knows. Which values no log could hide, what a pattern is, which
# of two fields is needed, and how times of a log are written, no schema says.
EXPECTED = """
[[operations]]
include-operation-id = "streamLog"
request-timeout = 2

[[operations]]
include-operation-id = "followEvents"
request-timeout = 0.2

[[operations]]
include-operation-id = ["planPipeline", "createRun", "listQueue", "putSecret", "putRepositorySecret", "addRepository", "changeRepository", "runNow", "rerunRun",
    "addNotification", "addRepositoryNotification", "putRegistry", "putRepositoryRegistry", "syncRepository", "receiveWebhook",
    "signIn", "searchLog", "appendLog", "listJobs"]
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429", "5xx"]

[[operations]]
include-operation-id = "readLog"
[operations.checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "416", "5xx"]
"""
# For the modules that use it: made-up requests come faster than people register agents, and none should wait for a job.
SETTINGS = pytest.mark.settings(OPEN_CICD_REGISTRATIONS_PER_MINUTE="1000000", OPEN_CICD_PROTOCOL_POLL_WAIT="20ms")


def without_conditions(schema) -> None:
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        if isinstance(value, dict) and "run" in value and "if" in value:
            value.pop("if")
        without_conditions(value)


@pytest.fixture
def findings(server: Server, folder: pathlib.Path):
    """findings(token, ids, options…): what schemathesis says, empty when it finds nothing. `ids` fill the paths of jobs and of agents; without
    them they are made up, so that most of what is asked for is not there."""

    def find(token: str, ids: dict[str, str], *options: str) -> str:
        config = folder / "schemathesis.toml"
        document = folder / "openapi.json"
        described = server.admin.get("/api/v1/openapi.json").expect(200).json
        # An Idempotency-Key that was used with another body is refused by design, and made-up keys repeat: it is left out here.
        submit = described["paths"]["/api/v1/jobs"]["post"]
        submit["parameters"] = [parameter for parameter in submit["parameters"] if parameter["name"] != "Idempotency-Key"]
        # Which strings are expressions, no schema says.
        without_conditions(described["components"]["schemas"]["Job"])
        # It has no generator for the type that git's own protocol has: bytes are bytes.
        content = described["paths"]["/api/v1/jobs/{id}/git/git-upload-pack"]["post"]["requestBody"]["content"]
        content["application/octet-stream"] = content.pop("application/x-git-upload-pack-request")
        document.write_text(json.dumps(described))
        paths = (f'[[operations]]\ninclude-path-regex = "/{kind}/[{{]id"\n[operations.parameters]\n"path.id" = "{value}"\n'
                 for kind, value in ids.items())
        config.write_text(EXPECTED + "".join(paths))
        command = [SCHEMATHESIS, "--config-file", config, "run", document, "--url", server.url, "--header", f"Authorization: Bearer {token}",
                   "--checks", "all", "--seed", SEED, "--generation-database", "none", "--no-color", "--continue-on-failure",
                   "--suppress-health-check", "all", *options]
        done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, timeout=WITHIN_S,
                              env={**os.environ, "HOME": str(folder)})
        assert "Tested:" in done.stdout, done.stdout + done.stderr
        return "" if done.returncode == 0 else done.stdout[-20000:]

    return find


def registered(server: Server) -> dict:
    body = {"name": "fuzzed", "boot_id": str(uuid.uuid4()), "version": "0.1.0", "os": "linux", "arch": "x86_64", "executors": ["shell"]}
    return Api(server.url, server.token("registration")).post("/api/v1/agents/register", body).expect(201).json


def ended_job(server: Server) -> str:
    job = server.submit("true")
    server.admin.put(f"/api/v1/jobs/{job}/status", {"status": "cancelled"}).expect(200)
    return job
