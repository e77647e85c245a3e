"""R5: each write or sync of SQLite fails once, at every Nth: no answer 2xx without its commit, nothing corrupt, and it goes on."""

import sqlite3
import uuid

import pytest

from chaos.hand import HandAgent
from chaos.injection import Injection

pytestmark = pytest.mark.one_database
OUTPUT = [b"written\n" * 50]


def one_life(server, folder, calls: str, error: str, when: int) -> bool:
    injection = Injection(server.program.pid, calls, f"error={error}", when, folder)
    agent = HandAgent(server)
    keys = {str(uuid.uuid4()): None for _ in range(3)}
    for key in keys:
        keys[key] = agent.submit(1, key)
    job_id = agent.live(OUTPUT)
    struck = injection.end()
    server.kill()
    with sqlite3.connect(server.data / "open-cicd.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    server.start()
    for key, accepted in keys.items():
        assert server.job(accepted)["id"] == accepted, "a 2xx is a commit"
    assert server.job(job_id)["state"] == "succeeded" and server.log(job_id) == OUTPUT[0]
    return struck


def through(server, folder, stride: int) -> int:
    faults = 0
    for calls in ("pwrite64", "fdatasync"):
        for error in ("EIO", "ENOSPC"):
            when = 1
            while one_life(server, folder, calls, error, when):
                faults += 1
                when += stride
    return faults


def test_some_writes_fail(server, folder):
    assert through(server, folder, 7) > 3


@pytest.mark.long
def test_every_write_fails(server, folder):
    faults = through(server, folder, 1)
    print(f"{faults} writes or syncs failed")
    assert faults > 20
