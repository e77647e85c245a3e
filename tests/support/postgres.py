"""A PostgreSQL cluster of its own: made in a temporary folder, on a free port, as the user postgres where we are root."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from support.ports import free_port
from support.wait import wait_until


def binaries() -> pathlib.Path | None:
    """The newest installed version's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


def is_alive(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Postgres:
    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.programs = binaries()
        assert self.programs, "PostgreSQL is not installed: run dev/install test"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="open-cicd-pg-", dir="/tmp"))
        self.as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        if self.as_postgres:
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = 0
        self.count = 0
        self.process: subprocess.Popen | None = None

    def start(self) -> "Postgres":
        data = self.folder / "data"
        if not data.exists():
            subprocess.run([*self.as_postgres, self.programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"],
                           check=True, capture_output=True, cwd="/")
        self.port = self.port or free_port()
        # Tests end processes, not the machine: so no fsync, unless it is measured.
        self.process = subprocess.Popen(
            [*self.as_postgres, self.programs / "postgres", "-D", data, "-p", str(self.port), "-k", self.folder, "-c", "listen_addresses=127.0.0.1",
             "-c", f"fsync={'on' if self.durable else 'off'}", "-c", "max_connections=200"],
            stdin=subprocess.DEVNULL, stdout=(self.folder / "log").open("ab"), stderr=subprocess.STDOUT, cwd="/", start_new_session=True,
        )
        wait_until("PostgreSQL to accept", self.accepts, within=30, every=0.1)
        return self

    def accepts(self) -> bool:
        assert self.process.poll() is None, f"PostgreSQL ended by itself:\n{(self.folder / 'log').read_text()[-2000:]}"
        return self.psql("SELECT 1", check=False).returncode == 0

    def psql(self, sql: str, database: str = "postgres", check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.programs / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-XAtqc", sql],
            check=check, capture_output=True, text=True,
        )

    def new_database(self, name: str) -> str:
        """Creates a database and returns its URL."""
        self.count += 1
        name = f"t{self.count}_{re.sub('[^a-z0-9]+', '_', name.lower())}"[:60]
        self.psql(f"CREATE DATABASE {name}")
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        self.psql(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def kill(self) -> None:
        """kill -9 of the server and all its processes; start() then recovers from the log.

        Each of its processes is in a session of its own, so a signal to the group reaches the first alone; and the next server refuses to
        start as long as one of the others lives."""
        first = self.process.pid
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            os.kill(first, signal.SIGSTOP)  # it starts no other process meanwhile
        children = pathlib.Path(f"/proc/{first}/task/{first}/children")
        pids = [first, *map(int, children.read_text().split() if children.exists() else [])]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        wait_until("PostgreSQL's processes to be gone", lambda: not any(is_alive(pid) for pid in pids), within=10)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
