"""Durable submits: one client that waits for each answer, and 32. Beside them what the disk takes for one flush."""

import os
import tempfile
import time

from harness import a_server, emit, load, pick, port_of

ROUNDS = pick(3, 1)
MILLISECONDS = pick(2500, 200)


def flush_ms(folder: str) -> float:
    with open(os.path.join(folder, "flush"), "r+b" if os.path.exists(os.path.join(folder, "flush")) else "w+b", buffering=0) as file:
        file.write(os.urandom(4096))
        begin = time.perf_counter()
        os.fdatasync(file.fileno())
        return (time.perf_counter() - begin) * 1000


def rate(connections: int) -> float:
    with a_server() as (server, _):
        body = '{"name":"bench","executor":"shell","steps":[{"run":"true"}]}'
        submit = {"method": "POST", "path": "/api/v1/jobs", "token": server.token("admin"), "body": body}
        found = load(port_of(server), [submit], connections=connections, milliseconds=MILLISECONDS, warm_up=pick(300, 0))
        assert found["statuses"].keys() == {"201"}, found
        return found["per_second"]


emit("submit.one", [rate(1) for _ in range(ROUNDS)])
emit("submit.many", [rate(32) for _ in range(ROUNDS)])
with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as folder:
    emit("submit.disk", [flush_ms(folder) for _ in range(pick(200, 10))])
