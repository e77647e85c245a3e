"""Runs: server and agents are killed under a pipeline again and again, at what they say to each other, and every job ends as its file
says, in its order, once."""

import collections
import http.client
import itertools
import json
import pathlib
import random
import threading
import uuid

import pytest

from chaos.world import World
from support.agent import Agent
from support.api import Answer
from support.process import MARK
from support.server import ENDED
from support.wait import wait_until

# What a job does: its first and its last line in the witness stand for its begin and end. A file is appended to in one order for all.
WORK = """#!/bin/sh -e
echo "begin $CI_JOB $CI_ATTEMPT" >>"$WITNESS"
echo "$*"
sleep "${PAUSE:-0.1}"
echo "end $CI_JOB $CI_ATTEMPT" >>"$WITNESS"
"""

PIPELINE = """
on: [api]
defaults: {executor: shell, checkout: false, retry: {max: 10, on: [agent_lost]}}
jobs:
  version:
    outputs: [version]
    steps: [{run: '$WORK; echo "version=1.7" >> "$CI_OUTPUT"'}]
  flaky:
    allow_failure: true
    steps: [{run: $WORK; exit 7}]
  never:
    if: git.branch == 'release'
    steps: [{run: $WORK}]
  again:
    retry: {max: 10, on: [agent_lost, exit], exit_codes: [75]}
    steps: [{run: '$WORK; test $CI_ATTEMPT -gt 1 || exit 75'}]
  slow:
    matrix: {part: [1, 2, 3]}
    env: {PAUSE: 0.6}
    steps: [{run: $WORK}]
  build:
    needs: version
    matrix: {os: [a, b, c], mode: [x, y, z], max_parallel: 4}
    env: {VERSION: "${{ needs.version.outputs.version }}", LEG: "${{ matrix.os }}${{ matrix.mode }}"}
    steps: [{run: $WORK $LEG of $VERSION}]
  test:
    needs: build
    matrix: {suite: [1, 2, 3, 4]}
    steps: [{run: $WORK}]
  pack:
    needs: [test, version]
    outputs: [name]
    env: {VERSION: "${{ needs.version.outputs.version }}"}
    steps: [{run: '$WORK; echo "name=pack-$VERSION" >> "$CI_OUTPUT"'}]
  deploy:
    needs: pack
    matrix: {target: [staging, prod]}
    concurrency: place
    env: {NAME: "${{ needs.pack.outputs.name }}"}
    steps: [{run: $WORK $NAME}]
  bad:
    needs: [again, flaky, never]
    steps: [{run: '$WORK; test -e $GATE || exit 3'}]
  behind:
    needs: bad
    matrix: {part: [1, 2, 3]}
    steps: [{run: $WORK}]
  far_behind:
    needs: behind
    steps: [{run: $WORK}]
  report:
    needs: bad
    if: failure()
    steps: [{run: $WORK}]
  clean:
    needs: [far_behind, report, deploy, slow]
    if: always()
    steps: [{run: $WORK}]
"""


def legs(job: str, *axes) -> list[str]:
    return [f"{job} ({', '.join(values)})" for values in itertools.product(*axes)]


BUILD, TEST, DEPLOY = legs("build", "abc", "xyz"), legs("test", "1234"), legs("deploy", ["staging", "prod"])
SLOW, BEHIND = legs("slow", "123"), legs("behind", "123")
KEPT = {**dict.fromkeys(["version", "again", *SLOW, *BUILD, *TEST, "pack", *DEPLOY], "succeeded"), "never": "skipped"}
FIRST = {**KEPT, "flaky": "failed", "bad": "failed", **dict.fromkeys([*BEHIND, "far_behind"], "skipped"), "report": "succeeded",
         "clean": "succeeded"}
SECOND = {**KEPT, "flaky": "failed", "bad": "succeeded", **dict.fromkeys([*BEHIND, "far_behind"], "succeeded"), "report": "skipped",
          "clean": "succeeded"}
assert len(FIRST) == len(SECOND) == 30

# Who is killed when such a request passes; "in" is a moment after it was handed over, before or after its commit.
FAULTS = [("server", "finish", "in"), ("agent", "claim", "after"), ("server", "finish", "after"), ("agent", "finish", "before"),
          ("server", "claim", "in"), ("agent", "finish", "after"), ("server", "finish", "in"), ("agent", "running", "after"),
          ("server", "finish", "before"), ("server", "finish", "in")]
