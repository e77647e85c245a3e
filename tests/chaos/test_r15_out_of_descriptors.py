"""R15: the server has no descriptor left for a while: running jobs keep their leases, and it goes on afterwards."""

import pathlib
import resource
import socket

from support.wait import wait_until

LINES = "".join(f"line {i}\n" for i in range(1, 41)).encode()


def test_out_of_descriptors(new_world):
    world = new_world(scale=0.05, agents=1)
    job_id = world.server.submit("for i in $(seq 1 40); do echo line $i; sleep 0.1; done", retry=0)
    world.server.wait_for_log(job_id, b"line 2\n")
    folder = pathlib.Path(f"/proc/{world.server.program.pid}/fd")
    limit = len(list(folder.iterdir())) + 20
    resource.prlimit(world.server.program.pid, resource.RLIMIT_NOFILE, (limit, limit))
    flood = [socket.create_connection(("127.0.0.1", world.server_port())) for _ in range(60)]
    wait_until("the server to run out of descriptors", lambda: len(list(folder.iterdir())) >= limit - 1, within=10)
    for connection in flood:
        connection.close()
    job = world.server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1, job
    assert world.server.log(job_id) == LINES
    assert world.ready()
