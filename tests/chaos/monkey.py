"""Chooses what breaks next. All choices follow from the seed; a fault is counted where its effect is seen, not where it is chosen."""

import math
import pathlib
import random
import signal
import threading
import time
from collections.abc import Callable

from chaos.proxy import REQUEST_FAULTS
from chaos.world import World

AIMS = [("claim", "before"), ("claim", "after"), ("running", "before"), ("running", "after"), ("log", "before"), ("log", "after"),
        ("finish", "before"), ("finish", "after")]
REQUEST_FAULT_RATE = 0.01  # of each kind, of each request
AGENT_KILLS, POSTGRES_KILLS, AIMED = 0.5, 0.15, 0.7  # of all kills; of those of the server
KILL_PAUSE, FAULT_PAUSE = (1, 8), (2, 12)  # seconds at scale 1
FULL_KILLS = 200  # a run of so many, with JOBS_PER_KILL, has to see every kind of fault strike
JOBS_PER_KILL = 5
CERTAIN = 10  # what was chosen so often in the mean has struck
AIMED_ROUNDS = 3  # what was aimed so often has struck
REQUEST_FAULTS_PER_KILL = 0.4  # of each kind, as seen


class Monkey:
    """One thread: due repairs first, then the next fault. A kill is one of server, agent and database; the rest comes between."""

    def __init__(self, world: World, seed: int, kills: int):
        self.world, self.kills_wanted = world, kills
        self.rng = random.Random(f"{seed}/monkey")
        self.repairs: list[tuple[float, Callable[[], None]]] = []
        self.down: set[str] = set()  # what is killed or stopped and not yet back
        self.kills = 0
        self.aims: list[tuple[str, str, str]] = []  # the rest of a shuffled round: each comes as often as the others
        self.failure: BaseException | None = None
        self.starting: threading.Thread | None = None
        self.stopping = threading.Event()
        for number, agent in enumerate(world.agents):
            agent.link.rates = {fault: REQUEST_FAULT_RATE for fault in REQUEST_FAULTS}
            agent.link.transparent = number % 3 != 2  # every third agent's proxy is seen
        self.plain = [self.stop_agent, self.stop_server, self.partition, self.one_way, self.disconnect_viewers]
        self.plain += [self.fill_disk] if world.mounted else []
        self.plain += [self.cut_database, self.cut_commit, self.stall_database, self.terminate_backends] if world.postgres else []
        self.plain += [self.jump_clock] if world.clock else []
        self.thread = threading.Thread(target=self.run, daemon=True)

    def expected(self) -> dict[str, int]:
        """The kinds of faults, each with the number of kills (JOBS_PER_KILL jobs for each) after which it must have been seen to strike."""
        server_kills = 1 - AGENT_KILLS - (POSTGRES_KILLS if self.world.postgres else 0)
        plain = sum(KILL_PAUSE) / sum(FAULT_PAUSE) / len(self.plain)
        kinds = ["stop agent", "stop server", "partition", "disconnect"]
        kinds += ["disk full"] if self.world.mounted else []
        kinds += ["cut_in_commit", "stall database", "terminate backend"] if self.world.postgres else []
        kinds += ["clock jump"] if self.world.clock else []
        per_kill = {"kill agent": AGENT_KILLS, "kill server": server_kills * (1 - AIMED), **dict.fromkeys(kinds, plain),
                    **dict.fromkeys(["one_way_up", "one_way_down"], plain / 2), "reorder": REQUEST_FAULTS_PER_KILL,
                    **{fault: REQUEST_FAULTS_PER_KILL for fault in REQUEST_FAULTS if fault != "late"}}
        per_kill |= {"kill postgres": POSTGRES_KILLS} if self.world.postgres else {}
        aimed = [f"kill {victim} {point} {kind}" for kind, point in AIMS for victim in ("agent", "server")]
        needed = {kind: CERTAIN / times for kind, times in per_kill.items()}
        needed |= {kind: AIMED_ROUNDS * len(aimed) / (server_kills * AIMED) for kind in aimed}
        return {kind: min(FULL_KILLS, math.ceil(kills)) for kind, kills in needed.items()}

    def later(self, low: float, high: float, repair: Callable[[], None]) -> None:
        """In so many seconds at scale 1."""
        self.repairs.append((time.monotonic() + self.rng.uniform(low, high) * self.world.scale, repair))

    def struck(self, fault: str, victim: str) -> None:
        self.world.history.add("fault", fault=fault, victim=victim)

    def run(self) -> None:
        try:
            next_kill = next_fault = time.monotonic() + 1
            while not self.stopping.is_set():
                now = time.monotonic()
                for due in [repair for repair in self.repairs if repair[0] <= now]:
                    self.repairs.remove(due)
                    due[1]()
                self.notice_the_dead()
                if now >= next_kill and self.kills < self.kills_wanted:
                    self.kill_something()
                    next_kill = time.monotonic() + self.rng.uniform(*KILL_PAUSE) * self.world.scale
                if now >= next_fault:
                    self.rng.choice(self.plain)()
                    next_fault = time.monotonic() + self.rng.uniform(*FAULT_PAUSE) * self.world.scale
                self.stopping.wait(0.01)
        except BaseException as failure:  # noqa: BLE001: the run reports it, whatever it is
            self.failure = failure

    def calm(self) -> None:
        """No new faults; everything that is broken is repaired."""
        self.stopping.set()
        self.thread.join(90)
        for agent in self.world.agents:
            agent.link.rates = {}
            agent.link.traps.clear()
        for _, repair in sorted(self.repairs, key=lambda repair: repair[0]):
            repair()
        self.repairs.clear()
        if self.starting:
            self.starting.join(90)
        if self.failure:
            raise self.failure
        for agent in self.world.agents:
            if not agent.program.running():
                self.world.start_agent(agent)
        if not self.world.server.program.running():
            self.world.start_server()

    def end(self) -> None:
        """Nothing breaks and nothing is started any more; what is broken stays so."""
        self.stopping.set()
        self.world.over.set()
        if self.thread.is_alive():
            self.thread.join(90)
        if self.starting:
            self.starting.join(90)

    # Kills

    def kill_something(self) -> None:
        roll = self.rng.random()
        if self.world.postgres and roll < POSTGRES_KILLS:
            self.kill_postgres()
        elif roll < 1 - AGENT_KILLS:
            self.aim() if self.rng.random() < AIMED else self.killed_server(self.world.kill_server())
        else:
            agent = self.rng.choice(self.world.agents)
            self.killed_agent(agent, self.world.kill_agent(agent))

    def notice_the_dead(self) -> None:
        """What a trap has killed meanwhile, and agents that ended by themselves, come back."""
        if "server" not in self.down and not self.world.server.program.running():
            self.killed_server(self.world.server.program.process.returncode == -signal.SIGKILL)
        for agent in self.world.agents:
            if agent.name not in self.down and not agent.program.running():
                self.killed_agent(agent, agent.program.process.returncode == -signal.SIGKILL)

    def killed_server(self, struck: bool) -> None:
        if "server" not in self.down and not self.world.server.program.running():
            self.kills += struck
            self.down.add("server")
            self.later(0, 5, self.start_server)

    def start_server(self) -> None:
        """On a thread of its own: the server may have to wait for a database that is still to be repaired."""

        def start() -> None:
            try:
                if not self.world.server.program.running():
                    self.world.start_server()
                self.down.discard("server")
            except AssertionError as failure:
                self.failure = failure

        self.starting = threading.Thread(target=start, daemon=True)
        self.starting.start()

    def killed_agent(self, agent, struck: bool) -> None:
        if agent.name not in self.down:
            self.kills += struck
            self.down.add(agent.name)
            self.later(0, 15, lambda: self.start_agent(agent, wiped=self.rng.random() < 0.1))

    def start_agent(self, agent, wiped: bool) -> None:
        self.down.discard(agent.name)
        if not agent.program.running():
            self.world.start_agent(agent, wiped=wiped)

    def aim(self) -> None:
        """Kills the server or the agent when the next request of a kind passes, before or after the server has answered it."""
        if not self.aims:
            self.aims = [(kind, point, victim) for kind, point in AIMS for victim in ("agent", "server")]
            self.rng.shuffle(self.aims)
        kind, point, victim = self.aims.pop()
        agent = self.rng.choice(self.world.agents)
        if victim == "agent":
            fault, act = f"kill agent {point} {kind}", lambda: self.world.kill_agent(agent, fault)
        else:
            fault, act = f"kill server {point} {kind}", lambda: self.world.kill_server(fault)
        agent.link.traps.append((kind, point, act))

    def kill_postgres(self) -> None:
        if "postgres" not in self.down and self.world.kill_postgres():
            self.kills += 1
            self.down.add("postgres")
            self.later(0, 10, self.start_postgres)

    def start_postgres(self) -> None:
        self.world.postgres.start()
        self.down.discard("postgres")

    # The rest

    def stop_agent(self) -> None:
        self.stop("stop agent", self.rng.choice(self.world.agents), 5, 100)

    def stop_server(self) -> None:
        self.stop("stop server", self.world.server, 1, 20)

    def stop(self, fault: str, owner, low: float, high: float) -> None:
        program = owner.program
        if not program.running():
            return
        program.signal(signal.SIGSTOP)
        state = pathlib.Path(f"/proc/{program.pid}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] in "Tt":
            self.struck(fault, getattr(owner, "name", "server"))
        self.later(low, high, lambda: program.signal(signal.SIGCONT))

    def partition(self) -> None:
        link = self.rng.choice(self.world.agents).link
        self.world.proxy.partition(link, True)
        self.later(1, 100, lambda: self.world.proxy.partition(link, False))

    def one_way(self) -> None:
        direction = self.rng.choice(["up", "down"])
        self.hold(self.rng.choice(self.world.agents).link, direction, f"one_way_{direction}", 5, 60)

    def hold(self, link, direction: str, fault: str, low: float, high: float) -> None:
        self.world.proxy.one_way(link, direction, True, fault)
        self.later(low, high, lambda: self.world.proxy.one_way(link, direction, False, fault))

    def disconnect_viewers(self) -> None:
        self.world.proxy.disconnect(self.world.viewers_link)

    def fill_disk(self) -> None:
        self.world.fill_disk()
        self.later(2, 20, self.world.free_disk)

    def cut_database(self) -> None:
        link = self.world.database_link
        self.world.proxy.partition(link, True)
        self.later(1, 20, lambda: self.world.proxy.partition(link, False))

    def cut_commit(self) -> None:
        self.world.database_link.cut_commits += self.rng.randrange(1, 4)

    def stall_database(self) -> None:
        self.hold(self.world.database_link, self.rng.choice(["up", "down"]), "stall database", 1, 20)

    def terminate_backends(self) -> None:
        sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 't%chaos%' AND pid <> pg_backend_pid()"
        answer = self.world.postgres.psql(sql, check=False)
        if answer.returncode == 0 and int(answer.stdout or 0) > 0:
            self.struck("terminate backend", "database")

    def jump_clock(self) -> None:
        before = self.world.server_date()
        offset = self.rng.choice([-3600, 3600, -7200, 600, 0])
        self.world.clock.write_text(f"{offset:+d}\n")

        def look() -> None:
            after = self.world.server_date()
            if before and after and abs(after - before) > 300:
                self.struck("clock jump", "server")

        self.later(15, 15, look)
