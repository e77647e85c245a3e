"""An agent spoken by hand, one request at a time, that repeats each until it is answered: for faults at exact places."""

import http.client
import time
import uuid
import zlib

from support.api import Answer, Api
from support.server import Server

AGAIN = {408, 425, 429, 500, 502, 503, 504, 507}


def crc32c(data: bytes) -> str:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return f"{crc ^ 0xFFFFFFFF:08x}"


class HandAgent:
    """`away(failure)` is called when a request was not answered well, before it is repeated: to restart what was killed."""

    def __init__(self, server: Server, away=lambda: None, within: float = 30):
        self.server, self.away, self.within = server, away, within
        self.boot = str(uuid.uuid4())
        self.tokens = {kind: server.token(kind) for kind in ("admin", "registration")}
        answer = self.ask(self.tokens["registration"], "POST", "/api/v1/agents/register",
                          {"name": "hand", "boot_id": self.boot, "labels": {}, "version": "0.1.0", "os": "linux", "arch": "x86_64",
                           "executors": ["shell"]}, {201}).json
        self.agent_id, self.token = answer["agent_id"], answer["agent_token"]
        self.lease: dict[str, str] = {}

    def ask(self, token: str, method: str, path: str, body, expected: set[int], **headers: str) -> Answer:
        deadline = time.monotonic() + self.within
        while True:
            try:
                answer = Api(self.server.url, token).request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()}, timeout=10)
                if answer.status in expected:
                    return answer
                assert answer.status in AGAIN, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < deadline, f"{method} {path} was not answered well in {self.within} s"
            self.away()

    def submit(self, steps: int = 1, key: str | None = None) -> str:
        job = {"name": "by hand", "executor": "shell", "steps": [{"run": "true"}] * steps}
        return self.ask(self.tokens["admin"], "POST", "/api/v1/jobs", job, {201}, Idempotency_Key=key or str(uuid.uuid4())).json["id"]

    def put(self, job: str, expected: set[int], **body) -> Answer:
        return self.ask(self.token, "PUT", f"/api/v1/jobs/{job}/status", body, expected, **self.lease)

    def claim(self, job: str) -> int:
        self.lease = {}
        answer = self.put(job, {200}, status="assigned", claim_id=str(uuid.uuid4()), boot_id=self.boot).json
        self.lease = {"X_Attempt": str(answer["attempt"]), "X_Lease_Token": answer["lease_token"]}
        self.put(job, {200}, status="running")
        return answer["attempt"]

    def log(self, job: str, step: int, offset: int, data: bytes) -> Answer:
        return self.ask(self.token, "POST", f"/api/v1/jobs/{job}/logs?step={step}&offset={offset}", data, {202, 416}, **self.lease)

    def upload(self, job: str, step: int, data: bytes, offset: int = 0) -> None:
        while offset < len(data):
            offset = self.log(job, step, offset, data[offset : offset + 60_000]).json["next"]

    def finish(self, job: str, output: list[bytes]) -> dict:
        """Sends again what the server has lost."""
        steps = [{"state": "succeeded", "exit_code": 0, "duration_ms": 1}] * len(output)
        logs = {str(step): {"size": len(data), "crc32c": crc32c(data)} for step, data in enumerate(output)}
        while True:
            answer = self.put(job, {200, 202}, status="succeeded", exit_code=0, steps=steps, logs=logs)
            if answer.status == 200:
                return answer.json
            for step, offset in answer.json["next"].items():
                self.upload(job, int(step), output[int(step)], offset)

    def live(self, output: list[bytes], key: str | None = None) -> str:
        """A whole job; its id."""
        job = self.submit(len(output), key)
        self.claim(job)
        for step, data in enumerate(output):
            self.upload(job, step, data)
        assert self.finish(job, output)["state"] == "succeeded"
        return job
