"""A job that prints 200 MB in lines of 100 bytes: how long until it is stored, what server and agent grow by, and what others feel: beside
an idle server, and beside one that has nothing to do with the bytes, which a file takes; the last is what the machine's own scheduling costs."""

import pathlib
import subprocess
import tempfile
import threading
import time

from harness import User, a_server, emit, memory_mib, pick, quantile, reset_peak

LOG_BYTES = pick(200_000_000, 5_000_000)
SCRIPT = f"yes \"$(printf '%099d' 7)\" | head -c {LOG_BYTES}"
ROUNDS = pick(3, 1)


class Prober(threading.Thread):
    """Asks for one job again and again, and keeps the times."""

    def __init__(self, server, job_id: str):
        super().__init__(daemon=True)
        self.user, self.path = User(server), f"/api/v1/jobs/{job_id}"
        self.times: list[float] = []
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(0.001):
            begin = time.perf_counter()
            self.user.request("GET", self.path)
            self.times.append((time.perf_counter() - begin) * 1000)

    def stop(self) -> float:
        """The p99."""
        self.ended.set()
        self.join()
        return quantile(self.times, 0.99)


def bare(folder: str) -> float:
    begin = time.perf_counter()
    with open(pathlib.Path(folder, "log"), "wb") as out:
        subprocess.run(["sh", "-e", "-c", SCRIPT], stdout=out, check=True)
    return time.perf_counter() - begin


def ours(user: User) -> float:
    begin = time.perf_counter()
    job = user.wait(user.submit(SCRIPT))
    took = time.perf_counter() - begin
    assert job["steps"][0]["log_bytes"] == LOG_BYTES, job
    return took


with a_server(agents=1) as (server, agents), tempfile.TemporaryDirectory() as folder:
    user = User(server)
    first = user.submit("true")
    user.wait(first)
    idle = []
    for _ in range(ROUNDS):
        prober = Prober(server, first)
        time.sleep(pick(1, 0.1))  # the length of a measurement, not a wait
        idle.append(prober.stop())
    pids = [program.program.pid for program in (server, agents[0])]
    before = [memory_mib(pid) for pid in pids]
    for pid in pids:
        reset_peak(pid)
    pairs = [(ours(user), bare(folder)) for _ in range(ROUNDS)]
    growth = [max(0.0, memory_mib(pid, "VmHWM") - mib) for pid, mib in zip(pids, before)]
    busy, beside = [], []
    for _ in range(ROUNDS):
        prober = Prober(server, first)
        ours(user)
        busy.append(prober.stop())
        prober = Prober(server, first)
        bare(folder)
        beside.append(prober.stop())

emit("log.stored", [pair[0] for pair in pairs], [pair[1] for pair in pairs])
emit("log.server_memory", growth[0])
emit("log.agent_memory", growth[1])
emit("log.others_p99", busy, idle)
emit("log.others_bare_p99", busy, beside)
