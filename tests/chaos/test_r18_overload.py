"""R18: more work than the server takes: it refuses with Retry-After, stays small, and nothing that it accepted is dropped."""

import threading
import time

import pytest
from support.process import memory_mib
from support.sse import Viewer

JOB = {"name": "flood", "executor": "shell", "steps": [{"run": "echo flood"}]}
QUEUE_MAX = 60


@pytest.mark.settings(OPEN_CICD_QUEUE_MAX=str(QUEUE_MAX))
def test_full_queue_refuses_cleanly(server, start_agent):
    answers = [server.admin.post("/api/v1/jobs", JOB) for _ in range(QUEUE_MAX * 2)]
    assert {answer.status for answer in answers} == {201, 429}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status == 429)
    accepted = [answer.json["id"] for answer in answers if answer.status == 201]
    assert len(accepted) >= QUEUE_MAX
    start_agent()
    for job_id in accepted:
        assert server.wait_for_end(job_id, within=60)["state"] == "succeeded"


@pytest.mark.long
def test_memory_is_bounded(server, agent):
    """Many submitters, readers and viewers at once, for 20 seconds."""
    accepted, wrong, over = [], [], time.monotonic() + 20
    big = {**JOB, "env": {"FILL": "x" * 60_000}}

    def submit():
        while time.monotonic() < over:
            answer = server.admin.post("/api/v1/jobs", big)
            (accepted if answer.status == 201 else wrong if answer.status not in (429, 503) else []).append(answer)

    def read():
        while time.monotonic() < over:
            answer = server.admin.get("/api/v1/jobs?limit=200")
            if answer.status not in (200, 429, 503):
                wrong.append(answer)

    job_id = server.submit("seq 1 3000000")
    viewers = [Viewer(server.admin, job_id, deadline=60) for _ in range(15)]
    threads = [threading.Thread(target=work) for work in (submit, submit, submit, submit, read, read, read, read)]
    before, most = memory_mib(server.program.pid), 0.0
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, memory_mib(server.program.pid))
        threads[0].join(0.2)
    for viewer in viewers:
        viewer.join_ended(60)
    print(f"{len(accepted)} accepted; {before:.0f} MB before, {most:.0f} MB at most")
    assert not wrong
    assert most < 300
    ids = {answer.json["id"] for answer in accepted}
    assert all(server.admin.get(f"/api/v1/jobs/{job_id}").status == 200 for job_id in ids)
