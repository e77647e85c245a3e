"""Jobs through a real server and real agents, each figure beside the bare equivalent of the same run: how soon a submitted job's command
starts, how many trivial jobs a second two agents do, and how long a log of 200 MB takes to be stored."""

import contextlib
import http.client
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from support.agent import Agent  # noqa: E402
from support.server import Server  # noqa: E402

STARTS = 200
JOBS = 3000
SUBMITTERS = 4
LOG_BYTES = 200_000_000
LOG_SCRIPT = f"yes \"$(printf '%099d' 7)\" | head -c {LOG_BYTES}"
LOG_RUNS = 3


def report(name: str, value: float, unit: str, **more) -> None:
    if "baseline" in more:
        more["ratio"] = value / more["baseline"]
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)


@contextlib.contextmanager
def cluster(agents: int):
    """A server and agents with the shell executor, on a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as name:
        server = Server(pathlib.Path(name), f"bench-{uuid.uuid4().hex}").start()
        started = []
        try:
            for n in range(agents):
                started.append(Agent(server, f"a{n}").start())
            yield server, started
        finally:
            for agent in started:
                agent.stop()
            server.stop()


class Connection:
    """One kept connection of the administrator."""

    def __init__(self, server: Server):
        self.http = http.client.HTTPConnection(server.admin.address.hostname, server.admin.address.port, timeout=60)
        self.http.connect()
        self.headers = {"Authorization": f"Bearer {server.token('admin')}", "Content-Type": "application/json"}

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self.http.request(method, path, body, self.headers)
        response = self.http.getresponse()
        data = response.read()
        assert response.status < 300, (response.status, data)
        return data

    def submit(self, script: str) -> str:
        body = json.dumps({"name": "bench", "executor": "shell", "steps": [{"run": script}]}).encode()
        return json.loads(self.request("POST", "/api/v1/jobs", body))["id"]

    def wait(self, job_id: str, every: float = 0.002) -> dict:
        while True:
            job = json.loads(self.request("GET", f"/api/v1/jobs/{job_id}"))
            if job["state"] in ("succeeded", "failed", "cancelled", "lost", "timed_out"):
                assert job["state"] == "succeeded", job
                return job
            time.sleep(every)


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def trigger_to_start() -> None:
    """From before the request until the command's first byte in a FIFO; bare: the same command spawned here."""
    with cluster(agents=1) as (server, _), tempfile.TemporaryDirectory() as folder:
        fifo = pathlib.Path(folder, "fifo")
        subprocess.run(["mkfifo", fifo], check=True)
        script = f"echo > {fifo}"
        with open(fifo, "r+b", buffering=0) as started:  # both ends, so that opening never waits
            bare, ours = [], []
            connection = Connection(server)
            for n in range(STARTS):
                begin = time.perf_counter()
                process = subprocess.Popen(["sh", "-e", "-c", script])
                started.read(1)
                bare.append((time.perf_counter() - begin) * 1000)
                process.wait()
                begin = time.perf_counter()
                job_id = connection.submit(script)
                started.read(1)
                ours.append((time.perf_counter() - begin) * 1000)
                connection.wait(job_id)
        for label, q, goal in (("median", 0.5, 3), ("p95", 0.95, 5)):
            report(f"trigger → command starts, {label}", quantile(ours, q), "ms", goal=goal)
        report("trigger → command starts, median, against a bare spawn", quantile(ours, 0.5), "ms", baseline=quantile(bare, 0.5), baseline_name="spawn", goal=5)


def jobs_per_second() -> None:
    commands = "\n".join("true" for _ in range(JOBS))
    begin = time.perf_counter()
    subprocess.run(["xargs", "-P2", "-I{}", "sh", "-e", "-c", "{}"], input=commands, text=True, check=True)
    bare = JOBS / (time.perf_counter() - begin)
    with cluster(agents=2) as (server, _):
        counts = [JOBS // SUBMITTERS] * SUBMITTERS

        def submit(count: int) -> None:
            connection = Connection(server)
            for _ in range(count):
                connection.submit("true")

        threads = [threading.Thread(target=submit, args=(count,)) for count in counts]
        begin = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        submitted = time.perf_counter()
        connection = Connection(server)
        while any(json.loads(connection.request("GET", f"/api/v1/jobs?state={state}&limit=1"))["jobs"] for state in ("queued", "assigned", "running")):
            time.sleep(0.02)
        ended = time.perf_counter()
    report(f"submits accepted per second, {SUBMITTERS} clients in one Python process", JOBS / (submitted - begin), "/s", better="more")
    report("trivial jobs per second, 2 agents", JOBS / (ended - begin), "/s", baseline=bare, baseline_name="xargs -P2", goal=0.27, better="more")


def memory_mib(pid: int, field: str) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field)) / 1024


class Prober(threading.Thread):
    """Asks for one job again and again, and keeps the times."""

    def __init__(self, server: Server, job_id: str):
        super().__init__(daemon=True)
        self.connection, self.path = Connection(server), f"/api/v1/jobs/{job_id}"
        self.times: list[float] = []
        self.ended = False
        self.start()

    def run(self) -> None:
        while not self.ended:
            begin = time.perf_counter()
            self.connection.request("GET", self.path)
            self.times.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.001)

    def stop(self) -> list[float]:
        self.ended = True
        self.join()
        return self.times


def big_log() -> None:
    with cluster(agents=1) as (server, agents), tempfile.TemporaryDirectory() as folder:
        connection = Connection(server)
        first = connection.submit("true")
        connection.wait(first)
        idle = Prober(server, first)
        time.sleep(1)
        idle_times = idle.stop()
        before = [memory_mib(p.pid, "VmRSS") for p in (server.program, agents[0].program)]
        bare, ours, busy_times = [], [], []
        for _ in range(LOG_RUNS):
            begin = time.perf_counter()
            with open(pathlib.Path(folder, "log"), "wb") as out:
                subprocess.run(["sh", "-e", "-c", LOG_SCRIPT], stdout=out, check=True)
            bare.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            job = connection.wait(connection.submit(LOG_SCRIPT))
            ours.append(time.perf_counter() - begin)
            assert job["steps"][0]["log_bytes"] == LOG_BYTES, job
        after = [memory_mib(p.pid, "VmHWM") for p in (server.program, agents[0].program)]
        busy = Prober(server, first)
        connection.wait(connection.submit(LOG_SCRIPT))
        busy_times = busy.stop()
    report("200 MB log, submit to stored, median of 3", statistics.median(ours), "s", baseline=statistics.median(bare), baseline_name="file write",
           goal=2.5)
    for name, growth in (("server", after[0] - before[0]), ("agent", after[1] - before[1])):
        report(f"memory growth of the {name} meanwhile", growth, "MiB", goal=16)
    report("other requests meanwhile, p99", quantile(busy_times, 0.99), "ms", baseline=quantile(idle_times, 0.99), baseline_name="idle server", goal=2)


if __name__ == "__main__":
    trigger_to_start()
    jobs_per_second()
    big_log()
