"""What a server and an agent need when nothing happens, and how soon a server is ready."""

import pathlib
import tempfile
import time
import uuid

from harness import Server, a_server, emit, memory_mib, own_memory_mib, pick, ready_ms, spawn_ms

ROUNDS = pick(7, 2)
SETTLE_S = pick(5, 0.2)

with a_server(agents=1) as (server, agents):
    time.sleep(SETTLE_S)  # idle is what is measured
    emit("idle.server", memory_mib(server.program.pid))
    emit("idle.agent", memory_mib(agents[0].program.pid))
    emit("idle.server_own", own_memory_mib(server.program.pid))
    emit("idle.agent_own", own_memory_mib(agents[0].program.pid))


with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as name:
    Server(pathlib.Path(name), f"bench-{uuid.uuid4().hex}").start().stop()
    emit("idle.ready", [ready_ms(pathlib.Path(name)) for _ in range(ROUNDS)], [spawn_ms("true") for _ in range(ROUNDS)])
