"""A page that follows what changes: it reads once, applies events, is cut off, goes on where it was, and shows in the end what GET shows."""

import http.client
import json
import threading

import pytest
from support.api import Api
from support.sse import Event, read_events
from support.wait import wait_until

PIPELINE = b"""
jobs:
  build: {executor: shell, steps: [{run: sleep 0.3}, {run: sleep 0.3}]}
  test: {needs: build, matrix: {n: [1, 2, 3]}, executor: shell, steps: [{run: sleep 0.2}]}
  fails: {needs: test, executor: shell, retry: 0, steps: [{run: exit 3}]}
  never: {needs: fails, executor: shell, steps: [{run: "true"}]}
  cleans: {needs: fails, if: always(), executor: shell, steps: [{run: "true"}]}
"""


class Page(threading.Thread):
    """One run on a page, and the client that docs/reference/events.md describes. `cut()` breaks its connection."""

    def __init__(self, api: Api, run: str):
        super().__init__(daemon=True)
        self.api, self.run_id = api, run
        self.entities: dict[str, dict] = {}
        self.ids: list[str] = []
        self.resets = self.cuts = 0
        self.stopped = threading.Event()
        self.ready = threading.Event()
        self.connection: http.client.HTTPConnection | None = None
        self.start()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError, AttributeError):
                pass

    def follow(self) -> None:
        headers = {"Authorization": f"Bearer {self.api.token}"}
        if self.ids:
            headers["Last-Event-ID"] = self.ids[-1]
        self.connection = http.client.HTTPConnection(self.api.address.hostname, self.api.address.port, timeout=30)
        self.connection.request("GET", f"/api/v1/events?topics=run:{self.run_id}", headers=headers)
        response = self.connection.getresponse()
        assert response.status == 200, response.read()
        for event in read_events(response):
            self.hear(event)

    def hear(self, event: Event) -> None:
        if event.kind == "hello":
            if not self.ids:
                self.read()
            self.ids.append(event.id)
            self.ready.set()
            return
        self.ids.append(event.id)
        if event.kind == "reset":
            self.resets += 1
            return self.read()
        told, have = event.data, self.entities.get(event.data["id"], {})
        if told["version"] <= have.get("version", 0):
            return
        if told["from"] == 0:
            self.entities[told["id"]] = dict(told["patch"])
        elif told["from"] == have.get("version"):
            have.update(told["patch"])
        else:
            self.read()

    def read(self) -> None:
        self.entities = entities_of(self.api.get(f"/api/v1/runs/{self.run_id}").expect(200).json)

    def cut(self) -> None:
        self.cuts += 1
        self.ready.clear()
        self.connection.sock.shutdown(2)
        assert self.ready.wait(20), "it did not come back"

    def stop(self) -> None:
        self.stopped.set()
        self.connection.sock.shutdown(2)
        self.join(20)


def entities_of(run: dict) -> dict[str, dict]:
    run = dict(run)
    jobs = run.pop("jobs")
    del run["rounds"]  # what a round was begun with is asked for when the run says that there is another one
    return {entity["id"]: entity for entity in [run, *jobs]}


def said(entities: dict[str, dict]) -> dict[str, dict]:
    """Without what is null or not there, which is the same, and what is worked out when it is read."""
    return {key: {name: value for name, value in entity.items() if value is not None and name != "estimate"} for key, entity in entities.items()}


def submitted(server) -> str:
    return server.admin.post("/api/v1/runs", PIPELINE, headers={"Content-Type": "application/yaml"}).expect(201).json["id"]


def test_a_page_that_is_cut_off_goes_on_and_ends_with_what_get_shows(server, start_agent):
    for name in ("a1", "a2"):
        start_agent(name)
    run = submitted(server)
    page = Page(server.admin, run)
    assert page.ready.wait(20)
    shown = lambda: server.admin.get(f"/api/v1/runs/{run}").json  # noqa: E731
    while "finished_at" not in shown():
        page.cut()
    wait_until("the page to show what GET shows", lambda: said(page.entities) == said(entities_of(shown())))  # the run's end may come before its last job's
    page.stop()
    assert page.cuts > 1
    assert page.resets == 0, "each cut was short, so nothing was missing"
    assert said(page.entities) == said(entities_of(shown()))
    assert page.entities[run]["state"] == "failed"
    numbers = [int(event_id.rpartition("-")[2]) for event_id in page.ids]
    assert numbers == sorted(numbers), "events come in order, and none twice"


@pytest.mark.one_database
def test_a_server_that_was_started_anew_says_so(server, start_agent):
    run = submitted(server)
    page = Page(server.admin, run)
    assert page.ready.wait(20)
    page.ready.clear()
    server.stop()
    server.start()
    assert page.ready.wait(20)
    wait_until("the page to begin anew", lambda: page.resets == 1)
    start_agent("a1")
    wait_until("the page to know the end", lambda: "finished_at" in page.entities[run], within=60)
    page.stop()
    assert said(page.entities) == said(entities_of(server.admin.get(f"/api/v1/runs/{run}").json))


@pytest.mark.one_database
def test_a_revoked_token_loses_its_stream(server):
    events = http.client.HTTPConnection(server.admin.address.hostname, server.admin.address.port, timeout=60)
    events.request("GET", "/api/v1/events?topics=agents", headers={"Authorization": f"Bearer {server.token('admin')}"})
    stream = events.getresponse()
    assert stream.status == 200
    assert stream.getheader("content-type") == "text/event-stream"
    assert next(read_events(stream)).kind == "hello"
    server.cli("token", "reset", "--admin", "--data", str(server.data))
    assert not list(read_events(stream)), "it ends, and tells nothing more"
    assert json.loads(server.admin.get("/api/v1/agents").body)["agents"] == []
