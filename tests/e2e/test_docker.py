"""Jobs in containers of a real engine."""

import time

import pytest
from support.wait import wait_until

IMAGES = ["busybox:test", "busybox:two", "busybox:three"]


@pytest.fixture
def docker_agent(start_agent, engine):
    agent = start_agent("docker", executors="docker", env={"DOCKER_HOST": engine.host})
    yield agent


def nothing_left(engine):
    wait_until("containers, networks and volumes to be gone", lambda: not engine.leftovers(), within=20)


def test_three_steps_in_three_images_with_a_service(server, engine, docker_agent):
    steps = [{"image": image, "run": f"cat /etc/image; echo {n} >> shared; wget -qO- http://web:8000/hello"} for n, image in enumerate(IMAGES)]
    steps.append({"image": IMAGES[0], "run": "cat shared"})
    services = {"web": {"image": "busybox:test", "command": ["sh", "-c", "mkdir /w; echo from the service > /w/hello; httpd -f -p 8000 -h /w"],
                        "ready": {"tcp": 8000}}}
    job_id = server.submit(steps=steps, services=services, executor="docker", image=IMAGES[0])
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "succeeded", (job, [server.log(job_id, s) for s in range(-1, 4)])
    for n, image in enumerate(IMAGES):
        assert server.log(job_id, n).decode() == f"{image.split(':')[1]}\nfrom the service\n"
    assert server.log(job_id, 3) == b"0\n1\n2\n"
    nothing_left(engine)


@pytest.mark.one_database
def test_cancel_and_failure_leave_nothing(server, engine, docker_agent):
    job_id = server.submit("echo begun; sleep 60", executor="docker", image=IMAGES[0])
    server.wait_for_log(job_id, b"begun\n")
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    assert server.wait_for_end(job_id)["state"] == "cancelled"
    job_id = server.submit("exit 5", executor="docker", image=IMAGES[0])
    assert server.wait_for_end(job_id)["steps"][0]["exit_code"] == 5
    nothing_left(engine)


@pytest.mark.one_database
def test_a_missing_image_is_the_cause(server, engine, docker_agent):
    job_id = server.submit("true", executor="docker", image="127.0.0.1:1/no/such:image", retry=0)
    job = server.wait_for_end(job_id, within=60)
    assert job["state"] == "failed"
    assert job["reason"]["code"] == "image_pull"


@pytest.mark.one_database
@pytest.mark.settings(OPEN_CICD_PROTOCOL_WATCH_GRACE="0s")
def test_killed_agent_leaves_no_container_running(server, engine, start_agent, docker_agent):
    job_id = server.submit("echo begun; sleep 300", executor="docker", image=IMAGES[0], retry=0)
    server.wait_for_log(job_id, b"begun\n")
    docker_agent.kill()
    wait_until("no container to run", lambda: not engine.docker("ps", "-q"), within=5)
    assert server.wait_for_end(job_id)["state"] == "lost"
    docker_agent.start()
    nothing_left(engine)


@pytest.mark.one_database
def test_output_of_a_container_is_exact(server, engine, docker_agent):
    started = time.monotonic()
    job_id = server.submit("seq 1 200000; printf end >&2", executor="docker", image=IMAGES[0])
    assert server.wait_for_end(job_id, within=60)["state"] == "succeeded"
    log = server.log(job_id)
    assert b"end" in log
    assert log.replace(b"end", b"", 1) == "".join(f"{n}\n" for n in range(1, 200001)).encode()
    assert time.monotonic() - started < 30
