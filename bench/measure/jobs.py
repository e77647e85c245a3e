"""Trivial jobs through two agents, from the first submit until the last job has ended; bare: the same commands under xargs -P2."""

import subprocess
import time

from harness import User, a_server, emit, load, pick, port_of

JOBS = pick(3000, 60)
ROUNDS = pick(3, 1)


def bare() -> float:
    begin = time.perf_counter()
    subprocess.run(["xargs", "-P2", "-I{}", "sh", "-e", "-c", "{}"], input="true\n" * JOBS, text=True, check=True)
    return JOBS / (time.perf_counter() - begin)


def ours() -> float:
    with a_server(agents=2) as (server, _):
        user = User(server)
        body = '{"name":"bench","executor":"shell","steps":[{"run":"true"}]}'
        submit = {"method": "POST", "path": "/api/v1/jobs", "token": server.token("admin"), "body": body}
        begin = time.perf_counter()
        # The clients are four; they send exactly JOBS, as fast as they are answered.
        sent = load(port_of(server), [submit], connections=4, milliseconds=60_000, total=JOBS)
        assert sent["good"] == JOBS, sent
        user.wait_until_idle()
        took = time.perf_counter() - begin
        newest = user.get("/api/v1/jobs?limit=200")["jobs"]
        assert all(job["state"] == "succeeded" for job in newest), newest
        return JOBS / took


emit("jobs.rate", [ours() for _ in range(ROUNDS)], [bare() for _ in range(ROUNDS)])
