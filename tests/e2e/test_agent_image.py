"""The agent's image, built as packaging/ says and run as a container beside its jobs."""

import json
import pathlib
import shutil
import subprocess

import pytest
from support.process import PROGRAMS, ROOT
from support.relay import Relay
from support.wait import wait_until

pytestmark = pytest.mark.one_database

# What `apt-get install` would bring lies in the base already: no mirror is needed to build the image here.
BASE = """FROM busybox:test
COPY files /
RUN chmod 755 /usr/local/bin/apt-get
"""


def libraries(program: pathlib.Path) -> list[str]:
    """The paths that the loader finds, itself included."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines()
    return [word for line in lines for word in line.split() if word.startswith("/")]


@pytest.fixture
def image(engine, folder):
    program = PROGRAMS / "open-cicd-agent"
    files = folder / "base" / "files"
    for library in libraries(program):
        copy = files / library.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, copy)
    apt = files / "usr/local/bin/apt-get"
    apt.parent.mkdir(parents=True)
    apt.write_text("#!/bin/sh\nexit 0\n")
    (folder / "base" / "Dockerfile").write_text(BASE)
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder), "DOCKER_HOST": engine.host, "DOCKER_BUILDKIT": "0"}
    for command in (["docker", "build", "--tag", "agent-base", folder / "base"],
                    [ROOT / "packaging" / "build-agent-image", "--tag", "agent-under-test", "--base", "agent-base", "--program", program]):
        built = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        assert built.returncode == 0, built.stdout + built.stderr
    yield "agent-under-test"
    engine.docker("rmi", "--force", "agent-under-test", "agent-base")


@pytest.fixture
def relay(server):
    """The folder with a socket that leads to the server: the engine's network namespace has no way to it."""
    folder = server.folder / "relay"
    folder.mkdir()
    shutil.copy(server.data / "registration.token", folder / "token")
    host, port = server.listen.split(":")
    relay = Relay(folder / "server.sock", host, int(port))
    yield folder
    relay.close()


def test_an_ephemeral_agent_gets_healthy_runs_a_job_and_leaves_nothing(server, engine, image, relay):
    container = engine.docker(
        "run", "--detach", "--rm", "--health-interval", "1s", "--volume", f"{engine.host.removeprefix('unix://')}:/var/run/docker.sock",
        "--volume", f"{relay}:/relay", image, "--server", "unix:/relay/server.sock", "--token-file", "/relay/token",
        "--executors", "docker", "--name", "in-a-box", "--once")
    try:
        def health() -> str:
            return json.loads(engine.docker("inspect", container))[0]["State"]["Health"]["Status"]

        wait_until("the container to be healthy", lambda: health() == "healthy", within=30)
        assert [agent["name"] for agent in server.agents()] == ["in-a-box"]
        job_id = server.submit("cat /etc/image; test ! -e /var/run/docker.sock", executor="docker", image="busybox:two", retry=0)
        job = server.wait_for_end(job_id, within=60)
        assert job["state"] == "succeeded", (job, server.log(job_id, -1), server.log(job_id))
        assert server.log(job_id) == b"two\n"
        wait_until("containers, networks and volumes to be gone", lambda: not engine.leftovers(), within=20)
        assert server.agents() == [], "it has unregistered"
    finally:
        subprocess.run(["docker", "-H", engine.host, "rm", "--force", "--volumes", container], capture_output=True, timeout=60)
