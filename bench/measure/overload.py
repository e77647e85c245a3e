"""Ten times the clients that give the maximum: what is still done, what is refused, and whether memory stays bounded. The maximum is the best of
three numbers of clients."""

import json
import uuid

from audience import watch
from harness import User, a_server, bare_loop, emit, load, memory_mib, pick, port_of, reset_peak

CLIENTS = pick((32, 64, 128), (2, 4))
MILLISECONDS = pick(3000, 200)
VIEWERS_MAX = pick(500, 10)
CHUNK = "x" * 99 + "\n"
CHUNK_LINES = pick(160, 10)


class Fleet:
    """Agents that are only tokens."""

    def __init__(self, server, count: int):
        self.server = server
        self.members = [self.register(n) for n in range(count)]

    def register(self, n: int) -> dict:
        boot = str(uuid.uuid4())
        request = {"name": f"bench-{n}", "boot_id": boot, "labels": {"n": str(n)}, "version": "1.0.0", "os": "linux", "arch": "x86_64",
                   "executors": ["shell"]}
        headers = {"Authorization": f"Bearer {self.server.token('registration')}"}
        reply = self.server.admin.post("/api/v1/agents/register", request, headers=headers).expect(201).json
        return {"id": reply["agent_id"], "token": reply["agent_token"], "boot": boot, "n": n}

    def run_one(self, member: dict, user: User) -> dict:
        """The request that appends to the log of a job that this agent now runs."""
        job_id = user.submit("true", runs_on=[f"n={member['n']}"])
        path = f"/api/v1/jobs/{job_id}/status"
        as_agent = {"Authorization": f"Bearer {member['token']}"}
        claim = {"status": "assigned", "claim_id": str(uuid.uuid4()), "boot_id": member["boot"]}
        lease = self.server.admin.put(path, claim, headers=as_agent).expect(200).json
        headers = {"X-Attempt": str(lease["attempt"]), "X-Lease-Token": lease["lease_token"]}
        self.server.admin.put(path, {"status": "running"}, headers={**as_agent, **headers}).expect(200)
        return {"method": "POST", "path": f"/api/v1/jobs/{job_id}/logs?step=0&offset={{offset}}", "token": member["token"],
                "type": "application/octet-stream", "body": CHUNK * CHUNK_LINES, "headers": headers}


def submits(server, count: int) -> list[dict]:
    body = json.dumps({"name": "bench", "executor": "shell", "steps": [{"run": "true"}]})
    return [{"method": "POST", "path": "/api/v1/jobs", "token": server.token("admin"), "body": body}] * count


def polls(server, count: int) -> list[dict]:
    return [{"path": f"/api/v1/agents/{member['id']}/jobs?wait=0&boot_id={member['boot']}", "token": member["token"]}
            for member in Fleet(server, count).members]


def appends(server, count: int) -> list[dict]:
    fleet, user = Fleet(server, count), User(server)
    return [fleet.run_one(member, user) for member in fleet.members]


def refused_percent(found: dict) -> float:
    counts = found["statuses"]
    unexpected = set(counts) - {"200", "201", "202", "204", "429", "503"}
    assert not unexpected, found
    return 100 * (counts.get("429", 0) + counts.get("503", 0)) / max(1, sum(counts.values()))


def requests_of(kind: str, make) -> None:
    # Nobody runs the jobs, so the queue's own limit would be what is measured.
    with a_server(settings={"REGISTRATIONS_PER_MINUTE": "1000000", "QUEUE_MAX": "1000000"}) as (server, _):
        # The log's offsets go on where its connection left them, so each round of appends has logs of its own.
        tried = [(load(port_of(server), make(server, count), count, MILLISECONDS), count) for count in CLIENTS]
        maximum, count = max(tried, key=lambda found: found[0]["per_second"])
        requests = make(server, 10 * count)
        pid = server.program.pid
        before = memory_mib(pid)
        reset_peak(pid)
        flood = load(port_of(server), requests, 10 * count, MILLISECONDS)
        emit(f"overload.{kind}", flood["per_second"], maximum["per_second"])
        emit(f"overload.{kind}_refused", refused_percent(flood))
        emit(f"overload.{kind}_memory", max(0.0, memory_mib(pid, "VmHWM") - before))


def viewers() -> None:
    """As many streams as the server allows, then ten times as many: those over the limit are refused, the others lose nothing."""
    settings = {"LOGS_STREAMS_MAX": str(VIEWERS_MAX), "LOGS_STREAMS_PER_VIEWER_MAX": str(VIEWERS_MAX)}
    lines, pause = pick(60, 10), pick(0.05, 0.01)

    def delivered_per_second(found: dict) -> float:
        return found["delay_ms"]["count"] / (lines * pause + found["delay_ms"]["max"] / 1000)

    with a_server(agents=1, settings=settings) as (server, _):
        maximum = watch(server, VIEWERS_MAX, lines, pause)
        pid = server.program.pid
        before = memory_mib(pid)
        reset_peak(pid)
        flood = watch(server, 10 * VIEWERS_MAX, lines, pause)
        assert flood["attached"] == VIEWERS_MAX, flood
        emit("overload.sse", delivered_per_second(flood), delivered_per_second(maximum))
        emit("overload.sse_refused", 100 * flood["refused"] / (flood["refused"] + flood["attached"]))
        emit("overload.sse_memory", max(0.0, memory_mib(pid, "VmHWM") - before))


def bare() -> None:
    """What ten times the connections cost a loop that does nothing, on this machine and with this client."""
    request = [{"path": "/"}]
    with bare_loop(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok") as (port, _):
        maximum, count = max(((load(port, request, count, MILLISECONDS)["per_second"], count) for count in CLIENTS))
        emit("overload.bare", load(port, request, 10 * count, MILLISECONDS)["per_second"], maximum)


bare()
requests_of("submit", submits)
requests_of("poll", polls)
requests_of("log", appends)
viewers()
