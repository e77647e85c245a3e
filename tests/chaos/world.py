"""The programs of a chaos run: one server, its database, its agents behind fault proxies; each can be killed and comes back."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from email.utils import parsedate_to_datetime

from chaos.history import History
from chaos.proxy import Link, Proxy
from support import leftovers
from support.agent import Agent
from support.api import Api
from support.postgres import Postgres
from support.process import PROGRAMS, Program
from support.server import Server, scaled_protocol
from support.wait import wait_until

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


def cgroups(agent_id: str) -> list[str]:
    """The control groups of an agent's jobs, wherever this system has them. (Of an agent that lost its identity, any later agent on
    the machine removes the empty groups, after some minutes.)"""
    # os.walk passes over groups that vanish meanwhile, those of another run for example.
    return [os.path.join(folder, name) for folder, names, _ in os.walk("/sys/fs/cgroup") for name in names
            if agent_id and name.startswith(f"open-cicd.{agent_id}")]


class World:
    def __init__(self, *, database: str, seed: int, scale: float, agents: int, executors: str = "shell,sandbox", clock: bool = False,
                 disk_mb: int = 0, env: dict[str, str] | None = None):
        assert not clock or FAKETIME.exists(), "libfaketime is not installed: run dev/install chaos"
        self.scale, self.seed, self.executors, self.env = scale, seed, executors, env or {}
        self.mark = f"open-cicd-chaos-{uuid.uuid4().hex[:12]}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="open-cicd-chaos-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.witness = self.folder / "witness"
        self.history = History(self.folder / "history.jsonl")
        self.proxy = Proxy(self.history, scale, seed)
        self.disk = self.folder / "data"
        self.disk.mkdir()
        self.mounted = bool(disk_mb) and os.getuid() == 0
        self.clock = self.folder / "clock" if clock else None
        self.postgres = Postgres() if database == "postgres" else None
        self.database_link: Link | None = None
        self.server: Server | None = None
        self.agents: list[Agent] = []
        self.seconds_to_ready: list[float] = []
        self.over = threading.Event()  # the server is not started again
        try:
            self.start(agents, disk_mb)
        except BaseException:
            self.destroy(keep=False)
            raise

    def start(self, agents: int, disk_mb: int) -> None:
        if self.mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={disk_mb}m", "tmpfs", self.disk], check=True)
        url = None
        if self.postgres:
            self.postgres.start()
            self.database_link = self.proxy.link("database", lambda: self.postgres.port, http=False)
            url = self.postgres.new_database("chaos").replace(f":{self.postgres.port}/", f":{self.database_link.port}/")
        self.server = Server(self.folder, self.mark, url, {**scaled_protocol(self.scale), **self.clock_environment(), **self.env})
        self.server.start()
        self.viewers_link = self.proxy.link("viewers", self.server_port)
        for number in range(1, agents + 1):
            self.agents.append(self.new_agent(f"a{number}"))

    def server_port(self) -> int:
        return int(self.server.listen.rsplit(":", 1)[1])

    def clock_environment(self) -> dict[str, str]:
        if not self.clock:
            return {}
        self.clock.write_text("+0\n")
        return {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def new_agent(self, name: str, env: dict[str, str] | None = None) -> Agent:
        link = self.proxy.link(name, self.server_port)
        scaled = {"--request-timeout": 30, "--stop-grace": 10, "--retry-max": 30}
        times = [word for flag, seconds in scaled.items() for word in (flag, f"{max(100, int(seconds * 1000 * self.scale))}ms")]
        agent = Agent(self.server, name, *times, executors=self.executors, url=f"http://127.0.0.1:{link.port}", env=env)
        agent.link = link
        return agent.start(wait=False)

    @property
    def api(self) -> Api:
        return self.server.admin

    def viewer_api(self) -> Api:
        return Api(f"http://127.0.0.1:{self.viewers_link.port}", self.server.token("admin"))

    def ready(self) -> bool:
        try:
            return Api(self.server.url).get("/readyz", timeout=5).status == 200
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def server_date(self) -> float | None:
        """The time of day as the server has it; None while it is away."""
        try:
            date = Api(self.server.url).get("/healthz", timeout=2).headers.get("date")
            return parsedate_to_datetime(date).timestamp() if date else None
        except (OSError, ValueError, http.client.HTTPException):
            return None

    # Kills; each is true if the process really died of it.

    def kill(self, program: Program, fault: str, victim: str, **facts) -> bool:
        if not program.running():
            return False
        program.signal(signal.SIGKILL)
        if program.process.wait(10) != -signal.SIGKILL:  # it had ended by itself
            return False
        self.history.add("fault", fault=fault, victim=victim, **facts)
        return True

    def kill_agent(self, agent: Agent, fault: str = "kill agent") -> bool:
        lease = agent.link.recorder.lease or ("", 0)
        return self.kill(agent.program, fault, agent.name, job=lease[0], attempt=lease[1])

    def kill_server(self, fault: str = "kill server") -> bool:
        return self.kill(self.server.program, fault, "server")

    def kill_postgres(self) -> bool:
        self.postgres.kill()
        self.history.add("fault", fault="kill postgres", victim="postgres")
        return True

    def start_server(self, within: float = 60) -> None:
        """As a service manager would: again when it ends. Notes how long it took until it answered."""
        begun = time.monotonic()
        self.server.program = Program(self.server.arguments(), self.folder / "server.log", self.server.env)
        self.server.program.start()

        def up() -> bool:
            assert not self.over.is_set(), "the run is over"
            if not self.server.program.running():
                self.server.program.start()
            return self.ready()

        wait_until("the server to be ready", up, within)
        self.seconds_to_ready.append(time.monotonic() - begun)
        self.history.add("ready", server="server", seconds=round(self.seconds_to_ready[-1], 3))

    def start_agent(self, agent: Agent, *, wiped: bool = False) -> None:
        if wiped:
            shutil.rmtree(agent.work_dir, ignore_errors=True)
        agent.start(wait=False)

    def fill_disk(self) -> bool:
        """Until not a byte is left."""
        try:
            with (self.disk / "ballast").open("wb", buffering=0) as file:
                while file.write(b"\0" * (1 << 16)):
                    pass
        except OSError:
            self.history.add("fault", fault="disk full", victim="server")
            return True
        return False

    def free_disk(self) -> None:
        (self.disk / "ballast").unlink(missing_ok=True)

    # The end

    def stop_programs(self) -> list[str]:
        """Asks everything to end and says what does not, or is left."""
        problems = []
        for agent in self.agents:
            agent.program.signal(signal.SIGCONT)
            agent.program.signal(signal.SIGTERM)
        for agent in self.agents:
            try:
                agent.program.wait(20)
            except AssertionError:
                problems.append(f"agent {agent.name} did not end on SIGTERM")
                agent.kill()
        try:
            if (code := self.server.stop()) != 0:
                problems.append(f"the server ended with {code}")
        except AssertionError:
            problems.append("the server did not end on SIGTERM")
        try:
            wait_until("no process to be left", lambda: not leftovers.processes(self.mark), within=5)
        except AssertionError:
            problems += leftovers.processes(self.mark)
        problems += [group for agent in self.agents for group in cgroups(agent.link.recorder.agent_id)]
        problems += [mount for mount in leftovers.mounts(self.folder) if mount != str(self.disk)]
        return problems

    def destroy(self, keep: bool) -> None:
        """Kills everything, also in a world that is only half made. No thread may start anything any more."""
        with contextlib.ExitStack() as ends:  # the last one first, and each whatever becomes of the others
            ends.callback(self.remove_folder, keep)
            if self.postgres:
                ends.callback(self.postgres.stop)
            ends.callback(self.history.close)
            ends.callback(self.proxy.stop)
            ends.callback(leftovers.kill, self.mark)
            programs = [agent.program for agent in self.agents] + ([self.server.program] if self.server and self.server.program else [])
            for program in programs:
                ends.callback(program.kill)

    def remove_folder(self, keep: bool) -> None:
        if self.mounted and keep:
            shutil.copytree(self.disk, self.folder / "data-kept", ignore=shutil.ignore_patterns("ballast"))
        if self.mounted:
            subprocess.run(["umount", "--lazy", self.disk], check=False)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
