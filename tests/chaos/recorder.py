"""Reads what the agents write and what the server answers, into the history."""

import hashlib
import itertools
import json
import re
import time
from dataclasses import dataclass

from chaos.history import History
from chaos.http1 import Message

JOB = re.compile(r"^/api/v1/jobs/([0-9a-f-]{36})/(status|logs)(?:\?|$)")
ENDS = {"succeeded", "failed", "cancelled", "timed_out"}
NUMBERS = itertools.count(1)


def status_of(request: Message) -> str | None:
    return json.loads(request.content).get("status") if request.first[1].endswith("/status") and request.content else None


def kind_of(request: Message) -> str:
    """claim, running, finish, release, log, poll, heartbeat, register or other."""
    method, path = request.first[0], request.first[1]
    if path.startswith("/api/v1/agents"):
        if "/jobs?" in path:
            return "poll"
        return "heartbeat" if path.endswith("/heartbeat") else "register" if method == "POST" else "other"
    match = JOB.match(path)
    if not match:
        return "other"
    if match.group(2) == "logs":
        return "log" if method == "POST" else "other"
    status = status_of(request)
    return "claim" if status == "assigned" else "release" if status == "queued" else "finish" if status in ENDS else "running"


def digest_of(request: Message, kind: str) -> str:
    """What a repeat is known by. A finish is the same with and without the claim that it may carry."""
    said = request.content
    if kind == "finish":
        said = json.dumps({name: value for name, value in json.loads(said).items() if name != "next"}).encode()
    return hashlib.sha256(said).hexdigest()[:16]


@dataclass
class Note:
    """A request that was handed over."""

    n: int
    kind: str
    what: str
    job: str
    attempt: int
    digest: str
    sent: float
    agent: str
    body: bytes


class Recorder:
    def __init__(self, history: History, name: str, canaries: dict[str, str]):
        self.history, self.name, self.canaries = history, name, canaries
        self.agent_id = ""  # the newest; an agent whose work folder was wiped gets another
        self.lease: tuple[str, int] | None = None  # the job and attempt that this agent holds, as far as we saw

    def sent(self, request: Message) -> Note:
        kind = kind_of(request)
        match = JOB.match(request.first[1])
        note = Note(next(NUMBERS), kind, "log" if kind == "log" else status_of(request) if match else kind, match.group(1) if match else "",
                    int(request.headers.get("x-attempt", 0)), digest_of(request, kind), round(time.monotonic(), 4),
                    hashlib.sha256(request.headers.get("authorization", "").encode()).hexdigest()[:16], request.content)
        if match and note.attempt:
            self.history.add("tried", job=note.job, attempt=note.attempt, what=note.what, digest=note.digest, n=note.n)
        return note

    def answered(self, note: Note, answer: Message) -> None:
        if answer.status not in (200, 201, 202) or answer.status == 202 and note.kind != "log":
            return
        if note.kind == "register":
            registered = json.loads(answer.content)
            self.agent_id = registered["agent_id"]
            self.canaries[f"the agent token of {self.name} {note.n}"] = registered["agent_token"]
        elif note.kind == "claim":
            self.claimed(note, note.job, json.loads(answer.content), json.loads(note.body)["claim_id"])
        elif note.attempt and note.job:
            self.history.add("write", job=note.job, attempt=note.attempt, what=note.what, sent=note.sent, digest=note.digest, n=note.n)
            if note.kind in ("finish", "release"):
                self.lease = None
            if note.kind == "finish" and (next_job := json.loads(answer.content).get("next")):
                self.claimed(note, next_job["job_id"], next_job["claim"], json.loads(note.body)["next"]["claim_id"])

    def claimed(self, note: Note, job: str, claim: dict, claim_id: str) -> None:
        self.canaries[f"a lease token of {job}/{claim['attempt']}"] = claim["lease_token"]
        self.canaries[f"a job token of {job}/{claim['attempt']}"] = claim["job_token"]
        self.lease = (job, claim["attempt"])
        self.history.add("claim", job=job, attempt=claim["attempt"], agent=note.agent, sent=note.sent, claim_id=claim_id)
