"""Agents and viewers behind real proxies, with the configuration that the guide shows."""

from datetime import datetime

import pytest
from support.proxies import Caddy, Haproxy, Nginx, UnpreparedNginx
from support.wait import wait_until

pytestmark = pytest.mark.one_database
PROXIES = [Nginx, Haproxy, Caddy]
# The shortest time-out that is promised.
SHORT = 5
# If the end of a proxy's connection counted, a job would be lost at once.
STRICT = {"OPEN_CICD_PROTOCOL_WATCH_GRACE": "0s", "OPEN_CICD_PROTOCOL_WATCH_SILENCE": "200ms"}


@pytest.fixture
def start_proxy(server):
    started = []

    def start(kind, **options):
        proxy = kind(server, **options)
        started.append(proxy)
        return proxy.start()

    yield start
    for proxy in started:
        proxy.stop()


@pytest.fixture
def start_behind(start_agent):
    def start(proxy, name="behind", *arguments):
        return start_agent(name, "--ca-file", str(proxy.ca), *arguments, url=proxy.url)

    return start


def follow(server, proxy, job_id):
    """What `job logs --follow` prints through the proxy."""
    return server.cli("job", "logs", job_id, "--follow", OPEN_CICD_SERVER=proxy.url, OPEN_CICD_CA_FILE=str(proxy.ca))


@pytest.mark.parametrize("kind", PROXIES)
def test_a_job_and_its_log_through_a_proxy(server, start_proxy, start_behind, kind):
    proxy = start_proxy(kind)
    start_behind(proxy)
    job_id = server.submit("head -c 3000000 /dev/urandom | base64 -w 99; echo the end")
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    seen = follow(server, proxy, job_id)
    assert seen.returncode == 0, seen.stderr
    assert server.log(job_id) in seen.stdout and seen.stdout.rstrip().endswith(b"the end")


@pytest.mark.settings(**STRICT)
@pytest.mark.parametrize("kind", PROXIES)
def test_a_restart_of_the_proxy_costs_no_job(server, start_proxy, start_behind, folder, kind):
    proxy = start_proxy(kind)
    start_behind(proxy)
    script = f"for i in $(seq 1 100); do echo line $i; touch {folder}/line-$i; sleep 0.05; done"
    job_id = server.submit(script, retry=0)
    wait_until("some output", (folder / "line-20").exists)
    proxy.stop()
    wait_until("much output while there is no proxy", (folder / "line-70").exists, within=30)
    proxy.start()
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert server.log(job_id) == b"".join(b"line %d\n" % i for i in range(1, 101))


def start_latency(server, job_id):
    """Seconds between the submission and the start of the only attempt."""
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    return (datetime.fromisoformat(job["attempts"][0]["claimed_at"]) - datetime.fromisoformat(job["created_at"])).total_seconds()


@pytest.mark.settings(**STRICT)
@pytest.mark.parametrize("kind", PROXIES)
def test_short_time_outs_lose_no_silent_job_and_delay_none(server, start_proxy, start_behind, kind):
    proxy = start_proxy(kind, time_out=SHORT)
    agent = start_behind(proxy)
    job_id = server.submit("sleep 12", retry=0)
    agent.program.wait_for_output("ask for less", within=30)
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert agent.program.text().count("ask for less") == 1, "it learns once"
    latencies = [start_latency(server, server.submit("sleep 0.7")) for _ in range(9)]
    assert sorted(latencies)[4] <= 1, latencies
    assert max(latencies) <= 3, latencies


def test_a_silent_log_is_followed_without_a_break(server, start_proxy, start_behind):
    proxy = start_proxy(Nginx, time_out=SHORT)
    start_behind(proxy)
    job_id = server.submit("echo before; sleep 11; echo after")
    server.wait_for_log(job_id, b"before\n")
    seen = follow(server, proxy, job_id)
    assert seen.returncode == 0 and seen.stdout.endswith(b"after\n")
    assert b"connection lost" not in seen.stderr, seen.stderr


def test_a_proxy_that_nobody_made_ready(server, start_proxy, start_behind, folder):
    proxy = start_proxy(UnpreparedNginx, time_out=SHORT)
    start_behind(proxy)
    job_id = server.submit(f"head -c 1000000 /dev/urandom; echo; while [ ! -e {folder}/seen ]; do sleep 0.05; done; echo the end")
    server.wait_for_log(job_id, b"\n")
    (folder / "seen").touch()
    seen = follow(server, proxy, job_id)
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert seen.returncode == 0 and server.log(job_id) in seen.stdout


@pytest.mark.settings(OPEN_CICD_PROTOCOL_WATCH_GRACE="0s", OPEN_CICD_PROTOCOL_LEASE_TTL="3s", OPEN_CICD_PROTOCOL_HEARTBEAT="300ms")
def test_an_agent_killed_behind_a_proxy_is_noticed_by_its_lease(server, start_proxy, start_behind):
    proxy = start_proxy(Nginx)
    agent = start_behind(proxy)
    job_id = server.submit("echo begun; sleep 300", retry=0)
    server.wait_for_log(job_id, b"begun\n")
    agent.kill()
    assert server.wait_for_end(job_id, within=10)["state"] == "lost"


def test_an_error_page_in_the_servers_place_ends_no_job(server, start_proxy, start_behind, folder):
    proxy = start_proxy(Nginx)
    agent = start_behind(proxy)
    job_id = server.submit(f"for i in $(seq 1 60); do echo line $i; touch {folder}/line-$i; sleep 0.05; done", retry=0)
    wait_until("some output", (folder / "line-10").exists)
    proxy.stop()
    good = proxy.config.read_text()
    proxy.config.write_text(good.replace("proxy_pass http://open_cicd;", "if ($uri != /healthz) { return 404; }\nproxy_pass http://open_cicd;"))
    proxy.start()
    wait_until("output meanwhile", (folder / "line-50").exists)
    proxy.stop()
    proxy.config.write_text(good)
    proxy.start()
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and job["attempt"] == 1
    assert agent.listed()["id"] == job["attempts"][0]["agent_id"], "it is the same agent"
