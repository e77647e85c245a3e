"""An agent whose executor does not work: it is offered no such jobs, says why, and is offered them again when it works."""

import pytest
from support.docker import Engine
from support.wait import wait_until

pytestmark = pytest.mark.one_database


@pytest.fixture
def sick_engine(engine):  # which skips where there can be none
    sick = Engine().start()
    yield sick
    sick.stop()


def submit(server, **more):
    return server.submit("sleep 0.3", executor="docker", image="busybox:test", retry=0, **more)


def test_jobs_avoid_an_agent_whose_engine_is_stopped(server, start_agent, engine, sick_engine):
    for name in ("well-1", "well-2"):
        start_agent(name, executors="docker", env={"DOCKER_HOST": engine.host})
    sick = start_agent("sick", executors="docker,shell", env={"DOCKER_HOST": sick_engine.host})
    sick_engine.halt()
    jobs = [submit(server) for _ in range(12)]
    for job_id in jobs:
        job = server.wait_for_end(job_id, within=60)
        assert job["state"] == "succeeded", job
        assert [attempt["agent"] for attempt in job["attempts"]] != ["sick"]
    wait_until("the agent to withdraw it", lambda: "docker" in sick.listed()["withdrawn"])
    assert "Docker" in sick.listed()["withdrawn"]["docker"]
    assert sick.listed()["executors"] == ["docker", "shell"]
    shown = server.cli("agent", "list").stdout.decode()
    assert "docker (withdrawn),shell" in shown
    assert "sick takes no jobs for docker: Docker could not answer a ping" in shown

    # What still works is offered: no other agent has a shell.
    assert server.wait_for_end(server.submit("true"))["state"] == "succeeded"

    sick_engine.start()
    wait_until("it to be offered again", lambda: not sick.listed()["withdrawn"], within=30)


def test_a_withdrawn_executor_runs_jobs_again(server, start_agent, sick_engine):
    agent = start_agent(executors="docker", env={"DOCKER_HOST": sick_engine.host})
    sick_engine.halt()
    job_id = submit(server)
    wait_until("the agent to withdraw it", lambda: agent.listed()["withdrawn"])
    assert server.job(job_id)["state"] == "queued"
    sick_engine.start()
    assert server.wait_for_end(job_id, within=60)["state"] == "succeeded"
    assert len(server.job(job_id)["attempts"]) == 1
