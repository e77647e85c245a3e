"""A viewer of a job's log stream that survives the server's restarts, as a browser does: reconnect with Last-Event-ID."""

import http.client
import json
import threading
import time
from dataclasses import dataclass

from support.api import Api


@dataclass
class Event:
    kind: str
    id: str
    data: dict


def read_events(stream):
    """Yields the events of a response until it ends."""
    kind, event_id, data = "message", "", []
    for raw in stream:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                yield Event(kind, event_id, json.loads("\n".join(data)))
            kind, data = "message", []
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "id":
                event_id = value
            elif name == "data":
                data.append(value)


class Viewer(threading.Thread):
    """Follows a job until its `end`. Read `events`, `text(step)` and `reconnects` after join()."""

    def __init__(self, api: Api, job_id: str, deadline: float = 60):
        super().__init__(daemon=True)
        self.api, self.job_id = api, job_id
        self.deadline = time.monotonic() + deadline
        self.events: list[Event] = []
        self.last_id = ""
        self.reconnects = 0
        self.ended = threading.Event()
        self.failure: str | None = None
        self.start()

    def run(self) -> None:
        while not self.ended.is_set() and time.monotonic() < self.deadline:
            try:
                self.follow()
            except (OSError, http.client.HTTPException):
                pass
            if not self.ended.is_set() and not self.failure:
                self.reconnects += 1
                time.sleep(0.1)  # the pause before a reconnect, as a browser makes it
            if self.failure:
                return

    def follow(self) -> None:
        connection = http.client.HTTPConnection(self.api.address.hostname, self.api.address.port, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {self.api.token}", "Accept": "text/event-stream"}
            if self.last_id:
                headers["Last-Event-ID"] = self.last_id
            connection.request("GET", f"/api/v1/jobs/{self.job_id}/logs/stream", headers=headers)
            response = connection.getresponse()
            if response.status >= 500:
                return
            if response.status != 200:
                self.failure = f"{response.status} {response.read()!r}"
                return
            for event in read_events(response):
                self.events.append(event)
                self.last_id = event.id or self.last_id
                if event.kind == "end":
                    self.ended.set()
                    return
        finally:
            connection.close()

    def join_ended(self, within: float = 30) -> "Viewer":
        self.join(within)
        assert self.ended.is_set(), f"no end event; {self.failure}; last events {self.events[-3:]}"
        return self

    def logs(self, step: int = 0) -> list[dict]:
        return [event.data for event in self.events if event.kind == "log" and event.data["step"] == step]

    def text(self, step: int = 0) -> str:
        """The step's log, after checking that the pieces follow each other without a gap or a double."""
        position = 0
        for piece in self.logs(step):
            assert piece["offset"] == position, f"step {step}: expected offset {position}, got {piece['offset']}"
            position += piece["size"]
        return "".join(piece["data"] for piece in self.logs(step))

    def end_state(self) -> str:
        return self.events[-1].data["state"]
