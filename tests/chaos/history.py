"""What happened in a run, as one list of events in the order in which the machine saw them.

Every event has `t` (seconds on the monotonic clock) and `kind`; the other fields are the kind's:

submit    job, index            an accepted submission (201), with the index in the workload
claim     job, attempt, agent, claim_id, sent       an accepted claim; `sent` is when the request was handed to the server
write     job, attempt, what, sent, digest, n       an accepted write of a lease holder; what is a status or "log"
tried     job, attempt, what, digest, n             a write that was handed to the server, whatever came back; n counts requests
seen      job, state, attempt, by                   a job as an observer saw it (by is "poll", or "sse", which knows no attempt)
viewed    job, id, event, step, offset, size        an event of a live log as a viewer got it; its place in the log if it has one
fault     fault, victim, job, attempt               a fault that really struck; job and attempt if an agent was killed
ready     server, seconds       the server answers again
"""

import json
import pathlib
import threading
import time


class History:
    def __init__(self, path: pathlib.Path | None = None):
        self.events: list[dict] = []
        self.lock = threading.Lock()
        self.file = path.open("w") if path else None

    def add(self, kind: str, **fields) -> dict:
        event = {"t": round(time.monotonic(), 4), "kind": kind, **fields}
        with self.lock:
            self.events.append(event)
            if self.file:
                self.file.write(json.dumps(event) + "\n")
        return event

    def of(self, *kinds: str) -> list[dict]:
        with self.lock:
            return [event for event in self.events if event["kind"] in kinds]

    def close(self) -> None:
        if self.file:
            self.file.close()
            self.file = None
