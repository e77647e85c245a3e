"""A repository at a forge, and the server that it is connected to: what people do at the one, and what is seen of it at both."""

import json
import urllib.parse

from support.api import Answer
from support.forges import FORGES, Forge, PlainGit
from support.forges.courier import Delivery
from support.forges.people import Repository, Status, Token
from support.server import ENDED, Server
from support.wait import wait_until

HOSTS = {**FORGES, "git": PlainGit}
# Nothing waits longer than it must; a repository is polled only where a test says so.
SETTINGS = {"OPEN_CICD_GIT_DELIVERY_RETRY": "100ms", "OPEN_CICD_STATUSES_RETRY": "100ms"}

SAYS_WHICH = 'steps: [{run: "cat file; echo $CI_EVENT $CI_COMMIT"}]'
# Two jobs that check out what was pushed; a pull request's own push is told by the pull request alone.
PIPELINE = f"""
on:
  push: {{branches: [main, "side*", "release/**"]}}
  pull_request:
  tag:
  manual:
  api:
defaults: {{executor: sandbox}}
jobs:
  build: {{{SAYS_WHICH}}}
  test: {{needs: build, {SAYS_WHICH}}}
"""
FILES = {".open-cicd.yml": PIPELINE, "file": "first\n"}


def pipeline(jobs: str, on: str = "[push, pull_request, tag, manual, api]", executor: str = "sandbox", more: str = "") -> str:
    """A pipeline file with these jobs, each line as it stands below `jobs:`."""
    lines = "\n".join("  " + line for line in jobs.strip("\n").splitlines())
    return f"on: {on}\ndefaults: {{executor: {executor}}}\n{more}jobs:\n{lines}\n"


class Connected:
    """`id` and `webhook_url` are the server's, once connect() has been called."""

    def __init__(self, server: Server, forge: Forge, repository: Repository, token: Token | None):
        self.server, self.forge, self.repository, self.token = server, forge, repository, token
        self.id = self.webhook_url = ""
        self.answer: dict = {}

    # At the server

    def request(self, **options) -> Answer:
        """Asks the server to connect it."""
        body = {"url": self.repository.clone_url, "forge": self.forge.kind, **options}
        if self.token:
            body.setdefault("token", self.token.value)
        if self.forge.prefix:
            body.setdefault("forge_url", self.forge.url)
        if self.forge.kind == "git":
            body.setdefault("name", self.repository.full_name)
        return self.server.admin.post("/api/v1/repositories", {name: value for name, value in body.items() if value is not None})

    def connect(self, **options) -> "Connected":
        if self.forge.kind == "git" and "poll_s" not in options:
            options["poll_s"] = 1  # nobody tells it otherwise
        self.answer = self.request(**options).expect(201).json
        self.id, self.webhook_url = self.answer["id"], self.answer["webhook"]["url"]
        return self.looked_at() if options.get("poll_s") != 0 else self

    def looked_at(self) -> "Connected":
        """Waits for the first poll, which learns where every branch is."""
        wait_until("the first poll", lambda: self.server.admin.get(self.path).expect(200).json.get("polled_at"), within=10)
        return self

    @property
    def path(self) -> str:
        return f"/api/v1/repositories/{self.id}"

    @property
    def by_name(self) -> str:
        return "/api/v1/repositories/" + urllib.parse.quote(self.repository.full_name, safe="")

    def sync(self) -> dict:
        return self.server.admin.post(f"{self.path}/sync").expect(200, 202).json

    def change(self, **fields) -> None:
        self.server.admin.request("PATCH", self.path, fields).expect(200)

    def deliveries(self) -> list[dict]:
        return self.server.admin.get(f"{self.path}/deliveries?limit=200").expect(200).json["deliveries"]

    def runs(self, **query) -> list[dict]:
        """The newest first."""
        words = urllib.parse.urlencode({"repository": self.id, "limit": 200, **query})
        return self.server.admin.get(f"/api/v1/runs?{words}").expect(200).json["runs"]

    def run(self, run_id: str) -> dict:
        return self.server.admin.get(f"/api/v1/runs/{run_id}").expect(200).json

    def jobs(self, run: dict) -> dict[str, dict]:
        return {job["key"]: job for job in self.run(run["id"])["jobs"]}

    def log(self, run: dict, key: str, step: int = 0) -> bytes:
        return self.server.log(self.jobs(run)[key]["id"], step)

    def wait_for_run(self, sha: str, event: str | None = None, states: set[str] | None = None, within: float = 40, **fields) -> dict:
        """The run of a commit, once it is in one of the states (it has ended, unless others are asked for); there is one alone, of this event
        and these fields. An end that is not asked for fails at once."""
        states = states or ENDED

        def matching() -> list[dict]:
            wanted = {"sha": sha, **({"event": event} if event else {}), **fields}
            return [run for run in self.runs() if all(run.get(name) == value for name, value in wanted.items())]

        def probe() -> dict | None:
            found = matching()
            assert len(found) <= 1, f"more than one run: {found}"
            if not found:
                return None
            assert found[0]["state"] in states or found[0]["state"] not in ENDED, self.run(found[0]["id"])
            return found[0] if found[0]["state"] in states else None

        try:
            return self.run(wait_until(f"a run of {sha[:12]} to be {' or '.join(sorted(states))}", probe, within)["id"])
        except AssertionError as error:
            raise AssertionError(f"{error}; the deliveries: {json.dumps(self.deliveries())[:3000]}") from None

    def succeeded(self, sha: str, event: str | None = None, **options) -> dict:
        run = self.wait_for_run(sha, event, **options)
        assert run["state"] == "succeeded", self.told_of(run)
        return run

    def told_of(self, run: dict) -> str:
        """Everything that helps to see why a run did not end well."""
        logs = {key: [self.server.admin.get(f"/api/v1/jobs/{job['id']}/logs?step={step}").body[-500:] for step in (-1, 0)]
                for key, job in self.jobs(run).items()}
        return f"{json.dumps(run)[:3000]}\n{logs}"

    def waits(self, sha: str, event: str = "pull_request", **fields) -> dict:
        """The run of a commit that waits for an approval."""
        run = self.wait_for_run(sha, event, {"pending"}, **fields)
        assert run["reason"]["code"] == "waiting_for_approval", run
        return run

    def approve(self, run: dict, digest: str | None = None) -> Answer:
        body = {} if digest is None else {"plan_digest": digest}
        return self.server.admin.post(f"/api/v1/runs/{run['id']}/approve", body)

    def settled(self, within: float = 30) -> list[dict]:
        """All deliveries, once none waits and nothing is on its way."""
        self.forge.courier.wait(within)
        wait_until("the deliveries to be worked on", lambda: all(one["state"] != "pending" for one in self.deliveries()), within)
        return self.deliveries()

    # At the forge

    @property
    def has_statuses(self) -> bool:
        return self.forge.kind != "git"

    def context(self, event: str, job: str | None = None, pipeline: str = "pipeline") -> str:
        return f"open-cicd/{pipeline}/{event}" + (f"/{job}" if job else "")

    def wait_for_status(self, sha: str, context: str, outcome: str = "success", within: float = 20) -> Status | None:
        """The newest one, once it says so; plain git has none."""
        if not self.has_statuses:
            return None

        def probe() -> Status | None:
            status = self.repository.statuses_of(sha).get(context)
            return status if status and status.state in self.forge.words[outcome] else None

        try:
            return wait_until(f"{context} to be {outcome}", probe, within)
        except AssertionError as error:
            seen = [(one.context, one.state, one.description) for one in self.repository.statuses if one.sha == sha]
            refused = [(one.path, one.status, one.body) for one in self.forge.asked("POST", "/statuses/") if one.status >= 400]
            raise AssertionError(f"{error}; all of the commit: {seen}; refused: {refused[-5:]}") from None

    def told(self, sha: str, context: str) -> list[str]:
        """What the forge was told, in the server's words and without repeats."""
        states = [self.forge.outcome(one) for one in list(self.repository.statuses) if (one.sha, one.context) == (sha, context)]
        return [state for at, state in enumerate(states) if at == 0 or states[at - 1] != state]


