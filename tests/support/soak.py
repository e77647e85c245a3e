"""What a long time does to a server: dev/bench soak and R21 (tests/chaos) bring the jobs, this kills agents and looks at the server meanwhile."""

import random
import threading
import time

from support.agent import Agent
from support.process import descriptors, memory_mib
from support.server import Server


class Soak:
    """While its `with` lasts, a thread kills an agent now and then, which starts at once again, and samples the server, which has to stay one
    process."""

    def __init__(self, server: Server, agents: list[Agent], *, kill_every_s: float, sample_every_s: float):
        self.pid, self.agents = server.program.pid, agents
        self.kill_every_s, self.sample_every_s = kill_every_s, sample_every_s
        self.memory: list[tuple[float, float]] = []  # when (monotonic, in seconds), MiB
        self.files: list[tuple[float, int]] = []  # when, open descriptors
        self.kills = 0
        self.chance = random.Random(11)
        self.stopping = threading.Event()
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        try:
            next_kill = time.monotonic() + self.kill_every_s
            while not self.stopping.is_set():
                now = time.monotonic()
                self.memory.append((now, memory_mib(self.pid)))
                self.files.append((now, descriptors(self.pid)))
                if now > next_kill:
                    victim = self.chance.choice(self.agents)
                    victim.kill()
                    victim.start(wait=False)
                    self.kills, next_kill = self.kills + 1, now + self.kill_every_s
                self.stopping.wait(self.sample_every_s)
        except BaseException as failure:  # noqa: BLE001: the end of `with` reports it
            self.failure = failure

    def __enter__(self) -> "Soak":
        self.thread.start()
        return self

    def __exit__(self, kind, *_) -> None:
        self.stopping.set()
        self.thread.join()
        if self.failure and not kind:
            raise self.failure
