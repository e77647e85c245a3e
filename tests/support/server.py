"""A real server on a folder of its own, with what a test asks it for."""

import pathlib
import re

from support.api import Api
from support.ports import free_port
from support.process import MARK, PROGRAMS, Program, run
from support.wait import wait_until

ENDED = {"succeeded", "failed", "cancelled", "timed_out", "lost", "skipped"}


UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def scaled_protocol(scale: float) -> dict[str, str]:
    """Every time of the protocol, as the server's own list of settings names them, times `scale`: as environment variables."""
    shown = run(PROGRAMS / "open-cicd", "config").stdout.decode()
    times = re.findall(r"^(protocol\.\w+): (\d+)(ms|s|m|h|d)  # default$", shown, re.MULTILINE)
    assert len(times) == shown.count("\nprotocol."), shown
    return {f"OPEN_CICD_{name.replace('.', '_').upper()}": f"{max(1, int(int(count) * UNITS_MS[unit] * scale))}ms"
            for name, count, unit in times}


class Server:
    def __init__(self, folder: pathlib.Path, mark: str, database: str | None = None, env: dict[str, str] | None = None):
        self.folder = folder
        self.data = folder / "data"
        self.mark = mark
        self.database = database
        self.env = {MARK: mark, **(env or {})}
        self.listen = f"127.0.0.1:{free_port()}"
        self.url = ""
        self.program: Program | None = None

    def arguments(self) -> list[str]:
        database = ["--database", self.database] if self.database else []
        return [str(PROGRAMS / "open-cicd"), "server", "--listen", self.listen, "--data", str(self.data), *database]

    def start(self) -> "Server":
        """Starts and waits until it is ready; each start listens at the same port, so that clients find it again."""
        self.program = Program(self.arguments(), self.folder / "server.log", self.env)
        self.program.start()
        self.url = self.program.wait_for_output(r"http://127\.0\.0\.1:\d+", within=30).group(0)
        wait_until("the server to be ready", lambda: Api(self.url).get("/readyz").status == 200)
        return self

    def kill(self) -> None:
        self.program.kill()

    def stop(self) -> int:
        return self.program.stop()

    @property
    def admin(self) -> Api:
        return Api(self.url, self.token("admin"))

    def token(self, kind: str) -> str:
        return (self.data / f"{kind}.token").read_text().strip()

    def cli(self, *arguments: str, within: float = 60, stdin: bytes = b"", **env: str):
        """Runs a verb of the CLI against this server as the administrator."""
        full = {MARK: self.mark, "OPEN_CICD_SERVER": self.url, "OPEN_CICD_TOKEN": self.token("admin"), **env}
        return run(PROGRAMS / "open-cicd", *arguments, env=full, within=within, cwd=self.folder, input=stdin)

    # Jobs

    def submit(self, *scripts: str, **job) -> str:
        """The id of a new job with a step for each script, or with the `steps` given; executor shell unless said otherwise."""
        steps = job.pop("steps", [{"run": script} for script in scripts])
        env = {MARK: self.mark, **job.pop("env", {})}
        body = {"name": "test", "executor": "shell", "env": env, "steps": steps, **job}
        return self.admin.post("/api/v1/jobs", body).expect(201).json["id"]

    def job(self, job_id: str) -> dict:
        return self.admin.get(f"/api/v1/jobs/{job_id}").expect(200).json

    def wait_for_state(self, job_id: str, *states: str, within: float = 30) -> dict:
        """The job once it is in one of the states. An end that is not asked for fails at once."""

        def probe() -> dict | None:
            job = self.job(job_id)
            assert job["state"] in states or job["state"] not in ENDED, f"ended as {job['state']}: {job}"
            return job if job["state"] in states else None

        return wait_until(f"job {job_id} to be {' or '.join(states)}", probe, within)

    def wait_for_end(self, job_id: str, within: float = 30) -> dict:
        return self.wait_for_state(job_id, *ENDED, within=within)

    def log(self, job_id: str, step: int = 0) -> bytes:
        return self.admin.get(f"/api/v1/jobs/{job_id}/logs?step={step}").expect(200).body

    def wait_for_log(self, job_id: str, text: bytes, step: int = 0, within: float = 30) -> None:
        def probe() -> bool:
            answer = self.admin.get(f"/api/v1/jobs/{job_id}/logs?step={step}")
            return answer.status == 200 and text in answer.body

        wait_until(f"{text!r} in the log of step {step}", probe, within)

    def agents(self) -> list[dict]:
        return self.admin.get("/api/v1/agents").expect(200).json["agents"]
