"""From git: the server, its database and the forge end and stall between a push and its last status; webhooks come late, twice, in any order or not at
all. Every push has its run, once, and the forge ends with what the run ended with."""

import collections
import contextlib
import http.client
import random
import threading
import time

import pytest

from chaos.world import World
from support.connected import SETTINGS, Connected, Workplace, pipeline
from support.server import ENDED
from support.wait import wait_until

ON = "{push: , pull_request: }"
FILES = {".open-cicd.yml": pipeline("a: {checkout: false, steps: [{run: 'echo begun; while ! test -e GATE; do sleep 0.02; done'}]}\n"
                                    "b: {needs: a, checkout: false, steps: [{run: 'true'}]}", ON, executor="shell")}
CONTEXTS = ["open-cicd/pipeline/push", "open-cicd/pipeline/push/a", "open-cicd/pipeline/push/b"]


@pytest.fixture(params=["github", "gitlab", "gitea"])
def kind(request):
    return request.param


@pytest.fixture
def new_place(new_world):
    """new_place(database, kind) makes a world with a connected repository; `gate` lets its jobs end, and exists."""
    ends = contextlib.ExitStack()

    def make(database: str, kind: str, poll: str = "1s", **options) -> "Place":
        world = new_world(database, scale=0.1, agents=2, env={**SETTINGS, "OPEN_CICD_GIT_POLL_INTERVAL": poll}, **options)
        workplace = Workplace(world.server)
        ends.callback(workplace.close)
        return Place(world, workplace, kind)

    with ends:
        yield make


class Place:
    """A world and a repository, and the pushes that have to become runs."""

    def __init__(self, world: World, workplace: Workplace, kind: str):
        self.world = world
        self.gate = world.folder / "gate"
        self.gate.touch()
        files = {name: text.replace("GATE", str(self.gate)) for name, text in FILES.items()}
        self.connected: Connected = workplace.connected(kind, files)
        self.forge, self.repository = self.connected.forge, self.connected.repository
        self.pushes: list[str] = []
        self.rng = random.Random("from git")

    def push(self, branch: str | None = None) -> str:
        """To a branch of its own, unless one is named: what a poll sees of a branch is only its tip."""
        number = len(self.pushes)
        self.pushes.append(self.repository.push({"x": str(number)}, branch or f"side{number}"))
        return self.pushes[-1]

    def ask(self, what):
        """what(), again until the server is there."""

        def probe():
            try:
                return [what()]
            except (OSError, http.client.HTTPException):
                return None
            except AssertionError as error:
                if not str(error).startswith("503"):
                    raise
                return None

        return wait_until("the server to answer", probe, within=30)[0]

    def runs(self) -> list[dict]:
        return self.ask(self.connected.runs)

    def revive(self) -> None:
        if not self.world.server.program.running():
            self.world.start_server()
        for agent in self.world.agents:
            if not agent.program.running():
                self.world.start_agent(agent)

    def all_came_to_an_end(self, within: float = 90, overtaken: bool = False) -> None:
        """Every push has one run that succeeded; numbers have no gap; and that is what the forge shows of each. `overtaken`: a forge that is
        slow may read a request after the ones that came later, and is told the last state once more."""
        self.forge.courier.wait(60)

        def missing() -> list[str]:
            ended = {run["sha"] for run in self.runs() if run["state"] in ENDED}
            return [sha for sha in self.pushes if sha not in ended]

        deadline = time.monotonic() + within
        while left := missing():
            assert time.monotonic() < deadline, f"no end of {left}: {self.ask(self.connected.deliveries)}"
            time.sleep(0.1)
        self.ask(self.connected.settled)
        runs = self.runs()
        doubled = {sha: count for sha, count in collections.Counter(run["sha"] for run in runs).items() if count > 1}
        assert not doubled and {run["sha"] for run in runs} == set(self.pushes), doubled
        assert {run["state"] for run in runs} == {"succeeded"}, runs
        assert sorted(run["number"] for run in runs) == list(range(1, len(runs) + 1))
        for sha in self.pushes:
            for context in CONTEXTS:
                self.connected.wait_for_status(sha, context, within=60)
        wait_until("statuses to be quiet", self.is_quiet, within=30, every=0.5)
        for sha in self.pushes:
            for context in CONTEXTS:
                told = self.connected.told(sha, context)
                if overtaken:
                    wait_until(f"{context} to be told again", lambda: self.words(sha, context)[-1] == "success" and  # noqa: B023
                               self.words(sha, context).count("success") > 1, within=30)  # noqa: B023
                    continue
                assert told in (["pending", "success"], ["success"]), (sha, context, told)

    def words(self, sha: str, context: str) -> list[str]:
        return [self.forge.outcome(one) for one in list(self.repository.statuses) if (one.sha, one.context) == (sha, context)]

    def is_quiet(self) -> bool:
        count = len(self.repository.statuses)
        time.sleep(1)
        return count == len(self.repository.statuses)


