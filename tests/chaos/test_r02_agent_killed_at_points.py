"""R2: an agent dies before or after the server's answer to its claim, start, log or finish; the job ends right, once, elsewhere."""

import time

from chaos import checker
from chaos.monkey import AIMS
from support.wait import wait_until

LINES = "".join(f"line {i}\n" for i in range(1, 31)).encode()


def test_agent_killed_at_points(new_world, engine_name):
    world = new_world(engine_name)
    for kind, point in AIMS:
        for agent in world.agents:
            agent.link.traps = [(kind, point, lambda agent=agent: (world.kill_agent(agent), disarm()))]

        def disarm():
            for agent in world.agents:
                agent.link.traps = []

        died = len(world.history.of("fault"))
        job_id = world.server.submit("for i in $(seq 1 30); do echo line $i; done; sleep 0.1", retry=5)
        wait_until(f"the agent to die {point} its {kind}", lambda: len(world.history.of("fault")) > died, within=20)  # noqa: B023
        began = time.monotonic()
        job = world.server.wait_for_end(job_id)
        print(f"killed {point} {kind}: ended {time.monotonic() - began:.2f} s later, attempt {job['attempt']}")
        assert job["state"] == "succeeded" and world.server.log(job_id) == LINES
        assert job["attempt"] == 1 if (kind, point) == ("finish", "after") else job["attempt"] <= 2
        for agent in world.agents:
            if not agent.program.running():
                world.start_agent(agent)
    run = checker.Run(world.history.of("claim", "write", "tried"), {}, {}, {})
    assert not checker.writes_are_current(run)


def test_agent_killed_while_its_log_waits_for_the_server(new_world):
    """The job has ended and the server is not to be reached: end and log both outlive the agent."""
    world = new_world(agents=1, scale=0.5)
    agent = world.agents[0]
    job_id = world.server.submit("echo first; sleep 0.3; for i in $(seq 1 30); do echo line $i; done", retry=0)
    world.server.wait_for_log(job_id, b"first\n")
    world.proxy.one_way(agent.link, "up", True, "one_way_up")
    journal = agent.work_dir / "journal"
    wait_until("the end to be in the journal", lambda: journal.exists() and journal.stat().st_size > 0, within=10)
    assert world.kill_agent(agent)
    world.proxy.partition(agent.link, True)
    world.proxy.one_way(agent.link, "up", False, "one_way_up")
    world.proxy.partition(agent.link, False)
    world.start_agent(agent)
    job = world.server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1 and not job["log_flags"], job
    assert world.server.log(job_id) == b"first\n" + LINES
