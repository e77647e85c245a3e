"""R1: the server dies at the Nth system call of a whole job (submit, claim, log, finish), for every N: nothing is lost or doubled."""

import uuid

import pytest

from chaos.hand import HandAgent
from chaos.injection import Injection

OUTPUT = [b"first\n" * 30, bytes(range(256)) * 20]
# What each thread of the server does towards its database and its clients; %network would also count the waiting for them.
CALLS = {"sqlite": ["pwrite64", "fdatasync", "sendmsg,sendto,writev,write"], "postgres": ["sendto,sendmsg", "recvfrom,recvmsg"]}


def one_life(server, folder, calls: str, when: int) -> bool:
    """A job during which the server is killed at one call; whether it was."""
    injection = Injection(server.program.pid, calls, "signal=KILL", when, folder)

    def away():
        if not server.program.running():
            server.start()

    agent = HandAgent(server, away)
    key = str(uuid.uuid4())
    job_id = agent.live(OUTPUT, key)
    killed = injection.end()
    away()
    assert agent.submit(len(OUTPUT), key) == job_id, "the same submission is the same job"
    job = server.job(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1 and not job["log_flags"], job
    assert [server.log(job_id, step) for step in range(len(OUTPUT))] == OUTPUT
    return killed


def through(server, folder, database: str, first: int, stride: int) -> int:
    """Walks through the calls of each kind until a job outlives it; how often the server was killed."""
    kills = 0
    for calls in CALLS[database]:
        when = first
        while one_life(server, folder, calls, when):
            kills += 1
            when += stride
    assert len(server.admin.get("/api/v1/jobs?limit=200").json["jobs"]) == min(200, kills + len(CALLS[database]))
    return kills


def test_some_calls(server, folder, database):
    assert through(server, folder, "postgres" if database else "sqlite", 2, 9) > 0


@pytest.mark.long
def test_every_call(server, folder, database, record_property):
    kills = through(server, folder, "postgres" if database else "sqlite", 1, 1)
    print(f"killed at {kills} calls")
    assert kills > 10
