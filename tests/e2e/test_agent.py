"""The agent as its operator sees it: once, drain, health, identity, refusals."""

import re
import subprocess
import time

import pytest
from support.api import Api
from support.wait import wait_until

pytestmark = pytest.mark.one_database


def test_once_runs_one_job_and_ends(server, start_agent):
    job_id = server.submit("echo only")
    other = server.submit("true")
    agent = start_agent("once", "--once", wait=False)
    assert agent.program.wait(30) == 0
    states = {server.job(j)["state"] for j in (job_id, other)}
    assert states == {"succeeded", "queued"}
    assert agent.listed() is None or agent.listed()["state"] == "removed"


def test_sigterm_drains(server, start_agent):
    agent = start_agent()
    job_id = server.submit("echo begun; sleep 1.5; echo done")
    server.wait_for_log(job_id, b"begun\n")
    asked = time.monotonic()
    assert agent.stop() == 0
    assert time.monotonic() - asked >= 1, "it finished its job first"
    job = server.job(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert server.log(job_id) == b"begun\ndone\n"


def test_drain_from_the_server(server, start_agent):
    first = start_agent("first")
    assert server.cli("agent", "drain", server.agents()[0]["id"]).returncode == 0
    jobs = [server.submit("true") for _ in range(3)]
    assert first.program.wait(30) == 0, "it had nothing to finish"
    assert {server.job(job_id)["state"] for job_id in jobs} == {"queued"}
    start_agent("second")
    for job_id in jobs:
        job = server.wait_for_end(job_id)
        assert [attempt["agent"] for attempt in job["attempts"]] == ["second"], "the first takes none while it drains"


def test_health_and_metrics_of_the_agent(server, start_agent):
    agent = start_agent("a1", "--listen", "127.0.0.1:0")
    address = wait_until("its address in its log", lambda: re.search(r"http://(127\.0\.0\.1:\d+)", agent.program.text().replace(server.url, "")))
    api = Api(f"http://{address.group(1)}")
    assert api.get("/healthz").status == 200
    assert b"open_cicd_agent" in api.get("/metrics").expect(200).body


def test_without_listen_the_agent_serves_nothing(server, start_agent):
    agent = start_agent()
    shown = subprocess.run(["ss", "-Hltnp"], check=True, capture_output=True, text=True).stdout
    assert f"pid={server.program.pid}," in shown
    assert f"pid={agent.program.pid}," not in shown


def test_two_agents_on_one_work_folder_are_refused(server, start_agent):
    first = start_agent("a1")
    second = start_agent("a1", wait=False)
    assert second.program.wait(15) != 0
    assert "work" in second.program.text()
    assert first.program.running()


def test_its_token_is_private(server, start_agent):
    agent = start_agent()
    files = [p for p in agent.work_dir.rglob("*") if p.is_file()]
    assert files
    for path in files:
        assert path.stat().st_mode & 0o077 == 0 or "token" not in path.read_text(errors="replace"), path


def test_a_wrong_registration_token_is_said(server, start_agent, folder):
    wrong = folder / "wrong.token"
    wrong.write_text("nonsense\n")
    agent = start_agent("a1", token_file=wrong, wait=False)
    assert agent.program.wait(15) == 77
    assert "nonsense" not in agent.program.text()


def test_an_agent_whose_server_lost_its_data_registers_with_the_tokens_that_come(server, start_agent, folder):
    token_file = folder / "mounted.token"
    token_file.write_text(server.token("registration"))
    agent = start_agent("a1", token_file=token_file)
    first = agent.listed()["id"]
    server.stop()
    server.data.rename(folder / "old-data")
    server.start()
    agent.program.wait_for_output("waits for a good token", within=30)
    assert agent.program.running()
    token_file.write_text(server.token("registration"))
    wait_until("a new identity", lambda: agent.listed() and agent.listed()["id"] != first and agent.state() == "idle", within=30)
    assert server.wait_for_end(server.submit("true"))["state"] == "succeeded"


def test_removed_agent_ends_or_registers_anew(server, start_agent):
    agent = start_agent()
    first = server.agents()[0]["id"]
    assert server.cli("agent", "remove", first).returncode == 0
    wait_until("a new identity", lambda: agent.listed() and agent.listed()["id"] != first and agent.state() == "idle", within=30)
