"""Secrets: who may have them, that jobs get them, and that nobody else sees them."""

import hashlib
import json

import pytest
from support.canary import Watch, assert_nowhere, new_canary, places_of
from support.connected import HOSTS, SETTINGS, fork_with, pipeline
from support.proxy import own_address
from support.wait import wait_until

pytestmark = [pytest.mark.one_database, pytest.mark.settings(**SETTINGS)]

# It proves that it has the value, and shows it.
PROVES = 'steps: [{run: "printf %s \\"$TOKEN\\" | sha256sum; echo it is $TOKEN"}]'


@pytest.fixture(params=HOSTS)
def kind(request):
    return request.param


@pytest.fixture(params=[kind for kind in HOSTS if kind != "git"])
def forge_kind(request):
    return request.param


@pytest.fixture
def sandbox(start_agent):
    return start_agent("a1", executors="sandbox")


def keep(server, name: str, value: str, *arguments: str):
    done = server.cli("secret", "set", name, *arguments, stdin=value.encode())
    assert done.returncode == 0, done
    assert value.encode() not in done.stdout + done.stderr


def proof(value: str) -> bytes:
    return hashlib.sha256(value.encode()).hexdigest().encode()


def has(connected, run, key: str, value: str | None) -> bool:
    """Whether a job that proves its secret has this one, or none at all. A job that may not have what it asks for need not begin."""
    if value is not None:
        return proof(value) in connected.log(run, key)
    job = connected.jobs(run)[key]
    return job["state"] in ("failed", "skipped") or proof("") in connected.log(run, key)


@pytest.mark.both_databases
def test_a_job_gets_the_secret_that_it_asks_for(workplace, sandbox, kind):
    value, of_all = new_canary(), new_canary()
    jobs = f"""
asks: {{secrets: [TOKEN], {PROVES}}}
renames: {{secrets: {{TOKEN: SHARED}}, {PROVES}}}
does_not: {{steps: [{{run: "env; echo [$TOKEN]"}}]}}
one_step: {{steps: [{{run: "echo [$TOKEN]"}}, {{secrets: [TOKEN], run: "printf %s $TOKEN | sha256sum"}}, {{run: "echo [$TOKEN]"}}]}}
"""
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs)})
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name)
    keep(connected.server, "SHARED", of_all)
    with Watch(value, of_all) as watch:
        run = connected.succeeded(connected.repository.push({"x": "1"}))
    assert has(connected, run, "asks", value) and has(connected, run, "renames", of_all)
    assert connected.log(run, "asks").endswith(b"it is ***\n")
    assert b"[]\n" in connected.log(run, "does_not")
    assert connected.log(run, "one_step", 0) == connected.log(run, "one_step", 2) == b"[]\n"
    assert proof(value) in connected.log(run, "one_step", 1)
    assert watch.seen == []
    assert_nowhere(connected, value)
    assert_nowhere(connected, of_all)


def test_a_repositorys_own_secret_hides_the_servers(workplace, sandbox, kind):
    own, others, newer = new_canary(), new_canary(), new_canary()
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(f"a: {{secrets: [TOKEN], {PROVES}}}")})
    name = connected.repository.full_name
    keep(connected.server, "TOKEN", others)
    assert has(connected, connected.succeeded(connected.repository.push({"x": "1"})), "a", others)
    keep(connected.server, "TOKEN", own, "--repository", name)
    assert has(connected, connected.succeeded(connected.repository.push({"x": "2"})), "a", own)
    keep(connected.server, "TOKEN", newer, "--repository", name)
    assert has(connected, connected.succeeded(connected.repository.push({"x": "3"})), "a", newer)
    assert connected.server.cli("secret", "remove", "TOKEN", "--repository", name).returncode == 0
    assert has(connected, connected.succeeded(connected.repository.push({"x": "4"})), "a", others)
    for value in (own, others, newer):
        assert_nowhere(connected, value)


def test_a_secret_that_is_not_there_is_named(workplace, sandbox, kind):
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(f"a: {{secrets: [NO_SUCH_THING], {PROVES}}}")})
    run = connected.wait_for_run(connected.repository.push({"x": "1"}))
    assert run["state"] == "failed" and "NO_SUCH_THING" in json.dumps(run), run


def test_secrets_are_listed_without_their_values(workplace, kind):
    connected = workplace.connected(kind)
    value = new_canary()
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name, "--event", "push", "--branch", "main")
    one, = connected.server.admin.get(f"{connected.path}/secrets").expect(200).json["secrets"]
    assert one["name"] == "TOKEN" and one["created_at"] and one.get("last_used_at") is None
    listed = connected.server.cli("secret", "list", "--repository", connected.repository.full_name).stdout.decode()
    assert "TOKEN" in listed and "push" in listed
    assert connected.server.admin.get("/api/v1/secrets").expect(200).json["secrets"] == []
    connected.server.admin.delete(f"{connected.path}/secrets/TOKEN").expect(200, 204)
    assert connected.server.admin.get(f"{connected.path}/secrets").expect(200).json["secrets"] == []
    assert_nowhere(connected, value)


