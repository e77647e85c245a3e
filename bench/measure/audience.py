"""A log that many watch: viewers attached, then a job that prints lines with the time in them."""

import contextlib
import os
import pathlib
import tempfile

from harness import Client, User, memory_mib, port_of, python

# Waits for the go, prints lines "@<monotonic nanoseconds>; …" at a steady pace.
PRINTER = """
import sys, time
with open(sys.argv[1], "rb") as go:
    go.read(1)
for n in range(int(sys.argv[2])):
    print(f"@{time.monotonic_ns()}; compiling file {n}".ljust(99), flush=True)
    time.sleep(float(sys.argv[3]))
"""


@contextlib.contextmanager
def printing_job(user: User, lines: int, pause: float):
    """The id of a job that prints once go() is called."""
    with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as name:
        folder = pathlib.Path(name)
        (folder / "printer.py").write_text(PRINTER)
        os.mkfifo(folder / "go")
        with open(folder / "go", "r+b", buffering=0) as fifo:
            job_id = user.submit(f"exec {python()} {folder}/printer.py {folder}/go {lines} {pause}")
            yield job_id, lambda: fifo.write(b"\n")
            user.wait(job_id, every=0.05)


def watch(server, viewers: int, lines: int, pause: float, within: int = 120) -> dict:
    """{"attached", "refused", "memory_kib" of one viewer, "ended", "fewest_lines", "delay_ms"}."""
    user = User(server)
    with printing_job(user, lines, pause) as (job_id, go):
        while user.get(f"/api/v1/jobs/{job_id}")["state"] != "running":
            pass
        before = memory_mib(server.program.pid)
        with Client("viewers", port=port_of(server), job=job_id, token=server.token("admin"), viewers=viewers, seconds=within) as client:
            found = client.answer()
            after = memory_mib(server.program.pid)
            go()
            found |= client.answer()
    assert found["ended"] == found["attached"] and found["fewest_lines"] == lines, found
    return {**found, "memory_kib": (after - before) * 1024 / max(1, found["attached"])}