AGAIN = [("server", "finish", "in"), ("agent", "claim", "after"), ("server", "finish", "after")]
IN_SECONDS = 0.004  # of a request's own time


class Runs:
    """One run in a world, and what is known of it whatever happens."""

    def __init__(self, world: World, pipeline: str):
        self.world = world
        self.gate = world.folder / "gate"
        work = world.folder / "work.sh"
        work.write_text(WORK)
        work.chmod(0o755)
        env = {MARK: world.mark, "WITNESS": str(world.witness), "WORK": str(work), "GATE": str(self.gate)}
        self.rng = random.Random("runs")
        self.id = self.submit(f"env: {json.dumps(env)}\n{pipeline}".encode())
        self.path = f"/api/v1/runs/{self.id}"
        self.seen: dict[str, str] = {}  # ends, by the job's id
        self.known: set[str] = set()  # the ids of all its jobs

    def submit(self, text: bytes) -> str:
        """The server dies under the request until it is answered, and once more. Whoever asks again with the same key gets the same run."""
        request = ("/api/v1/runs", text, {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/yaml"})
        self.killing("in", *request)
        answer = self.killing("after", *request).expect(200, 201)
        again = self.world.api.request("POST", *request).expect(200, 201)
        assert [one["id"] for one in self.world.api.get("/api/v1/runs").expect(200).json["runs"]] == [answer.json["id"]] == [again.json["id"]]
        return answer.json["id"]

    def killing(self, point: str, path: str, body=None, headers=None) -> Answer | None:
        """What came of a request at which the server was killed; it is back."""
        self.world.viewers_link.traps = [self.when("other", point, self.world.kill_server)]
        try:
            answer = self.world.viewer_api().request("POST", path, body, headers)
        except (OSError, http.client.HTTPException):
            answer = None
        wait_until("the server to be killed", lambda: not self.world.server.program.running(), within=10)
        self.world.start_server()
        return answer

    def when(self, kind: str, point: str, act) -> tuple:
        """A trap. "in" is a moment after "before"."""
        if point != "in":
            return kind, point, act
        return kind, "before", lambda: threading.Timer(self.rng.uniform(0, IN_SECONDS), act).start()

    def look(self) -> dict | None:
        """The run as the server has it now, if it is there; and it is consistent in itself."""
        try:
            answer = self.world.api.get(self.path)
        except (OSError, http.client.HTTPException):
            return None
        if answer.status == 503:
            return None
        run = answer.expect(200).json
        states = collections.defaultdict(set)
        for job in run["jobs"]:
            states[name_of(job)].add(job["state"])
            if job["state"] in ENDED:
                assert self.seen.setdefault(job["id"], job["state"]) == job["state"], f"{job} had ended as {self.seen[job['id']]}"
            else:
                assert job["id"] not in self.seen, f"{job} had ended as {self.seen[job['id']]}"
        everything = {job["state"] for job in run["jobs"]}
        assert (everything <= ENDED) == (run["state"] in ENDED), f"the run is {run['state']}, its jobs {everything}"
        for job in run["jobs"]:
            if job["state"] in ("queued", "assigned", "running"):
                assert all(states[need] <= ENDED for need in job["needs"]), f"{job} did not wait"
        return run

    def state(self) -> str | None:
        run = self.look()
        return run and run["state"]

    def jobs(self, query: str = "") -> dict[str, dict]:
        return {job["key"]: job for job in self.world.api.get(self.path + query).expect(200).json["jobs"]}

    def trap(self, victim: str, kind: str, point: str) -> threading.Event:
        """Set once the next request of that kind has killed its victim."""
        struck = threading.Event()
        links = [agent.link for agent in self.world.agents]

        def strike(agent: Agent) -> None:
            for link in links:
                link.traps = []
            fault = f"kill {victim} {point} {kind}"
            if self.world.kill_agent(agent, fault) if victim == "agent" else self.world.kill_server(fault):
                struck.set()

        for agent in self.world.agents:
            agent.link.traps = [self.when(kind, point, lambda agent=agent: strike(agent))]
        return struck

    def survive(self, faults: list[tuple[str, str, str]]) -> None:
        """Each fault strikes, and what it killed comes back."""
        for fault in faults:
            struck = self.trap(*fault)
            wait_until(f"{fault} to strike before the run's end", lambda: struck.is_set() or self.state() in ENDED, within=30)  # noqa: B023
            assert struck.is_set(), f"the run ended before {fault}"
            self.revive()

    def revive(self) -> None:
        if not self.world.server.program.running():
            self.world.start_server()
        for agent in self.world.agents:
            if not agent.program.running():
                self.world.start_agent(agent)

    def end(self, state: str, jobs: dict[str, str]) -> dict[str, dict]:
        """The jobs of the run once it has ended as it should."""
        wait_until("the run to end", lambda: self.state() in ENDED, within=60)
        run = self.look()
        shown = {job["key"]: job for job in run["jobs"]}
        assert {key: job["state"] for key, job in shown.items()} == jobs
        assert run["state"] == state == roll_up(run["jobs"])
        return shown


def name_of(job: dict) -> str:
    return job["key"].split(" (")[0]


def roll_up(jobs: list[dict]) -> str:
    """What a run is, by the ends of its jobs."""
    states = {job["state"] for job in jobs if not job["warning"]}
    for state, causes in {"failed": {"failed", "timed_out", "lost"}, "cancelled": {"cancelled"}}.items():
        if states & causes:
            return state
    return "skipped" if states == {"skipped"} and not any(job["warning"] for job in jobs) else "succeeded"


def code(job: dict) -> str | None:
    return job["reason"] and job["reason"]["code"]


def lines_of(witness: pathlib.Path) -> list[tuple[str, str, int]]:
    words = [line.split() for line in witness.read_text().splitlines()]
    return [(what, job, int(attempt)) for what, job, attempt in words]


def ran_once_and_in_order(run: Runs, jobs: dict[str, dict]) -> None:
    """`jobs` are those of one round as it stood at its end; all that wrote anything is among them or of a round before."""
    lines = lines_of(run.world.witness)
    assert len(lines) == len(set(lines)), "an attempt ran twice"
    wrote = collections.defaultdict(list)  # by the job's id: where its lines are
    for at, (_, job, _) in enumerate(lines):
        wrote[job].append(at)
    lost = collections.Counter()
    for key, job in jobs.items():
        attempts = run.world.server.job(job["id"])["attempts"]
        for attempt in attempts[:-1]:
            if attempt["state"] in ("lost", "released"):
                lost[attempt["agent"]] += 1
            else:
                assert (key, attempt["state"], attempt["exit_code"]) == ("again", "failed", 75), f"{key} went on after {attempt}"
        last = [(what, job["id"], len(attempts)) for what in ("begin", "end")]
        whole = [line in lines for line in last] if job["state"] != "cancelled" else []
        assert all(there == bool(attempts) for there in whole), f"{key} has the attempts {attempts}, not those that ran"
        for need in jobs.values():
            if attempts and name_of(need) in job["needs"]:
                assert need["finished_at"] <= job["started_at"], f"{key} began before {need['key']} had ended"
                if wrote[need["id"]]:
                    assert max(wrote[need["id"]]) < min(wrote[job["id"]]), f"{key} began before {need['key']} wrote its last line"
    kills = collections.Counter(event["victim"] for event in run.world.history.of("fault"))
    assert all(count <= kills[agent] for agent, count in lost.items()), f"attempts lost: {lost}, killed: {kills}"
    run.known |= {job["id"] for job in jobs.values()}
    assert set(wrote) <= run.known, "something ran that is no job of the run"


def one_at_a_time(run: Runs, jobs: list[dict]) -> None:
    """Their attempts that came to their ends did not overlap."""
    ids = {job["id"] for job in jobs}
    lines = lines_of(run.world.witness)
    ended = {(job, attempt) for what, job, attempt in lines if what == "end"}
    turns = [(job, attempt) for _, job, attempt in lines if job in ids and (job, attempt) in ended]
    assert turns[0::2] == turns[1::2], turns


def running(run: Runs) -> set[str]:
    """The ids of its long jobs that have begun to work."""
    long = {job["id"] for job in run.jobs().values() if name_of(job) == "long"}
    return {job for _, job, _ in lines_of(run.world.witness)} & long if run.world.witness.exists() else set()


def shows(world: World, key: str, text: str) -> None:
    lines = world.server.cli("run", "show", "1").stdout.decode().splitlines()
    assert any(line.startswith(key) and text in line for line in lines), lines


def test_every_job_ends_as_its_file_says(new_world, engine_name):
    world = new_world(engine_name, scale=0.1, agents=3)
    run = Runs(world, PIPELINE)
    run.survive(FAULTS)
    first = run.end("failed", FIRST)
    ran_once_and_in_order(run, first)
    one_at_a_time(run, [first[key] for key in DEPLOY])
    assert first["again"]["attempts"] > 1 and first["flaky"]["warning"]
    assert {key: code(job) for key, job in first.items() if job["state"] != "succeeded"} == {
        "never": "skipped_condition", "flaky": "step_failed", "bad": "step_failed",
        **dict.fromkeys([*BEHIND, "far_behind"], "skipped_need")}
    assert all(first[key]["reason"]["facts"] == {"job": "bad", "result": "failed"} for key in BEHIND)
    assert first["far_behind"]["reason"]["facts"] == {"job": "behind", "result": "skipped"}
    shows(world, "never", "its condition was false: git.branch == 'release'")
    shows(world, "behind (2)", "bad, which it needs, failed")
    shows(world, "far_behind", "behind, which it needs, was skipped")
    assert world.server.log(first["build (b, y)"]["id"]) == b"by of 1.7\n"
    assert world.server.log(first["deploy (prod)"]["id"]) == b"pack-1.7\n"

    run.gate.touch()
    wrote = len(lines_of(world.witness))
    assert world.server.cli("run", "rerun", "1", "--failed").returncode == 0
    run.survive(AGAIN)
    second = run.end("succeeded", SECOND)
    ran_once_and_in_order(run, second)
    assert all(second[key]["id"] == first[key]["id"] and second[key]["round"] == 1 for key in KEPT), "what succeeded was repeated"
    assert all(job["round"] == 2 for key, job in second.items() if key not in KEPT), "what had to be repeated was not"
    assert not {job for _, job, _ in lines_of(world.witness)[wrote:]} & {job["id"] for job in first.values()}
    assert code(second["report"]) == "skipped_condition"
    shows(world, "pack", "from round 1")
    before = run.jobs("?round=1")
    assert {key: job["state"] for key, job in before.items()} == FIRST


CANCELLED = """
on: [api]
defaults: {executor: shell, checkout: false, retry: {max: 10, on: [agent_lost]}}
jobs:
  quick: {steps: [{run: $WORK}]}
  long:
    needs: quick
    matrix: {part: [1, 2, 3, 4]}
    steps:
      - {run: PAUSE=600 $WORK}
  next: {needs: long, steps: [{run: $WORK}]}
  clean: {needs: [long, next], if: always(), steps: [{run: $WORK}]}
  told: {needs: long, if: cancelled(), steps: [{run: $WORK}]}
  far: {needs: clean, if: always(), steps: [{run: $WORK}]}
"""


@pytest.mark.parametrize("point", ["before", "in", "after"])
def test_a_run_is_cancelled_under_a_kill(new_world, engine_name, point):
    world = new_world(engine_name, scale=0.1, agents=2)
    run = Runs(world, CANCELLED)
    wait_until("two jobs to run for long", lambda: len(running(run)) == 2, within=30)
    begun = running(run)
    answer = run.killing(point, f"{run.path}/cancel")
    asked = code(run.look()) == "cancelled"
    assert asked or not answer, "an answered cancel was forgotten"
    if not asked:  # a second one would end the clean-up, too
        world.api.post(f"{run.path}/cancel").expect(202)
    run.survive([("server", "finish", "in"), ("agent", "claim", "after")])
    shown = run.end("cancelled", {**dict.fromkeys([*legs("long", "1234"), "next"], "cancelled"), "quick": "succeeded", "clean": "succeeded",
                                  "told": "succeeded", "far": "succeeded"})
    assert {code(job) for job in shown.values() if job["state"] == "cancelled"} == {"cancelled"}
    assert {job for _, job, _ in lines_of(world.witness)} == begun | {shown[key]["id"] for key in ("quick", "clean", "told", "far")}
    ran_once_and_in_order(run, shown)