WEBHOOK, GIT, STATUS = ("webhook", ""), ("GET", "/info/refs"), ("POST", "/statuses/")
# Where the server ends: on its way are then a webhook, the fetch of its commit, or a status.
POINTS = [(WEBHOOK, "before"), (WEBHOOK, "in"), (WEBHOOK, "after"), (GIT, "before"), (GIT, "after"), (STATUS, "before"), (STATUS, "after"),
          (WEBHOOK, "in"), (STATUS, "after")]


def strike(place: Place, point, act) -> None:
    """A push at which something ends, and what it was that ended is back when this returns."""
    (what, pattern), when = point
    struck = threading.Event()

    def hit() -> None:
        act()
        struck.set()

    if what != "webhook":
        place.forge.trap(what, pattern, when, hit)
        place.push()
    elif when == "before":
        hit()
        place.push()
    elif when == "after":
        place.push()
        place.forge.courier.wait()
        hit()
    else:
        threading.Timer(place.rng.uniform(0, 0.004), hit).start()
        place.push()
    if what == "webhook":
        place.forge.courier.wait()
    assert struck.wait(30), f"nothing came to {point}"


def test_the_server_is_killed_between_webhook_and_last_status(new_place, engine_name, kind):
    place = new_place(engine_name, kind)
    place.push()
    for point in POINTS:
        strike(place, point, place.world.kill_server)
        place.revive()
    place.all_came_to_an_end()
    kills = place.world.history.of("fault")
    assert sum(event["fault"] == "kill server" for event in kills) == len(POINTS)


def test_postgresql_is_killed_between_webhook_and_last_status(new_place, kind):
    place = new_place("postgres", kind)

    def end_it() -> None:
        place.world.kill_postgres()
        place.world.postgres.start()

    place.push()
    for point in POINTS:
        strike(place, point, end_it)
        place.revive()
    place.all_came_to_an_end()


def test_the_server_is_killed_again_and_again_under_many_pushes(new_place, engine_name):
    place = new_place(engine_name, "gitea")
    over = threading.Event()

    def monkey() -> None:
        while not over.wait(place.rng.uniform(0.3, 0.9)):
            place.world.kill_server()
            place.world.start_server()

    killer = threading.Thread(target=monkey, daemon=True)
    killer.start()
    for number in range(40):
        place.forge.courier.double(place.rng.randrange(2))
        place.forge.courier.drop(number % 7 == 0)
        place.push()
        time.sleep(place.rng.uniform(0, 0.4))
    over.set()
    killer.join()
    place.forge.courier.drop(0)
    place.revive()
    place.all_came_to_an_end()


def away(forge, name: str) -> None:
    """The forge does not answer as it should, until heal()."""
    if name == "down":
        forge.down()
    elif name == "slow":
        forge.slow(2)
        forge.slow(2, "git")
    elif name == "garbage":
        forge.fail(200)
    elif name == "429":
        forge.too_many(1)
    elif name == "limit":
        forge.used_up(3)
    else:
        forge.fail(int(name))
        forge.fail(int(name), "git")


AWAY = ["down", "slow", "500", "503", "429", "garbage"]


