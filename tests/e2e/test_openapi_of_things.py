"""The OpenAPI document is exact: schemathesis finds nothing where the paths name a job and an agent that are there, as an administrator and as
that agent.
"""

import pytest

from support import schemathesis
from support.schemathesis import ended_job, findings, registered  # noqa: F401

pytestmark = [pytest.mark.one_database, schemathesis.SETTINGS]


def test_as_an_administrator_with_things_that_are_there(server, findings):
    ids = {"jobs": ended_job(server), "agents": registered(server)["agent_id"]}
    said = findings(server.token("admin"), ids, "--phases", "coverage,fuzzing", "--max-examples", "8", "--include-path-regex", "[{]id",
                    "--exclude-operation-id", "removeAgent")
    assert not said, said


def test_as_an_agent(server, findings):
    me = registered(server)
    ids = {"jobs": server.submit("true"), "agents": me["agent_id"]}
    said = findings(me["agent_token"], ids, "--phases", "examples,coverage,fuzzing", "--max-examples", "8", "--exclude-operation-id", "removeAgent")
    assert not said, said
