"""The people of a run: one who submits, some who cancel, some who watch. Each repeats what was not answered, as they do."""

import http.client
import threading
import time

from chaos.checker import ENDED, Begins, Piece
from chaos.workload import Planned, Workload
from chaos.world import World
from support.api import Answer
from support.sse import Event, Viewer

VIEWERS_MAX = 12


def shown(event: Event) -> Begins | Piece:
    attempt = int(event.id.split(".")[0])
    return Begins(attempt) if event.kind == "attempt" else Piece(attempt, event.data["step"], event.data["offset"], event.data["size"])


class Users:
    def __init__(self, world: World, workload: Workload, deadline: float):
        self.world, self.workload, self.deadline = world, workload, deadline
        self.planned: dict[str, Planned] = {}
        self.states: dict[str, tuple] = {}
        self.viewers: dict[str, Viewer] = {}
        self.cancels: list[tuple[float, str]] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.poll, self.cancel)]
        for thread in self.threads:
            thread.start()

    def until_answered(self, method: str, path: str, expected: set[int], **options) -> Answer:
        while True:
            try:
                answer = self.world.api.request(method, path, timeout=10, **options)
                if answer.status in expected:
                    return answer
                assert answer.status in (429, 500, 503, 507), f"{method} {path}: {answer.status} {answer.body[:400]!r}"
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < self.deadline and not self.stopping.is_set(), f"{method} {path} was never answered"
            time.sleep(0.05)

    def submit(self, index: int) -> str:
        planned = self.workload.job(index)
        body = {**planned.spec, "env": {"E2E_MARK": self.world.mark}}
        answer = self.until_answered("POST", "/api/v1/jobs", {201}, body=body, headers={"Idempotency-Key": f"{self.workload.seed}-{index}"})
        job_id = answer.json["id"]
        self.planned[job_id] = planned
        self.world.history.add("submit", job=job_id, index=index)
        if planned.cancel_after is not None:
            self.cancels.append((time.monotonic() + planned.cancel_after, job_id))
        if index % 5 == 0 and sum(viewer.is_alive() for viewer in self.viewers.values()) < VIEWERS_MAX:
            self.viewers[job_id] = Viewer(self.world.viewer_api(), job_id, deadline=self.deadline - time.monotonic())
        return job_id

    def cancel(self) -> None:
        while not self.stopping.wait(0.02):
            for due in [entry for entry in self.cancels if entry[0] < time.monotonic()]:
                self.cancels.remove(due)
                try:
                    self.until_answered("PUT", f"/api/v1/jobs/{due[1]}/status", {200, 202, 409}, body={"status": "cancelled"})
                except AssertionError:
                    if not self.stopping.is_set():
                        raise

    def note(self, job: dict) -> None:
        now = (job["state"], job["attempt"])
        if self.states.get(job["id"]) != now:
            self.states[job["id"]] = now
            self.world.history.add("seen", job=job["id"], state=now[0], attempt=now[1], by="poll")

    def poll(self) -> None:
        while not self.stopping.wait(0.15):
            try:
                answer = self.world.api.get("/api/v1/jobs?limit=200", timeout=5)
                page = answer.json["jobs"] if answer.status == 200 else []
                for job in page:
                    self.note(job)
                older = self.still_open() - {job["id"] for job in page} if page else set()
                for answer in [self.world.api.get(f"/api/v1/jobs/{job_id}", timeout=5) for job_id in older]:
                    if answer.status == 200:
                        self.note(answer.json)
            except (OSError, ValueError, http.client.HTTPException):
                continue

    def still_open(self) -> set[str]:
        return {job_id for job_id, (state, _) in list(self.states.items()) if state not in ENDED}

    def ended(self) -> int:
        return sum(state in ENDED for state, _ in list(self.states.values()))

    def all_jobs(self) -> dict[str, dict]:
        """Every job of the server, page by page, with its attempts."""
        found, cursor = {}, ""
        while cursor is not None:
            page = self.until_answered("GET", f"/api/v1/jobs?limit=200{cursor}", {200}).json
            for job in page["jobs"]:
                found[job["id"]] = self.until_answered("GET", f"/api/v1/jobs/{job['id']}", {200}).json
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return found

    def all_logs(self, jobs: dict[str, dict]) -> dict[tuple[str, int], bytes]:
        logs = {}
        for job_id, job in jobs.items():
            for step in job["steps"] if job["attempts"] else []:
                logs[job_id, step["step"]] = self.until_answered("GET", f"/api/v1/jobs/{job_id}/logs?step={step['step']}", {200}).body
        return logs

    def viewed(self) -> dict[str, list[Begins | Piece]]:
        """What the viewers saw that came to the end of their jobs; their ends go into the history."""
        seen = {}
        for job_id, viewer in self.viewers.items():
            viewer.join(40)  # an end whose event was lost is seen when the stream pings, each 15 s
            assert viewer.ended.is_set(), f"a viewer of {job_id} saw no end: {viewer.failure}, {viewer.events[-3:]}"
            self.world.history.add("seen", job=job_id, state=viewer.end_state(), attempt=None, by="sse")
            for event in viewer.events:
                self.world.history.add("viewed", job=job_id, id=event.id, event=event.kind,
                                       **{name: event.data[name] for name in ("step", "offset", "size") if name in event.data})
            seen[job_id] = [shown(event) for event in viewer.events if event.kind in ("attempt", "log")]
        return seen

    def stop(self) -> None:
        self.stopping.set()
        for viewer in self.viewers.values():
            viewer.deadline = 0.0  # it does not come again
        for thread in self.threads:
            thread.join(15)
