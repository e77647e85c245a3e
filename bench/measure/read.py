"""One core of the server answers reads of ended jobs, authenticated: those that it keeps in memory, and those that it asks the database for; and
lists; with a hundred jobs stored and with a million."""

import random
import statistics
import time

import history
from harness import CLIENT_CPU, SERVER_CPU, User, a_server, bare_loop, cpu_seconds, emit, load, pick, pin, port_of, ready_ms

FEW, MANY = pick(100, 10), pick(1_000_000, 2000)
ROUNDS = pick(3, 1)
MILLISECONDS = pick(2000, 100)
CONNECTIONS = 64


def measured_load(port: str, pid: int, requests: list[dict]) -> tuple[float, float]:
    """Answers per second and microseconds of CPU of each."""
    begin = cpu_seconds(pid)
    found = load(port, requests, CONNECTIONS, MILLISECONDS, cpu=CLIENT_CPU)
    spent = cpu_seconds(pid) - begin
    assert found["statuses"].keys() == {"200"}, found
    return found["per_second"], spent * 1e6 / found["good"]


def gets(server, ids: list[str], query: str = "") -> list[dict]:
    return [{"path": f"/api/v1/jobs/{job_id}{query}", "token": server.token("admin")} for job_id in ids]


def list_ms(server, query: str) -> list[float]:
    user = User(server)
    times = []
    for _ in range(pick(200, 5)):
        begin = time.perf_counter()
        user.request("GET", f"/api/v1/jobs?limit=50{query}")
        times.append((time.perf_counter() - begin) * 1000)
    return [statistics.median(times)]


def answer_of(server, job_id: str) -> bytes:
    answer = server.admin.get(f"/api/v1/jobs/{job_id}")
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items() if name != "connection")
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode() + answer.body


def measure(jobs: int) -> dict:
    with a_server(agents=1, cores=1) as (server, agents):
        ids = history.fill(server, agents, jobs)
        random.Random(7).shuffle(ids)
        ready = [ready_ms(server.folder) for _ in range(pick(3, 1))]
        server.start()
        pin(server.program.pid, SERVER_CPU)
        requests = gets(server, ids[:FEW])
        from_database = gets(server, ids, "?spec=1")  # what is kept in memory has no spec
        measured_load(port_of(server), server.program.pid, from_database)  # the database's pages are in memory
        pairs, bare, stored = [], [], []
        with bare_loop(answer_of(server, ids[0])) as (bare_port, bare_pid):
            for _ in range(ROUNDS):
                pairs.append(measured_load(port_of(server), server.program.pid, requests))
                stored.append(measured_load(port_of(server), server.program.pid, from_database))
                bare.append(measured_load(bare_port, bare_pid, requests))
        return {"rate": [p[0] for p in pairs], "cpu": [p[1] for p in pairs], "stored_rate": [s[0] for s in stored],
                "bare_rate": [b[0] for b in bare], "bare_cpu": [b[1] for b in bare],
                "list": list_ms(server, ""), "list_state": list_ms(server, "&state=succeeded"), "ready": ready}


few, many = measure(FEW), measure(MANY)
emit("read.rate", few["rate"], few["bare_rate"])
emit("read.cpu", few["cpu"], few["bare_cpu"])
emit("read.stored", few["stored_rate"], few["bare_rate"])
emit("read.stored_full", many["stored_rate"], few["stored_rate"])
emit("read.list", many["list"], few["list"])
emit("read.list_state", many["list_state"], few["list_state"])
emit("read.ready_full", many["ready"])
