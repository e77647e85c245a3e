"""From before the submit's request until the command's first byte in a FIFO, through a real agent; bare: the same command spawned here."""

import pathlib
import os
import subprocess
import tempfile
import time

from harness import User, a_server, emit, pick, quantile

ROUNDS = pick(5, 1)
STARTS = pick(60, 5)  # a round

with a_server(agents=1) as (server, _), tempfile.TemporaryDirectory() as folder:
    fifo = pathlib.Path(folder, "fifo")
    os.mkfifo(fifo)
    script = f"echo > {fifo}"
    user = User(server)
    bare_rounds, our_rounds = [], []
    with open(fifo, "r+b", buffering=0) as started:  # both ends, so that opening never waits
        user.wait(user.submit(script))
        started.read(1)
        for _ in range(ROUNDS):
            bare, ours = [], []
            for _ in range(STARTS):
                begin = time.perf_counter()
                process = subprocess.Popen(["sh", "-e", "-c", script])
                started.read(1)
                bare.append((time.perf_counter() - begin) * 1000)
                process.wait()
                begin = time.perf_counter()
                job_id = user.submit(script)
                started.read(1)
                ours.append((time.perf_counter() - begin) * 1000)
                user.wait(job_id)
            bare_rounds.append(bare)
            our_rounds.append(ours)

for row_id, q in (("start.median", 0.5), ("start.p95", 0.95)):
    emit(row_id, [quantile(times, q) for times in our_rounds], [quantile(times, q) for times in bare_rounds])
