"""What the measurements share: a server with agents on a folder of its own, connections that stay, the clients of bench_client, and how a
process' memory and CPU time are read."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))

from support.agent import Agent  # noqa: E402
from support.ports import free_port  # noqa: E402
from support.process import PROGRAMS, Program, memory_mib  # noqa: E402, F401
from support.server import ENDED, Server  # noqa: E402

SMOKE = "--smoke" in sys.argv
SERVER_CPU, CLIENT_CPU = 0, 1  # of pinned measurements


def pick(full, small):
    """The size of a measurement: `small` only shows that it works."""
    return small if SMOKE else full


def emit(row_id: str, values, baseline=None, capped: str = "") -> None:
    """One row's figures (all repeats), and those of its bare equivalent; `capped` says what of the machine held it back."""
    as_list = lambda x: [x] if isinstance(x, (int, float)) else list(x)  # noqa: E731
    row = {"id": row_id, "values": as_list(values)}
    if baseline is not None:
        row["baseline"] = as_list(baseline)
    if capped:
        row["capped"] = capped
    print(json.dumps(row), flush=True)


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


@contextlib.contextmanager
def a_server(agents: int = 0, settings: dict[str, str] | None = None, cores: int | None = None):
    """A server and agents with the shell executor, on a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as name:
        env = {f"OPEN_CICD_{key}": value for key, value in (settings or {}).items()}
        if cores:
            env["OPEN_CICD_HTTP_CORES"] = str(cores)
        server = Server(pathlib.Path(name), f"bench-{uuid.uuid4().hex}", env=env).start()
        started = []
        try:
            for n in range(agents):
                started.append(Agent(server, f"a{n}").start())
            yield server, started
        finally:
            for agent in started:
                agent.program.end()
            server.program.end(within=20)


class User:
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

    def get(self, path: str) -> dict:
        return json.loads(self.request("GET", path))

    def submit(self, script: str, **job) -> str:
        body = json.dumps({"name": "bench", "executor": "shell", "steps": [{"run": script}], **job}).encode()
        return json.loads(self.request("POST", "/api/v1/jobs", body))["id"]

    def wait(self, job_id: str, every: float = 0.002) -> dict:
        """The job once it has succeeded; another end is a failure."""
        while True:
            job = self.get(f"/api/v1/jobs/{job_id}")
            if job["state"] in ENDED:
                assert job["state"] == "succeeded", job
                return job
            time.sleep(every)

    def wait_until_idle(self, every: float = 0.02) -> None:
        while any(self.get(f"/api/v1/jobs?state={state}&limit=1")["jobs"] for state in ("queued", "assigned", "running")):
            time.sleep(every)


def own_memory_mib(pid: int) -> float:
    """What would be free again without this process alone: what it shares with others, such as libraries, does not count."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_")) / 1024


def reset_peak(pid: int) -> None:
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def cpu_seconds(pid: int) -> float:
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that ended meanwhile
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def pin(pid: int, cpu: int) -> None:
    """All threads of a process on one core (where there are so many)."""
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {cpu % (os.cpu_count() or 1)})


def port_of(server: Server) -> str:
    return str(server.admin.address.port)


class Client:
    """A running bench_client. Its answers are JSON lines; go_on() lets it pass its next halt."""

    def __init__(self, verb: str, **options):
        arguments = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", str(value))]
        self.process = subprocess.Popen([PROGRAMS / "bench_client", verb, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"bench_client ended with {self.process.wait()}")
        return json.loads(line)

    def go_on(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()


def load(port: str, requests: list[dict], connections: int, milliseconds: int, **options) -> dict:
    """Answers of a closed loop: each connection sends its next request when it has the last answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(request) + "\n" for request in requests)
        file.flush()
        with Client("load", port=port, requests=file.name, connections=connections, milliseconds=milliseconds, **options) as client:
            return client.answer()


@contextlib.contextmanager
def bare_loop(answer: bytes, cpu: int = SERVER_CPU):
    """The port and process id of an epoll loop that sends `answer` for every request."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer)
        file.flush()
        with Client("bare", answer=file.name, cpu=cpu) as client:
            yield str(client.answer()["port"]), client.process.pid


def spawn_ms(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def python() -> str:
    """For scripts of jobs: the path, as a job's PATH is its own."""
    return shutil.which("python3") or sys.executable


def ready_ms(folder: pathlib.Path) -> float:
    """From the start of a server on a used folder until /readyz says so."""
    server = Server(folder, f"bench-{uuid.uuid4().hex}")
    port = free_port()
    server.listen = f"127.0.0.1:{port}"
    program = Program(server.arguments(), folder / "server.log", server.env)
    begin = time.perf_counter()
    program.start()
    while not is_ready(port):
        assert program.running() and time.perf_counter() < begin + 60, program.text()
        time.sleep(0.0005)
    took = (time.perf_counter() - begin) * 1000
    program.stop()
    return took


def is_ready(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n")
        return connection.recv(4096).startswith(b"HTTP/1.1 200")
    return False
