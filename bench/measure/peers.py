"""Buildbot from Debian's packages, master and two workers with their defaults on a port and a folder of their own: how soon a triggered build's
command starts, how many trivial builds a second, idle memory."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

from harness import memory_mib, pick, quantile

from support.ports import free_port
from support.process import Program

PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
STARTS, BUILDS = pick(60, 3), pick(120, 4)


def emit(row_id: str, value: float) -> None:
    version = subprocess.run(["buildbot", "--version"], capture_output=True, text=True, check=True).stdout.split()[2].split("-")[0]
    print(json.dumps({"id": row_id, "peer": f"Buildbot {version}", "values": [value]}), flush=True)


class Buildbot:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.port = folder, free_port()
        self.fifo = folder / "fifo"
        os.mkfifo(self.fifo)
        self.master = Program(["buildbot", "start", "--nodaemon", folder / "master"], folder / "master" / "twistd.log")
        self.workers = [Program(["buildbot-worker", "start", "--nodaemon", folder / name], folder / name / "twistd.log") for name in ("w0", "w1")]
        self.trigger_process: subprocess.Popen | None = None

    def start(self) -> None:
        run = lambda *command: subprocess.run(command, check=True, capture_output=True)  # noqa: E731
        run("buildbot", "create-master", "--relocatable", self.folder / "master")
        config = (PEERS / "buildbot_master.cfg").read_text().replace("PORT", str(self.port)).replace("FIFO", str(self.fifo))
        (self.folder / "master" / "master.cfg").write_text(config)
        self.master.start()
        self.master.wait_for_output("BuildMaster is running", within=60)
        for n, worker in enumerate(self.workers):
            run("buildbot-worker", "create-worker", self.folder / f"w{n}", f"127.0.0.1:{self.port}", f"w{n}", "secret")
            worker.start()
            worker.wait_for_output("worker is ready|[Aa]ttached", within=60)
        self.trigger_process = subprocess.Popen(["/usr/bin/python3", PEERS / "buildbot_trigger.py", str(self.port)], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE, text=True)
        self.read_ok()

    def trigger(self, builder: str) -> None:
        self.trigger_process.stdin.write(builder + "\n")
        self.trigger_process.stdin.flush()

    def read_ok(self) -> None:
        answer = self.trigger_process.stdout.readline()
        assert answer == "ok\n", f"{answer!r}\n{self.master.text()[-3000:]}"

    def builds_done(self) -> int:
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'master' / 'state.sqlite'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute("SELECT count(*) FROM builds WHERE complete_at IS NOT NULL AND results = 0").fetchone()[0]

    def wait_for_builds(self, count: int) -> None:
        deadline = time.monotonic() + 300
        while self.builds_done() < count:
            assert time.monotonic() < deadline, self.master.text()[-3000:]
            time.sleep(0.02)

    def stop(self) -> None:
        if self.trigger_process:
            self.trigger_process.stdin.close()
            self.trigger_process.wait(10)
            self.trigger_process.stdout.close()
        for program in (*self.workers, self.master):
            program.end(within=15)


def start_times(peer: Buildbot) -> list[float]:
    times = []
    with open(peer.fifo, "r+b", buffering=0) as started:
        for n in range(STARTS):
            begin = time.perf_counter()
            peer.trigger("start")
            started.read(1)
            times.append((time.perf_counter() - begin) * 1000)
            peer.read_ok()
            peer.wait_for_builds(n + 1)
    return times


def builds_per_second(peer: Buildbot) -> float:
    done = peer.builds_done()
    begin = time.perf_counter()
    for _ in range(BUILDS):
        peer.trigger("true")
        peer.read_ok()
    peer.wait_for_builds(done + BUILDS)
    return BUILDS / (time.perf_counter() - begin)


def main() -> None:
    assert shutil.which("buildbot") and shutil.which("buildbot-worker"), "Buildbot is not installed: run dev/bench --peers"
    with tempfile.TemporaryDirectory(prefix="open-cicd-bench-") as name:
        peer = Buildbot(pathlib.Path(name))
        try:
            peer.start()
            time.sleep(pick(5, 0.2))  # idle is what is measured
            emit("idle.server", memory_mib(peer.master.pid))
            emit("idle.agent", memory_mib(peer.workers[0].pid))
            times = start_times(peer)
            emit("start.median", quantile(times, 0.5))
            emit("start.p95", quantile(times, 0.95))
            emit("jobs.rate", builds_per_second(peer))
        finally:
            peer.stop()


main()
