"""R23: a viewer sees each byte once although the server is killed again and again under it."""

from support.sse import Viewer
from support.wait import wait_until

LINES = "".join(f"line {i}\n" for i in range(1, 121)).encode()


def test_viewer_through_restarts(server, agent):
    job_id = server.submit("for i in $(seq 1 120); do echo line $i; sleep 0.02; done")
    viewer = Viewer(server.admin, job_id)
    for kill in range(5):
        seen = len(viewer.logs())
        wait_until("the viewer to see more", lambda: len(viewer.logs()) > seen or viewer.ended.is_set(), within=20)  # noqa: B023
        server.kill()
        server.start()
    viewer.join_ended(60)
    assert viewer.text() == LINES.decode() and viewer.end_state() == "succeeded" and viewer.reconnects >= 1
    assert server.log(job_id) == LINES
