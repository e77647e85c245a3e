"""What is old is deleted with its logs, in the background, through crashes, and under the eyes of its readers."""

import json
import os
import pathlib
import re
import socket
import sqlite3
import time
import uuid

import pytest
from support.process import PROGRAMS, run
from support.wait import wait_until

pytestmark = pytest.mark.settings(OPEN_CICD_RETENTION_AGE="1s", OPEN_CICD_RETENTION_JOBS="2", OPEN_CICD_RETENTION_INTERVAL="200ms")

LONG = "seq 1 200000"  # 1.3 MB: a file
JOBS = "/api/v1/jobs?limit=200"


def listed(server) -> list[str]:
    return [job["id"] for job in server.admin.get(JOBS).expect(200).json["jobs"]]


def ended(server, *scripts: str) -> str:
    job_id = server.submit(*scripts)
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    return job_id


def log_folder(server, job_id: str) -> pathlib.Path:
    return server.data / "logs" / job_id[-2:] / job_id


def wait_for_jobs(server, expected: list[str], within: float = 20) -> None:
    wait_until(f"{len(expected)} jobs to be left", lambda: sorted(listed(server)) == sorted(expected), within)


def test_old_jobs_go_with_their_logs_and_the_newest_stay(server, agent):
    long = ended(server, LONG)
    assert log_folder(server, long).is_dir()
    jobs = [ended(server, f"echo {n}") for n in range(4)]
    waiting = server.submit("true", runs_on=["nobody=here"])
    wait_for_jobs(server, [*jobs[2:], waiting])
    for gone in (long, *jobs[:2]):
        for path in ("", "/logs?step=0", "/logs/stream"):
            assert server.admin.get(f"/api/v1/jobs/{gone}{path}").status == 404
        assert server.admin.put(f"/api/v1/jobs/{gone}/status", {"status": "cancelled"}).status == 404
    wait_until("its files to be gone", lambda: not log_folder(server, long).exists())
    assert server.log(jobs[3]) == b"3\n"
    assert server.cli("job", "show", long).returncode == 66


def read_to_end(connection: socket.socket) -> bytes:
    connection.settimeout(30)
    parts = []
    while data := connection.recv(1 << 20):
        parts.append(data)
    return b"".join(parts)


