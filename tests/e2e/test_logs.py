"""Output is bytes: whatever a step prints arrives exactly, once, in order."""

import hashlib

import pytest
from support.sse import Viewer

BINARY = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4096)"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_binary_output_is_exact(server, agent):
    job_id = server.submit(f"python3 -c '{BINARY}'")
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    assert sha256(server.log(job_id)) == sha256(bytes(range(256)) * 4096)


def test_range_of_a_log(server, agent):
    job_id = server.submit("seq 1 20000")
    server.wait_for_end(job_id)
    whole = "".join(f"{n}\n" for n in range(1, 20001)).encode()
    assert server.log(job_id) == whole
    path = f"/api/v1/jobs/{job_id}/logs?step=0"
    for asked, expected in (("bytes=10-19", whole[10:20]), ("bytes=-7", whole[-7:]), ("bytes=100000-", whole[100000:])):
        answer = server.admin.get(path, headers={"Range": asked}).expect(206)
        assert answer.body == expected
    assert server.admin.get(path, headers={"Range": f"bytes={len(whole)}-"}).status == 416


def test_viewer_sees_the_log_live_and_whole(server, agent):
    job_id = server.submit("for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done", "echo end")
    viewer = Viewer(server.admin, job_id).join_ended()
    assert viewer.text(0) == "".join(f"line {i}\n" for i in range(1, 6))
    assert viewer.text(1) == "end\n"
    assert len(viewer.logs(0)) > 1, "the log came in one piece: not live"
    assert viewer.end_state() == "succeeded"


def test_viewer_of_an_ended_job_gets_all_of_it(server, agent):
    job_id = server.submit("seq 1 1000")
    server.wait_for_end(job_id)
    viewer = Viewer(server.admin, job_id).join_ended()
    assert viewer.text(0) == "".join(f"{n}\n" for n in range(1, 1001))


def test_viewer_through_a_server_restart(server, agent):
    job_id = server.submit("for i in $(seq 1 60); do echo line $i; sleep 0.05; done")
    viewer = Viewer(server.admin, job_id)
    server.wait_for_log(job_id, b"line 10\n")
    server.kill()
    server.start()
    viewer.join_ended(60)
    assert viewer.reconnects >= 1
    assert viewer.text(0) == "".join(f"line {i}\n" for i in range(1, 61))
    assert server.wait_for_end(job_id)["state"] == "succeeded"


@pytest.mark.one_database
def test_one_line_of_100_megabytes(server, agent):
    size = 100_000_000
    job_id = server.submit(f"head -c {size} /dev/zero | tr '\\0' x")
    job = server.wait_for_end(job_id, within=120)
    assert job["state"] == "succeeded"
    assert job["steps"][0]["log_bytes"] == size
    tail = server.admin.get(f"/api/v1/jobs/{job_id}/logs?step=0", headers={"Range": "bytes=99999990-"}).expect(206)
    assert tail.body == b"x" * 10
    assert sha256(server.log(job_id)) == sha256(b"x" * size)


def test_log_of_one_gigabyte(server, agent):
    """Exact, and neither program grows with it."""
    lines = 10_000_000
    job_id = server.submit(f"seq -f '%0099.0f' 1 {lines}")
    job = server.wait_for_end(job_id, within=240)
    assert job["state"] == "succeeded"
    assert job["steps"][0]["log_bytes"] == lines * 100
    assert not job.get("log_flags")
    # The middle and the end, without reading a gigabyte into the test.
    for first in (1, lines // 2, lines - 9):
        start = (first - 1) * 100
        answer = server.admin.get(f"/api/v1/jobs/{job_id}/logs?step=0", headers={"Range": f"bytes={start}-{start + 999}"}).expect(206)
        assert answer.body == "".join(f"{n:099d}\n" for n in range(first, first + 10)).encode()
    for program in (server.program, agent.program):
        assert peak_memory_mib(program.pid) < 100


def peak_memory_mib(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
