"""kill -9 of the agent and of the server in mid-job: each job still ends right, once, with its log exact."""

import time

import pytest
from support import leftovers
from support.server import Server
from support.wait import wait_until

# A broken poll counts at once, not only half a minute after the server's start.
pytestmark = pytest.mark.settings(OPEN_CICD_PROTOCOL_WATCH_GRACE="0s")

COUNT = "for i in $(seq 1 50); do echo line $i; sleep 0.05; done"
COUNTED = "".join(f"line {i}\n" for i in range(1, 51)).encode()


def test_killed_agent_is_noticed_and_its_job_runs_elsewhere(server, start_agent, mark):
    first = start_agent("first")
    job_id = server.submit('echo "attempt $CI_ATTEMPT"; [ "$CI_ATTEMPT" != 1 ] || sleep 300')
    server.wait_for_log(job_id, b"attempt 1\n")
    start_agent("second")
    killed_at = time.monotonic()
    first.kill()
    job = server.wait_for_state(job_id, "queued", "assigned", "running", "succeeded", within=1)

    def noticed():
        current = server.job(job_id)
        return current if current["attempt"] == 2 or current["state"] == "queued" else None

    wait_until("the agent's death to be noticed", noticed, within=6)
    assert time.monotonic() - killed_at <= 5.0
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded"
    assert [attempt["state"] for attempt in job["attempts"]] == ["lost", "succeeded"]
    assert server.log(job_id) == b"attempt 2\n"
    assert not [p for p in leftovers.processes(mark) if "sleep 300" in p]


def test_steps_die_with_their_agent(server, start_agent, mark):
    agent = start_agent()
    job_id = server.submit("setsid sleep 301 & sleep 301 & echo ready; wait; sleep 301", retry=0)
    server.wait_for_log(job_id, b"ready\n")
    assert [p for p in leftovers.processes(mark) if "sleep 301" in p]
    agent.kill()
    wait_until("the steps to be gone", lambda: not [p for p in leftovers.processes(mark) if "sleep 301" in p], within=5)
    assert server.wait_for_end(job_id)["state"] == "lost"


def test_restarted_agent_frees_its_job_at_once(server, start_agent):
    agent = start_agent()
    job_id = server.submit('echo "attempt $CI_ATTEMPT"; [ "$CI_ATTEMPT" != 1 ] || sleep 300')
    server.wait_for_log(job_id, b"attempt 1\n")
    agent.kill()
    agent.start(wait=False)
    job = server.wait_for_end(job_id, within=10)
    assert job["state"] == "succeeded" and job["attempt"] == 2
    assert len(server.agents()) == 1, "it kept its identity"


def test_server_killed_in_mid_job(server, agent):
    job_id = server.submit(COUNT)
    server.wait_for_log(job_id, b"line 10\n")
    server.kill()
    time.sleep(0.5)  # the job goes on without a server
    server.start()
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "succeeded", job
    assert job["attempt"] == 1
    assert server.log(job_id) == COUNTED


def test_server_away_when_the_job_ends(server, agent):
    job_id = server.submit("echo begun; sleep 1; echo done")
    server.wait_for_log(job_id, b"begun\n")
    server.kill()
    time.sleep(1.5)  # the job ends meanwhile
    server.start()
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert server.log(job_id) == b"begun\ndone\n"


def test_postgres_killed_in_mid_job(postgres, folder, mark, start_agent_on):
    url = postgres.new_database("killed")
    server = Server(folder, mark, url).start()
    try:
        agent = start_agent_on(server)
        job_id = server.submit(COUNT)
        server.wait_for_log(job_id, b"line 10\n")
        postgres.kill()
        assert server.admin.get("/readyz").status == 503
        time.sleep(0.5)  # the job goes on without a database
        postgres.start()
        wait_until("the server to be ready again", lambda: server.admin.get("/readyz").status == 200, within=30)
        job = server.wait_for_end(job_id, within=60)
        assert job["state"] == "succeeded" and job["attempt"] == 1
        assert server.log(job_id) == COUNTED
        assert agent.stop() == 0
    finally:
        server.program.stop()
        postgres.drop_database(url)


def test_server_killed_again_and_again(server, agent):
    job_id = server.submit("seq 1 400000; " + COUNT)
    for _ in range(6):
        time.sleep(0.4)
        server.kill()
        server.start()
    assert server.wait_for_end(job_id, within=90)["state"] == "succeeded"
    assert server.log(job_id) == "".join(f"{n}\n" for n in range(1, 400001)).encode() + COUNTED