def test_a_secret_is_limited_to_events_and_branches(workplace, sandbox, kind):
    value = new_canary()
    jobs = f"a: {{secrets: [TOKEN], {PROVES}}}"
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs)})
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name, "--event", "push", "--branch", "main", "--branch", "release/*")
    repository = connected.repository
    assert has(connected, connected.wait_for_run(repository.push({"x": "1"})), "a", value)
    assert has(connected, connected.wait_for_run(repository.push({"x": "2"}, "release/1")), "a", value)
    for branch in ("side", "release/2/more", "release-1"):
        assert has(connected, connected.wait_for_run(repository.push({"x": branch}, branch)), "a", None)
    repository.tag("main", repository.tip("main"))
    assert has(connected, connected.wait_for_run(repository.tip("main"), "tag"), "a", None)
    if kind != "git":
        sha = repository.push({"x": "3"}, "topic")
        connected.wait_for_run(sha, "push")
        repository.open_change("topic")
        assert has(connected, connected.wait_for_run(sha, "pull_request"), "a", None)
    assert_nowhere(connected, value)


def test_a_secret_that_is_limited_to_an_image_is_not_for_the_agent_itself(workplace, sandbox, kind):
    value = new_canary()
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(f"a: {{secrets: [TOKEN], {PROVES}}}")})
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name, "--image", "busybox:*")
    assert has(connected, connected.wait_for_run(connected.repository.push({"x": "1"})), "a", None)
    assert_nowhere(connected, value)


def test_a_secret_reaches_no_other_repository(workplace, sandbox, kind):
    value = new_canary()
    jobs = f"a: {{secrets: [TOKEN], {PROVES}}}"
    one = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs)})
    two = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs)}, forge=one.forge, name="acme/tools/other" if kind == "gitlab" else "acme/other")
    keep(one.server, "TOKEN", value, "--repository", one.repository.full_name)
    assert has(two, two.wait_for_run(two.repository.push({"x": "1"})), "a", None)
    assert has(one, one.wait_for_run(one.repository.push({"x": "1"})), "a", value)


def test_a_change_of_who_may_push_has_the_secrets_of_changes(workplace, sandbox, forge_kind):
    value = new_canary()
    connected = workplace.connected(forge_kind, {".open-cicd.yml": pipeline(f"a: {{secrets: [TOKEN], {PROVES}}}", on="{pull_request: }")}, trust="nobody")
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name, "--event", "pull_request")
    sha = connected.repository.push({"x": "1"}, "topic")
    connected.repository.open_change("topic")
    assert has(connected, connected.wait_for_run(sha, "pull_request"), "a", value)
    change = fork_with(connected, {"y": "1"})
    assert has(connected, connected.wait_for_run(change.head, "pull_request"), "a", None)  # but a fork none, also when it need not wait
    assert_nowhere(connected, value)


def test_a_wrong_secret_is_refused(workplace, kind):
    server = workplace.connected(kind).server
    for name, value in [("1X", "long enough"), ("A B", "long enough"), ("@token", "long enough"), ("PATH\n", "long enough"), ("X", ""), ("X", "v" * (49 << 10))]:
        done = server.cli("secret", "set", name, stdin=value.encode())
        assert done.returncode != 0 and done.stderr, (name, done)
    assert server.admin.get("/api/v1/secrets").expect(200).json["secrets"] == []


# With containers


@pytest.mark.settings(OPEN_CICD_LOG_LEVEL="debug")
def test_docker_with_a_service_a_matrix_and_a_secret(workplace, start_agent, engine, kind):
    value = new_canary()
    start_agent("d1", executors="docker", env={"DOCKER_HOST": engine.host})
    jobs = """
test:
  image: "busybox:test"
  matrix: {image: ["busybox:two", "busybox:three"]}
  services:
    web: {image: "busybox:test", command: [sh, -c, "mkdir /w; echo served > /w/hello; httpd -f -p 8000 -h /w"], ready: {tcp: 8000}}
  secrets: [TOKEN]
  steps:
    - {image: "${{ matrix.image }}", run: "cat /etc/image file; wget -qO- http://web:8000/hello"}
    - {run: "printf %s $TOKEN | sha256sum; echo it is $TOKEN; env | grep ^TOKEN"}
"""
    forge = workplace.forge(kind, host=own_address())  # a container clones nothing from the agent's own loopback
    connected = workplace.connected(kind, {".open-cicd.yml": pipeline(jobs, executor="docker"), "file": "checked out\n"}, private=True, forge=forge)
    keep(connected.server, "TOKEN", value, "--repository", connected.repository.full_name, "--image", "busybox:*")
    sha = connected.repository.push({"x": "1"})
    with Watch(value) as watch:
        run = connected.succeeded(sha, within=90)
    for image in ("two", "three"):
        key = f"test (busybox:{image})"
        assert connected.log(run, key, 0) == f"{image}\nchecked out\nserved\n".encode()
        assert proof(value) in connected.log(run, key, 1) and connected.log(run, key, 1).endswith(b"it is ***\nTOKEN=***\n")
        connected.wait_for_status(sha, connected.context("push", key))
    assert watch.seen == []
    assert_nowhere(connected, value)
    token = connected.token.value if connected.token else None
    assert token is None or places_of(connected, token) == []
    wait_until("containers, networks and volumes to be gone", lambda: not engine.leftovers(), within=20)
