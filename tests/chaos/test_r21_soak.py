"""R21: a server that lives through thousands of jobs with faulty requests and killed agents neither grows nor collects descriptors."""

import time

import pytest

from chaos.proxy import REQUEST_FAULTS
from chaos.users import Users
from chaos.workload import Workload
from support.soak import Soak
from support.wait import wait_until

JOBS = 3000
OPEN_JOBS_MAX = 40


def most(samples: list[tuple[float, float]]) -> tuple[float, float]:
    """In the first half of the time without its beginning, when caches fill, and in the second."""
    begin, half = len(samples) // 10, len(samples) // 2
    return max(value for _, value in samples[begin:half]), max(value for _, value in samples[half:])


@pytest.mark.long
def test_soak(new_world):
    world = new_world(scale=0.02, agents=6)
    users = Users(world, Workload(21, world.witness, 0.02, ["shell"]), time.monotonic() + 1500)
    for agent in world.agents:
        agent.link.rates = {fault: 0.005 for fault in REQUEST_FAULTS}
    with Soak(world.server, world.agents, kill_every_s=2, sample_every_s=0.5) as soak:
        for index in range(JOBS):
            wait_until("jobs to end", lambda: index - users.ended() <= OPEN_JOBS_MAX, within=120)  # noqa: B023
            users.submit(index)
    users.stop()
    (early_mib, late_mib), (early_files, late_files) = most(soak.memory), most(soak.files)
    print(f"{early_mib:.1f}, then {late_mib:.1f} MiB; {early_files}, then {late_files} descriptors; {soak.kills} agents killed")
    assert late_mib < early_mib * 1.25 + 8, soak.memory
    assert late_files <= early_files + 20, soak.files
    assert soak.kills > 0
