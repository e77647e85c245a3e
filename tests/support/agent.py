"""A real agent with a work folder of its own."""

import pathlib

from support.process import MARK, PROGRAMS, Program
from support.server import Server
from support.wait import wait_until


class Agent:
    """`url` is where it reaches the server, if not directly."""

    def __init__(self, server: Server, name: str, *arguments: str, executors: str = "shell", url: str | None = None,
                 token_file: pathlib.Path | None = None, env: dict[str, str] | None = None):
        self.server = server
        self.name = name
        self.folder = server.folder / name
        self.folder.mkdir(exist_ok=True)
        self.work_dir = self.folder / "work"
        self.program = Program(
            [PROGRAMS / "open-cicd-agent", "--server", url or server.url, "--token-file", token_file or server.data / "registration.token",
             "--name", name, "--executors", executors, "--work-dir", self.work_dir, *arguments],
            self.folder / "agent.log",
            {MARK: server.mark, **(env or {})},
        )

    def start(self, *, wait: bool = True) -> "Agent":
        self.program.start()
        if wait:
            wait_until(f"agent {self.name} to be listed as idle", lambda: self.state() == "idle", within=30)
        return self

    def listed(self) -> dict | None:
        """Its newest entry in the list of agents."""
        mine = [agent for agent in self.server.agents() if agent["name"] == self.name]
        return mine[-1] if mine else None

    def state(self) -> str | None:
        assert self.program.running(), f"the agent ended:\n{self.program.text()[-3000:]}"
        listed = self.listed()
        return listed["state"] if listed else None

    def kill(self) -> None:
        self.program.kill()

    def stop(self, within: float = 30) -> int:
        return self.program.stop(within)