class Workplace:
    """Makes forges and connects repositories; the fixture of the same name ends what it made."""

    def __init__(self, server: Server):
        self.server = server
        self.forges: list[Forge] = []

    def forge(self, kind: str, **options) -> Forge:
        folder = self.server.folder / f"forge-{len(self.forges)}"
        folder.mkdir()
        forge = HOSTS[kind](folder, **options)
        self.forges.append(forge)
        return forge

    def make(self, kind: str, files: dict[str, str] | None = None, *, private: bool = False, name: str | None = None, prefix: str = "",
             forge: Forge | None = None) -> Connected:
        """A repository with these files (FILES) that is not connected yet."""
        forge = forge or self.forge(kind, prefix=prefix)
        owner = forge.user("ada", "Ada")
        name = name or ("acme/tools/app" if kind == "gitlab" else "acme/app")
        repository = forge.repository(name, owner, private=private, files=FILES if files is None else files)
        token = forge.token(owner) if kind != "git" or private else None
        return Connected(self.server, forge, repository, token)

    def connected(self, kind: str, files: dict[str, str] | None = None, **options) -> Connected:
        made = {name: options.pop(name) for name in ("private", "name", "prefix", "forge") if name in options}
        return self.make(kind, files, **made).connect(**options)

    def close(self) -> None:
        for forge in self.forges:
            forge.courier.close()
            forge.close()


def fork_with(connected: Connected, files: dict[str, str | None], *, login: str = "eve", branch: str = "topic", title: str = "a change",
              name: str | None = None, author: str | None = None, message: str = "a commit"):
    """A pull or merge request from a fork of somebody whom nobody knows."""
    eve = connected.forge.user(login)
    fork = connected.repository.fork(eve, name)
    fork.push(files, branch, by=eve, author=author, message=message)
    return connected.repository.open_change(branch, title, source=fork, by=eve)


def digest_of(connected: Connected, run: dict) -> str:
    """Of the plan of a run, as an approval names it."""
    return connected.server.admin.get(f"/api/v1/runs/{run['id']}/plan").expect(200).json["digest"]


def delivery_of(connected: Connected, event: str = "push") -> Delivery:
    """The newest that the forge sent."""
    connected.forge.courier.wait()
    return connected.forge.deliveries(event)[-1]
