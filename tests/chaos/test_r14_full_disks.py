"""R14: no space is left for the server or for an agent: a clean refusal, nothing accepted in vain, and all goes on when there is space."""

import os
import subprocess

import pytest

from chaos.hand import HandAgent
from support.wait import wait_until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="a small tmpfs needs root")
LINES = "".join(f"line {i}\n" for i in range(1, 200_001)).encode()


def test_server(new_world):
    world = new_world(agents=1, disk_mb=64)
    before = world.server.submit("echo before")
    assert world.server.wait_for_end(before)["state"] == "succeeded"
    assert world.fill_disk()
    job = {"name": "full", "executor": "shell", "env": {"FILL": "x" * 60_000}, "steps": [{"run": "echo full"}]}
    accepted = []
    answer = world.api.post("/api/v1/jobs", job)
    while answer.status == 201:  # the write-ahead log may have had room
        accepted.append(answer.json["id"])
        answer = world.api.post("/api/v1/jobs", job)
    assert answer.status in (503, 507) and answer.headers["content-type"].startswith("application/problem"), answer
    assert world.server.program.running()
    world.free_disk()
    wait_until("submissions to be accepted again", lambda: world.api.post("/api/v1/jobs", job).status == 201, within=20)
    for job_id in accepted:
        assert world.server.wait_for_end(job_id)["state"] == "succeeded"
    world.kill_server()
    world.start_server()
    assert world.server.job(before)["state"] == "succeeded"


def test_agent(new_world):
    world = new_world(agents=0)
    folder = world.folder / "a1"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        world.agents.append(world.new_agent("a1"))
        hungry = world.server.submit("seq 1 200000 | sed 's/^/line /'; head -c 8000000 /dev/zero >file", retry=0)
        job = world.server.wait_for_end(hungry, within=60)
        assert job["state"] == "failed", job
        fine = world.server.submit("echo fine")
        assert world.server.wait_for_end(fine)["state"] == "succeeded"
        assert world.server.log(fine) == b"fine\n"
        assert LINES.startswith(world.server.log(hungry)) or job["log_flags"]
    finally:
        world.agents[0].kill()
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_hand_agent_goes_on(new_world):
    """What was refused for want of space is accepted when it is repeated: log bytes and the finish."""
    world = new_world(agents=0, disk_mb=64)
    agent = HandAgent(world.server, world.free_disk)
    output = [os.urandom(200_000)]
    job_id = agent.submit()
    agent.claim(job_id)
    assert world.fill_disk()
    agent.upload(job_id, 0, output[0])
    assert agent.finish(job_id, output)["state"] == "succeeded"
    assert world.server.log(job_id) == output[0]