@pytest.mark.parametrize("fault", AWAY)
def test_the_forge_is_away_when_statuses_are_to_be_told(new_place, kind, fault):
    place = new_place("sqlite", kind)
    place.gate.unlink()
    sha = place.push()
    wait_until("it to run", lambda: any(run["state"] == "running" for run in place.runs()), within=30)
    place.connected.wait_for_status(sha, CONTEXTS[0], "pending")
    away(place.forge, fault)
    place.gate.touch()
    wait_until("it to end", lambda: any(run["state"] in ENDED for run in place.runs()), within=30)
    time.sleep(1)  # some tries
    if fault != "slow":
        assert place.connected.told(sha, CONTEXTS[0]) == ["pending"]
    place.world.kill_server()  # what was not told yet is not forgotten
    place.revive()
    place.forge.heal()
    place.all_came_to_an_end(overtaken=fault == "slow")


@pytest.mark.parametrize("fault", AWAY)
def test_the_forge_is_away_when_the_commit_is_to_be_fetched(new_place, kind, fault):
    place = new_place("sqlite", kind)
    if fault == "down":  # a forge that ends after its webhook
        place.forge.trap("GET", "/info/refs", "before", lambda: threading.Thread(target=place.forge.down).start())
    else:
        away(place.forge, fault)
    place.push()
    place.forge.courier.wait()
    time.sleep(1)
    place.forge.heal()
    place.all_came_to_an_end()


def test_githubs_limit_is_waited_for(new_place):
    place = new_place("sqlite", "github", poll="5m")
    place.push()
    place.all_came_to_an_end()
    place.forge.used_up(4)
    begun = time.time()
    place.push()
    wait_until("it to end", lambda: len([run for run in place.runs() if run["state"] in ENDED]) == 2, within=30)
    place.all_came_to_an_end()
    refused = [seen for seen in place.forge.asked("POST", "/statuses/") if seen.status == 403]
    assert refused and len(refused) < 10, "one asks again when the limit is over, not before"
    assert all(seen.at - begun < 3 for seen in refused)
    place.forge.too_fast(3, times=1)
    place.push()
    place.all_came_to_an_end()
    posts = place.forge.asked("POST", "/statuses/")
    first = next(at for at, seen in enumerate(posts) if seen.status == 403 and seen not in refused)
    assert all(seen.at - posts[first].at >= 2.5 for seen in posts[first + 1:]), "who is too fast is silent for as long as he is told"


@pytest.mark.parametrize("poll", ["500ms", "5m"])
def test_webhooks_come_late_twice_and_in_any_order(new_place, engine_name, kind, poll):
    place = new_place(engine_name, kind, poll=poll)
    for _ in range(4):
        place.forge.courier.hold()
        for number in range(6):
            place.push(f"side{number % 3}")
            if poll != "5m":
                time.sleep(place.rng.uniform(0, 0.3))
        wait = 0.0 if poll == "5m" else 1.0
        time.sleep(wait)  # polls are first

        def shuffled(held):
            sent = [*held, *place.rng.sample(held, len(held) // 2)]
            place.rng.shuffle(sent)
            return sent

        place.forge.courier.release(shuffled)
        place.forge.courier.wait()
    place.all_came_to_an_end()


def test_an_older_commits_late_end_changes_nothing_of_a_newer_one(new_place, kind):
    """Two runs of one commit: what the newer one says is what stays."""
    place = new_place("sqlite", kind)
    place.gate.unlink()
    sha = place.push("side")
    wait_until("it to run", lambda: any(run["state"] == "running" for run in place.runs()), within=30)
    delivery = next(one for one in place.ask(place.connected.deliveries) if one["runs"])
    place.world.api.post(f"{place.connected.path}/deliveries/{delivery['id']}/redeliver").expect(202)
    wait_until("two runs", lambda: len(place.runs()) == 2, within=30)
    newer, older = place.runs()
    place.world.api.post(f"/api/v1/runs/{newer['id']}/cancel").expect(202)
    wait_until("the newer one to end", lambda: place.connected.run(newer["id"])["state"] in ENDED, within=30)
    place.gate.touch()
    wait_until("the older one to end", lambda: place.connected.run(older["id"])["state"] == "succeeded", within=30)
    wait_until("statuses to be quiet", place.is_quiet, within=30, every=0.5)
    assert place.connected.told(sha, CONTEXTS[0])[-1] in ("failure", "error"), place.connected.told(sha, CONTEXTS[0])
