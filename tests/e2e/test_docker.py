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
@pytest.mark.settings(OPEN_CICD_PROTOCOL_WATCH_GRACE="0s")
def test_another_agent_sweeps_what_a_killed_one_left(server, engine, start_agent, docker_agent):
    before = engine.leftovers()
    sweeps = {"DOCKER_HOST": engine.host, "OPEN_CICD_AGENT_LEFTOVERS_INTERVAL": "200ms"}
    doomed = start_agent("doomed", "--labels", "doomed", executors="docker", env=sweeps)
    job_id = server.submit("echo begun; sleep 300", executor="docker", image=IMAGES[0], retry=0, runs_on=["doomed"])
    server.wait_for_log(job_id, b"begun\n")
    start_agent("living", "--labels", "living", executors="docker", env=sweeps)
    kept = server.submit("echo begun; sleep 300", executor="docker", image=IMAGES[0], retry=0, runs_on=["living"])
    server.wait_for_log(kept, b"begun\n")
    doomed.kill()
    assert server.wait_for_end(job_id)["state"] == "lost"
    wait_until("only the living job's things to be there", lambda: sum(job_id in line for line in engine.leftovers()) == 0, within=60)
    assert sum(kept in line for line in engine.leftovers()) >= 3, engine.leftovers()
    server.admin.put(f"/api/v1/jobs/{kept}/status", {"status": "cancelled"}).expect(202)
    server.wait_for_end(kept)
    wait_until("the engine to be as before", lambda: engine.leftovers() == before, within=20)


@pytest.mark.one_database
def test_output_of_a_container_is_exact(server, engine, docker_agent):
    started = time.monotonic()
    job_id = server.submit("seq 1 200000; printf end >&2", executor="docker", image=IMAGES[0])
    assert server.wait_for_end(job_id, within=60)["state"] == "succeeded"
    log = server.log(job_id)
    assert b"end" in log
    assert log.replace(b"end", b"", 1) == "".join(f"{n}\n" for n in range(1, 200001)).encode()
    assert time.monotonic() - started < 30


@pytest.mark.one_database
def test_what_was_pushed_anew_is_what_the_next_job_runs(server, engine, docker_agent):
    image = "127.0.0.1:5000/app:latest"

    def run_job(**keys) -> tuple[bytes, dict]:
        job_id = server.submit("echo $VERSION", executor="docker", image=image, **keys)
        job = server.wait_for_end(job_id, within=60)
        assert job["state"] == "succeeded", (job, server.log(job_id, -1))
        return server.log(job_id), job

    first = engine.push(image, "one")
    output, job = run_job()
    assert output == b"one\n"
    assert job["attempts"][-1]["images"] == [{"image": image, "digest": first, "how": "checked"}]
    second = engine.push(image, "two")
    assert run_job(pull="missing")[0] == b"one\n"
    output, job = run_job()
    assert output == b"two\n"
    assert job["attempts"][-1]["images"] == [{"image": image, "digest": second, "how": "pulled"}]
    assert f"image {image} {second}".encode() in server.log(job["id"], -1)
    shown = server.cli("job", "show", job["id"]).stdout.decode()
    assert image in shown and second in shown
