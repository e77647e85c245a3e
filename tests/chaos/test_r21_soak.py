"""R21: a server that lives through thousands of jobs with faulty requests neither grows nor collects descriptors."""

import pathlib
import time

import pytest

from chaos.proxy import REQUEST_FAULTS
from chaos.users import Users
from chaos.workload import Workload

JOBS = 3000


def measure(pid: int) -> tuple[int, int]:
    """Resident kB and open descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]), len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


@pytest.mark.long
def test_soak(new_world):
    world = new_world(scale=0.02, agents=6)
    users = Users(world, Workload(21, world.witness, 0.02, ["shell"]), time.monotonic() + 1500)
    for agent in world.agents:
        agent.link.rates = {fault: 0.005 for fault in REQUEST_FAULTS}
    samples = []
    for index in range(JOBS):
        while index - users.ended() > 40:
            time.sleep(0.02)
        users.submit(index)
        if index % (JOBS // 20) == 0:
            samples.append(measure(world.server.program.pid))
    users.stop()
    half = len(samples) // 2
    print("kB and descriptors:", samples)
    early, late = max(kb for kb, _ in samples[2:half]), max(kb for kb, _ in samples[half:])
    assert late < early * 1.25 + 8192, samples
    assert max(fds for _, fds in samples[half:]) <= max(fds for _, fds in samples[2:half]) + 20, samples
