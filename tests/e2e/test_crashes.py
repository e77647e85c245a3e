"""kill -9 of the agent and of the server in mid-job: each job still ends right, once, with its log exact."""

import signal
import time

import pytest
from support import leftovers
from support.server import Server
from support.wait import wait_until

# A broken poll counts at once, not only half a minute after the server's start.
pytestmark = pytest.mark.settings(OPEN_CICD_PROTOCOL_WATCH_GRACE="0s")

COUNT = "for i in $(seq 1 50); do echo line $i; sleep 0.05; done"
COUNTED = "".join(f"line {i}\n" for i in range(1, 51)).encode()


def wait_for_file(path):
    wait_until(f"the job to make {path.name}", path.exists)


def counting(mark_of_30):
    """COUNT, which makes that file at line 30."""
    return COUNT.replace("sleep", f"[ $i != 30 ] || touch {mark_of_30}; sleep")


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


@pytest.mark.settings(OPEN_CICD_PROTOCOL_LEASE_TTL="2s", OPEN_CICD_PROTOCOL_HEARTBEAT="300ms", OPEN_CICD_PROTOCOL_WATCH_SILENCE="1s")
def test_a4_an_agent_that_was_stopped_past_its_lease_changes_nothing(server, start_agent, mark):
    first = start_agent("first")
    again = "for i in $(seq 1 3000); do echo late; sleep 0.1; done"
    job_id = server.submit(f'echo "attempt $CI_ATTEMPT"; [ "$CI_ATTEMPT" != 1 ] || {again}')
    server.wait_for_log(job_id, b"late\n")
    first.program.signal(signal.SIGSTOP)
    wait_until("the lease to be lost", lambda: server.job(job_id)["state"] == "queued")
    start_agent("second")
    ended = server.wait_for_end(job_id)
    assert ended["state"] == "succeeded"
    assert [attempt["state"] for attempt in ended["attempts"]] == ["lost", "succeeded"]
    first_log = server.admin.get(f"/api/v1/jobs/{job_id}/logs?step=0&attempt=1").expect(200).body
    first.program.signal(signal.SIGCONT)
    wait_until("its steps to be gone", lambda: not [p for p in leftovers.processes(mark) if "seq 1 3000" in p], within=15)
    wait_until("it to be free again", lambda: first.state() == "idle", within=15)
    assert "an attempt is no longer this agent's" in first.program.text()
    assert server.job(job_id) == ended
    assert server.log(job_id) == b"attempt 2\n"
    assert server.admin.get(f"/api/v1/jobs/{job_id}/logs?step=0&attempt=1").expect(200).body == first_log


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
    job_id = server.submit(counting(server.folder / "line-30"))
    server.wait_for_log(job_id, b"line 10\n")
    server.kill()
    wait_for_file(server.folder / "line-30")  # the job goes on without a server
    server.start()
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "succeeded", job
    assert job["attempt"] == 1
    assert server.log(job_id) == COUNTED


def test_server_away_when_the_job_ends(server, agent):
    go = server.folder / "go"
    job_id = server.submit(f"echo begun; until [ -e {go} ]; do sleep 0.01; done; echo done")
    server.wait_for_log(job_id, b"begun\n")
    journal = agent.work_dir / "journal"
    assert journal.stat().st_size == 0
    server.kill()
    go.touch()
    wait_until("the job's end in the agent's journal", lambda: journal.stat().st_size > 0)
    server.start()
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert server.log(job_id) == b"begun\ndone\n"


def test_postgres_killed_in_mid_job(postgres, folder, mark, start_agent_on):
    url = postgres.new_database("killed")
    server = Server(folder, mark, url).start()
    try:
        agent = start_agent_on(server)
        job_id = server.submit(counting(folder / "line-30"))
        server.wait_for_log(job_id, b"line 10\n")
        postgres.kill()
        assert server.admin.get("/readyz").status == 503
        wait_for_file(folder / "line-30")  # the job goes on without a database
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
        held = len(server.log(job_id))
        wait_until("more of the log", lambda: len(server.log(job_id)) > held or server.job(job_id)["state"] == "succeeded")
        server.kill()
        server.start()
    assert server.wait_for_end(job_id, within=90)["state"] == "succeeded"
    assert server.log(job_id) == "".join(f"{n}\n" for n in range(1, 400001)).encode() + COUNTED
