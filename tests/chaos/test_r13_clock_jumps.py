"""R13: the clocks of server and agent jump by an hour, forth and back, while a job runs: nothing expires, nothing is tried again."""

import time

import pytest

from chaos.world import FAKETIME
from support.wait import wait_until

pytestmark = pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed: run dev/install chaos")
LINES = "".join(f"line {i}\n" for i in range(1, 61)).encode()


def test_clock_jumps(new_world):
    world = new_world(scale=0.05, agents=0, clock=True)
    world.agents.append(world.new_agent("a1", world.clock_environment()))
    job_id = world.server.submit("for i in $(seq 1 60); do echo line $i; sleep 0.1; done", retry=0, timeout="60s")
    world.server.wait_for_log(job_id, b"line 2\n")
    for offset in (3600, -3600, 0):
        world.clock.write_text(f"{offset:+d}\n")
        wait_until("the server to see it", lambda: abs(world.server_date() - time.time() - offset) < 60, within=10)  # noqa: B023
    job = world.server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1, job
    assert world.server.log(job_id) == LINES
    assert world.agents[0].listed()["state"] == "idle"
