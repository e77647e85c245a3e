"""R3: an agent is stopped for longer than its lease, its job runs elsewhere, and it goes on: nothing of it is accepted any more."""

import signal

from chaos import checker
from support.wait import wait_until


def test_stopped_agent_comes_back(new_world):
    world = new_world(scale=0.03, agents=1)
    first = world.agents[0]
    job_id = world.server.submit("for i in $(seq 1 40); do echo $CI_ATTEMPT $i; sleep 0.05; done")
    world.server.wait_for_log(job_id, b"1 3\n")
    first.program.signal(signal.SIGSTOP)
    world.agents.append(world.new_agent("a2"))
    wait_until("the second attempt", lambda: world.server.job(job_id)["attempt"] == 2, within=20)
    first.program.signal(signal.SIGCONT)
    job = world.server.wait_for_end(job_id)
    assert [attempt["state"] for attempt in job["attempts"]] == ["lost", "succeeded"]
    assert world.server.log(job_id) == "".join(f"2 {i}\n" for i in range(1, 41)).encode()
    wait_until("the first agent to be idle", lambda: world.agents[0].listed()["state"] == "idle", within=20)
    tried = world.history.of("tried")
    assert any(event["attempt"] == 1 and event["job"] == job_id for event in tried)
    assert not checker.writes_are_current(checker.Run(world.history.of("claim", "write", "tried"), {}, {}, {}))
