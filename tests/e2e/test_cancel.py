"""Cancelling: SIGTERM, a grace of 10 s, SIGKILL; and what the user sees meanwhile."""

import time

import pytest


def test_cancel_of_a_queued_job(server):
    job_id = server.submit("true")
    answer = server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"})
    assert answer.status in (200, 202)
    assert server.job(job_id)["state"] == "cancelled"
    again = server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"})
    assert again.status in (200, 409)


def test_cancel_stops_a_running_job_at_once(server, agent):
    job_id = server.submit("trap 'echo bye; exit 0' TERM; echo begun; sleep 60 & wait", "echo never")
    server.wait_for_log(job_id, b"begun\n")
    asked = time.monotonic()
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    job = server.wait_for_end(job_id)
    assert job["state"] == "cancelled"
    assert time.monotonic() - asked < 5
    assert b"bye\n" in server.log(job_id)
    assert job["steps"][1]["state"] in ("skipped", "cancelled")


@pytest.mark.one_database
def test_cancel_of_a_job_that_ignores_sigterm(server, agent):
    job_id = server.submit("trap '' TERM; echo begun; while true; do sleep 0.2; done")
    server.wait_for_log(job_id, b"begun\n")
    asked = time.monotonic()
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    assert server.job(job_id)["state"] == "cancelling"
    job = server.wait_for_end(job_id)
    assert job["state"] == "cancelled"
    assert 9 <= time.monotonic() - asked <= 14
    assert server.wait_for_end(server.submit("echo next"))["state"] == "succeeded", "the agent is free again"
