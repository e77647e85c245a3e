"""Runs of many jobs: how long a large one takes to be created, a dependant to begin, a diamond of jobs to end, and a pipeline on this machine."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import time

from harness import PROGRAMS, User, a_server, emit, load, pick, port_of, quantile

LARGE = pick(1000, 20)  # jobs of one run, the most that it may have
WIDTH = pick(50, 5)  # of the diamond
LAYERS = pick(10, 2)
ROUNDS = pick(5, 1)
STARTS = pick(60, 5)  # a round
LOCAL = pick(20, 2)


def job(script: str, **keys) -> dict:
    return {"executor": "shell", "checkout": False, "steps": [{"run": script}], **keys}


def submit(user: User, jobs: dict) -> str:
    """The id of a run. JSON is YAML, so the pipeline needs no writer of its own."""
    body = json.dumps({"pipeline": json.dumps({"jobs": jobs})}).encode()
    return json.loads(user.request("POST", "/api/v1/runs", body))["id"]


def wait(user: User, run_id: str, every: float = 0.005) -> None:
    """Asks for the newest run alone: one with all of its jobs is a long answer, and not what is measured."""
    while True:
        run = user.get("/api/v1/runs?limit=1")["runs"][0]
        assert run["id"] == run_id, run
        if run["state"] in ("succeeded", "failed", "cancelled", "skipped"):
            assert run["state"] == "succeeded", run
            return
        time.sleep(every)


def bare_inserts_ms(folder: pathlib.Path) -> float:
    """As many rows of the size of a job, with as many needs, in one durable transaction."""
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as database:
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, seq INTEGER UNIQUE, name TEXT, state TEXT, spec TEXT, at INTEGER)")
        database.execute("CREATE TABLE IF NOT EXISTS needs (job TEXT, needs TEXT)")
        first = database.execute("SELECT count(*) FROM jobs").fetchone()[0]
        spec = json.dumps(job("true"))
        begin = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        for n in range(first, first + LARGE):
            database.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?)", (f"id-{n}", n, f"job{n}", "blocked", spec, n))
            database.execute("INSERT INTO needs VALUES (?, ?)", (f"id-{n}", f"id-{n - 1}"))
        database.execute("COMMIT")
        return (time.perf_counter() - begin) * 1000


def create() -> None:
    """From before the request until its answer: the plan and the transaction. Nobody takes a job."""
    chain = {f"job{n}": job("true", runs_on="bench=none", **({"needs": [f"job{n - 1}"]} if n else {})) for n in range(LARGE)}
    ours, bare = [], []
    with a_server() as (server, _), tempfile.TemporaryDirectory() as folder:
        user = User(server)
        submit(user, {"one": job("true", runs_on="bench=none")})
        for _ in range(ROUNDS):
            bare.append(bare_inserts_ms(pathlib.Path(folder)))
            begin = time.perf_counter()
            submit(user, chain)
            ours.append((time.perf_counter() - begin) * 1000)
    emit("runs.create", ours, bare)


def release() -> None:
    """The first job of a chain says when its command ends, the others when theirs begin: from an end to the next begin. Beside it, from the submit
    of a run of one job until its command begins."""
    with a_server(agents=1) as (server, _), tempfile.TemporaryDirectory() as folder:
        fifo = pathlib.Path(folder, "fifo")
        os.mkfifo(fifo)
        user = User(server)
        script = f"echo > {fifo}"
        chain = {f"job{n}": job(script, **({"needs": [f"job{n - 1}"]} if n else {})) for n in range(STARTS + 1)}
        ends, starts = [], []
        with open(fifo, "r+b", buffering=0) as told:
            wait(user, submit(user, {"one": job(script)}))
            told.read(1)
            for _ in range(ROUNDS):
                triggered = []
                for _ in range(STARTS):
                    begin = time.perf_counter()
                    run_id = submit(user, {"one": job(script)})
                    told.read(1)
                    triggered.append((time.perf_counter() - begin) * 1000)
                    wait(user, run_id)
                run_id = submit(user, chain)
                told.read(1)
                last, released = time.perf_counter(), []
                for _ in range(STARTS):
                    told.read(1)
                    now = time.perf_counter()
                    released.append((now - last) * 1000)
                    last = now
                wait(user, run_id)
                starts.append(triggered)
                ends.append(released)
    emit("runs.release", [quantile(times, 0.5) for times in ends], [quantile(times, 0.5) for times in starts])
    emit("runs.release_p95", [quantile(times, 0.95) for times in ends], [quantile(times, 0.95) for times in starts])


def diamond() -> None:
    """One job, layers in which each needs its neighbours of the layer before, one job; beside as many single jobs."""
    jobs = {"first": job("true")}
    before = ["first"]
    for layer in range(LAYERS):
        names = [f"l{layer}n{n}" for n in range(WIDTH)]
        for n, name in enumerate(names):
            jobs[name] = job("true", needs=before if len(before) == 1 else [before[n], before[(n + 1) % WIDTH]])
        before = names
    jobs["last"] = job("true", needs=before)
    ours, single = [], []
    with a_server(agents=2) as (server, _):
        user = User(server)
        wait(user, submit(user, {"one": job("true")}))
        body = json.dumps({"name": "bench", **{key: value for key, value in job("true").items() if key != "checkout"}})
        request = {"method": "POST", "path": "/api/v1/jobs", "token": server.token("admin"), "body": body}
        for _ in range(pick(3, 1)):
            begin = time.perf_counter()
            sent = load(port_of(server), [request], connections=4, milliseconds=60_000, total=len(jobs))
            assert sent["good"] == len(jobs), sent
            user.wait_until_idle(every=0.005)
            single.append(len(jobs) / (time.perf_counter() - begin))
            begin = time.perf_counter()
            wait(user, submit(user, jobs))
            ours.append(len(jobs) / (time.perf_counter() - begin))
    emit("runs.diamond", ours, single)


def local() -> None:
    """`open-cicd run` of one trivial job, from nothing to its exit."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, ".open-cicd.yml").write_text(json.dumps({"jobs": {"one": job("true")}}))
        ours, bare = [], []
        for _ in range(LOCAL):
            begin = time.perf_counter()
            subprocess.run(["sh", "-e", "-c", "true"], check=True)
            bare.append((time.perf_counter() - begin) * 1000)
            begin = time.perf_counter()
            subprocess.run([PROGRAMS / "open-cicd", "run"], cwd=folder, check=True, capture_output=True)
            ours.append((time.perf_counter() - begin) * 1000)
    emit("runs.local", ours, bare)


create()
release()
diamond()
local()