@pytest.mark.one_database
@pytest.mark.parametrize("path", ["logs/stream", "logs?step=0"])
def test_a_reader_of_a_log_that_is_deleted_comes_to_an_end(server, agent, path):
    long = ended(server, "seq 1 3000000")  # more than sockets hold
    with socket.create_connection(server.listen.split(":")) as reader:
        reader.sendall(f"GET /api/v1/jobs/{long}/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                       f"Authorization: Bearer {server.token('admin')}\r\n\r\n".encode())
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        kept = [ended(server, "true"), ended(server, "true")]
        wait_for_jobs(server, kept)
        wait_until("its files to be gone", lambda: not log_folder(server, long).exists())
        read = read_to_end(reader)
    assert len(read) > 100_000
    assert "a request failed" not in server.program.text()
    assert server.admin.get("/healthz").status == 200


@pytest.mark.settings(OPEN_CICD_RETENTION_AGE="1s", OPEN_CICD_RETENTION_JOBS="3", OPEN_CICD_RETENTION_INTERVAL="100ms")
def test_a_server_that_is_killed_again_and_again_deletes_right(server):
    """Killed at any point: the rows of a job go together, and those that stay are whole."""
    jobs = [server.submit("true") for _ in range(400)]
    for job_id in jobs:
        begin = time.time_ns() // 1_000_000
        server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(200, 202)
        wait_until("the next millisecond", lambda then=begin: time.time_ns() // 1_000_000 > then, every=0.0002)  # jobs of one stay together
    for _ in range(6):
        before = len(listed(server))
        wait_until("some to be deleted", lambda count=before: count == 3 or len(listed(server)) < count, within=10)
        server.kill()
        server.start()
    wait_for_jobs(server, jobs[-3:], within=60)
    for job_id in jobs[-3:]:
        assert server.job(job_id)["state"] == "cancelled"


@pytest.mark.one_database
def test_files_that_no_job_knows_are_swept(server, agent):
    jobs = [ended(server, LONG), ended(server, LONG)]
    server.stop()
    orphan, fresh = str(uuid.uuid4()), str(uuid.uuid4())
    for job_id in (orphan, fresh):
        log_folder(server, job_id).mkdir(parents=True)
        (log_folder(server, job_id) / "1.0.log").write_bytes(b"what a crash left")
    for path in (log_folder(server, orphan) / "1.0.log", log_folder(server, orphan), log_folder(server, jobs[0])):
        os.utime(path, (time.time() - 100, time.time() - 100))
    os.utime(log_folder(server, fresh), (time.time() + 1000, time.time() + 1000))
    stranger = server.data / "logs" / "ff" / "notes.txt"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_text("not ours")
    server.start()
    wait_until("the orphan to be swept", lambda: not log_folder(server, orphan).exists(), within=60)
    server.program.wait_for_output("logs of unknown jobs were deleted", within=60)
    assert stranger.exists() and log_folder(server, fresh).exists()
    assert len(server.log(jobs[0])) > 1_000_000


@pytest.mark.one_database
@pytest.mark.settings(OPEN_CICD_RETENTION_AGE="1s", OPEN_CICD_RETENTION_JOBS="1", OPEN_CICD_RETENTION_INTERVAL="100ms")
def test_sqlite_gives_the_space_back(server):
    jobs = [server.submit("true", env={f"V{n}": "x" * 50_000 for n in range(8)}) for _ in range(100)]
    file = server.data / "open-cicd.db"
    wait_until("the database to hold them", lambda: file.stat().st_size + (server.data / "open-cicd.db-wal").stat().st_size > 35 << 20)
    for job_id in jobs:
        server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(200, 202)
    wait_for_jobs(server, jobs[-1:], within=60)
    wait_until("the file to shrink", lambda: file.stat().st_size < 28 << 20, within=30)
    assert server.stop() == 0
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_retention_can_be_turned_off(server):
    assert b"retention.age" in run(PROGRAMS / "open-cicd", "config").stdout
    assert run(PROGRAMS / "open-cicd", "config", "--retention-age", "0s").returncode == 0
    assert run(PROGRAMS / "open-cicd", "config", "--retention-jobs", "-1").returncode != 0


@pytest.mark.settings(OPEN_CICD_RETENTION_AGE="1h", OPEN_CICD_RETENTION_JOBS="1")
def test_storage_says_what_takes_the_space(server, agent):
    long = ended(server, LONG)
    ended(server, "echo short", "echo two")
    server.admin.post("/api/v1/jobs", {"steps": [{"run": "true"}], "runs_on": ["nobody=here"]}, headers={"Idempotency-Key": "k"}).expect(201)
    server.admin.post("/api/v1/runs", {"pipeline": "jobs: {one: {runs_on: nobody=here, steps: [{run: 'true'}]}}"}).expect(201)
    left = server.data / "agents" / "one" / "rooms"
    left.mkdir(parents=True)
    (left / "core").write_bytes(b"x" * 70_000)
    (left / "link").symlink_to("/etc/services")  # counts nothing
    seen = json.loads(server.cli("storage", "--json").stdout)
    assert {"name": "agents/", "bytes": 70_000, "complete": True} in seen["files"]
    assert "logs/" not in {file["name"] for file in seen["files"]}
    assert seen["engine"] == ("postgres" if server.database else "sqlite")
    assert seen["database_bytes"] > 50_000
    assert seen["runs"] == {"count": 1, "bytes": 0, "due_count": 0, "due_bytes": 0}
    assert seen["jobs"] == {"count": 4, "bytes": 0, "due_count": 0, "due_bytes": 0}
    assert seen["small_logs"]["count"] == 2 + 2  # those of the steps and of the two set-ups
    assert 0 < seen["small_logs"]["bytes"] < 1000
    assert seen["log_files"]["count"] == 1
    on_disk = sum(path.stat().st_blocks * 512 for path in [log_folder(server, long), *log_folder(server, long).iterdir()])
    assert seen["log_files"]["bytes"] == on_disk
    assert [log["job"] for log in seen["largest_logs"]] == [long] and seen["largest_logs"][0]["name"] == "test"
    assert [age["jobs"] for age in seen["log_files_by_age"]] == [1, 0, 0, 0, 0]
    assert seen["idempotency_keys"] == 1
    names = {file["name"] for file in seen["files"]}
    assert {"admin.token", "lock"} <= names and ("open-cicd.db" in names) == (not server.database)
    shown = server.cli("storage").stdout.decode()
    assert long in shown and "log files" in shown and "short logs" in shown and "1 run" in shown
    assert re.search(r"agents/ +68\.4 KiB", shown), shown
    assert server.cli("storage", OPEN_CICD_TOKEN="ocu_wrong").returncode != 0


@pytest.mark.settings(OPEN_CICD_RETENTION_AGE="1s", OPEN_CICD_RETENTION_JOBS="1", OPEN_CICD_RETENTION_INTERVAL="1h")
def test_storage_says_what_retention_would_free(server, agent):
    ended(server, LONG)
    for _ in range(2):
        ended(server, "echo short")
    wait_until("two to be due", lambda: server.admin.get("/api/v1/storage").expect(200).json["jobs"]["due_count"] == 2)
    seen = server.admin.get("/api/v1/storage").expect(200).json
    assert seen["log_files"]["due_count"] == 1 and seen["log_files"]["due_bytes"] == seen["log_files"]["bytes"] > 10_000
    assert seen["small_logs"]["due_count"] == 1 + 2  # that of a step and those of the two set-ups
    assert b"2 jobs" in server.cli("storage").stdout
