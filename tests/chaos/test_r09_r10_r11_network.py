"""R9 to R11: partitions that are shorter than the lease cost nothing; every request doubled or delayed changes nothing."""

import pytest

from chaos import checker
from support.wait import wait_until

LINES = "".join(f"line {i}\n" for i in range(1, 61)).encode()
SCRIPT = "for i in $(seq 1 60); do echo line $i; sleep 0.02; done"


def is_exact(world, job_id) -> None:
    job = world.server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1, job
    assert world.server.log(job_id) == LINES
    assert not checker.writes_are_current(checker.Run(world.history.of("claim", "write", "tried"), {}, {}, {}))


@pytest.mark.parametrize("direction", ["up", "down"])
def test_one_way(new_world, direction):
    world = new_world(scale=0.1, agents=1)
    job_id = world.server.submit(SCRIPT)
    world.server.wait_for_log(job_id, b"line 5\n")
    link = world.agents[0].link
    world.proxy.one_way(link, direction, True, f"one_way_{direction}")
    wait_until("a request to wait", lambda: link.held > 0, within=10)
    world.proxy.one_way(link, direction, False, f"one_way_{direction}")
    is_exact(world, job_id)


def test_flapping(new_world):
    world = new_world(scale=0.1, agents=1)
    job_id = world.server.submit(SCRIPT)
    world.server.wait_for_log(job_id, b"line 5\n")
    link = world.agents[0].link
    for _ in range(4):
        world.proxy.partition(link, True)
        wait_until("the partition to be felt", lambda: link.cut_noted, within=10)
        world.proxy.partition(link, False)
        wait_until("the agent to be back", lambda: link.open, within=10)
    is_exact(world, job_id)


@pytest.mark.parametrize("fault", ["double", "delay"])
def test_every_request(new_world, fault):
    world = new_world(scale=0.05, agents=1)
    world.agents[0].link.rates = {fault: 1.0}
    job_ids = [world.server.submit(SCRIPT) for _ in range(2)]
    for job_id in job_ids:
        is_exact(world, job_id)
    assert len([event for event in world.history.of("fault") if event["fault"] == fault]) > 10
