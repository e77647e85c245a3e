"""From Git: webhooks at 100 pushes a second, a push until its job's command runs, and 1,000 repositories that are polled. The forge is the stand-in
of the tests, and its git server a real one, both on this machine."""

import concurrent.futures
import contextlib
import http.client
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.parse

from harness import User, a_server, emit, pick, quantile
from support.connected import Connected, Workplace
from support.forges.courier import Delivery
from support.wait import wait_until

PUSHES = pick(500, 20)
PER_SECOND = 100
STARTS = pick(40, 3)
ROUNDS = pick(3, 1)
REPOSITORIES = pick(1000, 20)
POLLING_S = pick(20, 3)


@contextlib.contextmanager
def a_workplace(agents: int = 0, settings: dict[str, str] | None = None):
    with a_server(agents, settings) as (server, _):
        workplace = Workplace(server)
        try:
            yield server, workplace
        finally:
            workplace.close()


def pipeline_of(script: str, checkout: bool = True) -> dict[str, str]:
    more = "" if checkout else "    checkout: false\n"
    return {".open-cicd.yml": f"on: push\njobs:\n  first:\n    executor: shell\n{more}    steps: [{{run: {script}}}]\n", "file": "0\n"}


def held(connected: Connected, branch: str | None = None) -> Delivery:
    """The webhook of a new push, which nobody has sent yet."""
    connected.repository.push({"file": f"{time.monotonic_ns()}\n"}, branch)
    return connected.forge.courier.deliveries[-1]


class Sender:
    """One kept connection of the forge."""

    def __init__(self, url: str):
        address = urllib.parse.urlsplit(url)
        self.path = address.path
        self.http = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self.http.connect()

    def post(self, delivery: Delivery) -> None:
        self.http.request("POST", self.path, delivery.body, delivery.headers)
        response = self.http.getresponse()
        answer = response.read()
        assert response.status < 300, (response.status, answer)


def at_a_rate(count: int, makers: list, do) -> list[float]:
    """Milliseconds from when each was due, at PER_SECOND, until its answer."""
    begin = time.perf_counter() + 0.1

    def one(lane: int) -> list[float]:
        took = []
        for number in range(lane, count, len(makers)):
            due = begin + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            do(makers[lane], number)
            took.append((time.perf_counter() - due) * 1000)
        return took

    with concurrent.futures.ThreadPoolExecutor(len(makers)) as pool:
        return [took for lane in pool.map(one, range(len(makers))) for took in lane]


def webhooks() -> None:
    with a_workplace() as (server, workplace):
        connected = workplace.connected("gitea", pipeline_of("true"), poll_s=0)
        connected.forge.courier.hold()
        deliveries = [held(connected, f"side{number}") for number in range(PUSHES)]
        senders = [Sender(connected.webhook_url) for _ in range(8)]
        ours = at_a_rate(PUSHES, senders, lambda sender, number: sender.post(deliveries[number]))
        wait_until("a run of each push", lambda: any(run["number"] == PUSHES for run in connected.runs(limit=1)), within=120, every=0.1)
        users = [User(server) for _ in range(8)]
        bare = at_a_rate(PUSHES, users, lambda user, _: user.submit("true"))
        connected.forge.courier.release(lambda _: [])
    emit("git.webhook_p99", quantile(ours, 0.99), quantile(bare, 0.99))


def starts(row_id: str, checkout: bool) -> None:
    ours_of, bare_of = [], []
    with a_workplace(agents=1) as (_, workplace), tempfile.TemporaryDirectory() as folder:
        fifo, mirror = pathlib.Path(folder, "fifo"), pathlib.Path(folder, "mirror")
        os.mkfifo(fifo)
        connected = workplace.connected("gitea", pipeline_of(f"echo > {fifo}", checkout), poll_s=0)
        url = connected.repository.clone_url
        connected.forge.courier.hold()
        sender = Sender(connected.webhook_url)
        subprocess.run(["git", "clone", "-q", "--bare", url, mirror], check=True)
        with open(fifo, "r+b", buffering=0) as started:  # both ends, so that opening never waits
            for _ in range(ROUNDS):
                ours, bare = [], []
                for number in range(STARTS + 3):
                    delivery = held(connected)
                    begin = time.perf_counter()
                    sender.post(delivery)
                    started.read(1)
                    ours.append((time.perf_counter() - begin) * 1000)
                    run = connected.runs(limit=1)[0]
                    wait_until("its end", lambda: connected.run(run["id"])["state"] == "succeeded", within=30, every=0.01)  # noqa: B023
                    begin = time.perf_counter()
                    subprocess.run(["git", "fetch", "-q", url, run["sha"]], cwd=mirror, check=True)
                    bare.append((time.perf_counter() - begin) * 1000)
                ours_of.append(quantile(ours[3:], 0.5))
                bare_of.append(quantile(bare[3:], 0.5))
        connected.forge.courier.release(lambda _: [])
    emit(row_id, ours_of, bare_of)


def polls() -> None:
    """How often 1,000 repositories can be looked at; bare: as many programs at once as the server may have."""
    with a_workplace() as (server, workplace):
        first = workplace.make("git")
        url = first.repository.clone_url
        for number in range(REPOSITORIES):
            server.admin.post("/api/v1/repositories", {"url": url, "forge": "git", "name": f"acme/app{number}", "poll_s": 1}).expect(201)
        user = User(server)

        def looks() -> int:
            return sum((one.get("polled_at") or "") > since for one in listed(user))

        wait_until("the first polls", lambda: all(one.get("polled_at") for one in listed(user)), within=600, every=0.2)
        since = max(one["polled_at"] for one in listed(user))
        begin = time.perf_counter()
        wait_until("each to be polled", lambda: looks() >= REPOSITORIES, within=600, every=0.2)
        ours = REPOSITORIES / (time.perf_counter() - begin)
        count = max(8, REPOSITORIES // 5)
        begin = time.perf_counter()
        subprocess.run(["xargs", "-P8", "-n1", "git", "ls-remote", "-q"], input=f"{url}\n" * count, text=True, stdout=subprocess.DEVNULL, check=True)
        bare = count / (time.perf_counter() - begin)
    emit("git.polls", ours, bare)


def listed(user: User) -> list[dict]:
    return user.get("/api/v1/repositories")["repositories"]


webhooks()
starts("git.start", checkout=True)
starts("git.start_bare", checkout=False)
polls()
