"""Checkouts from a real git server, over a real proxy, and what people read when they fail."""

import json
import socket
import threading

import pytest
from support.git_server import GitServer, git, repository
from support.proxy import Tinyproxy, Tls, own_address

pytestmark = pytest.mark.one_database


@pytest.fixture
def repositories(folder):
    root = folder / "repositories"
    root.mkdir()
    repository(root / "r.git")
    git("init", "-q", "--bare", "-b", "main", root / "empty.git")
    return root


def check_out(server, url, script="cat file", within=30, **job):
    job = {"executor": "sandbox", "retry": 0, **job}
    job_id = server.submit(script, checkout={"url": url, **job.pop("checkout", {})}, **job)
    return job_id, server.wait_for_end(job_id, within=within)


def reason(job):
    return job["reason"]["facts"].get("message", "")


def test_a_failed_checkout_says_why(server, start_agent, repositories):
    start_agent("a1", executors="sandbox")
    with GitServer(repositories) as remote, GitServer(repositories, login="u:p") as closed, socket.create_server(("127.0.0.1", 0)) as hangs_up:
        def hang_up():
            while True:
                try:
                    peer = hangs_up.accept()[0]
                except OSError:
                    return
                with peer:  # what was not read would make the end a reset
                    peer.recv(1 << 16)

        threading.Thread(target=hang_up, daemon=True).start()
        remote.rules |= {"forbidden": 403, "broken": 500}
        cases = [
            ("http://127.0.0.1:1/r.git", "", "Failed to connect to 127.0.0.1 port 1"),
            ("http://no-such-host.invalid/r.git", "", "Could not resolve host: no-such-host.invalid"),
            (remote.url + "/none.git", "", f"fatal: repository '{remote.url}/none.git/' not found"),
            (remote.url + "/forbidden/r.git", "", "The requested URL returned error: 403"),
            (remote.url + "/broken/r.git", "", "The requested URL returned error: 500"),
            (closed.url + "/r.git", "", "the server wants a user and a password"),
            (remote.url + "/r.git", "nope", "fatal: couldn't find remote ref nope"),
            (remote.url + "/r.git", "1" * 40, "not our ref " + "1" * 40),
            (remote.url + "/empty.git", "", "(the repository is empty, or its HEAD names a branch that it does not have: say `ref`)"),
            ("https" + remote.url[4:] + "/r.git", "", "gnutls_handshake() failed"),
            ("ssh://git@127.0.0.1:1/r.git", "", "ssh: connect to host 127.0.0.1 port 1: Connection refused"),
            ("git@no-such-host.invalid:r.git", "", "ssh: Could not resolve hostname no-such-host.invalid"),
            ("git://127.0.0.1:1/r.git", "", "errno=Connection refused"),
            (f"ssh://git@127.0.0.1:{hangs_up.getsockname()[1]}/r.git", "", "Connection closed by 127.0.0.1"),
            (f"http://127.0.0.1:{hangs_up.getsockname()[1]}/r.git", "", "Empty reply from server"),
        ]  # fmt: skip
        for url, ref, words in cases:
            job_id, job = check_out(server, url, checkout={"ref": ref} if ref else {})
            assert job["state"] == "failed" and words in reason(job), (url, job["reason"])
            assert reason(job).startswith("git fetch failed with exit code 128: "), reason(job)
            assert f"error: {reason(job)}\n".encode() in server.log(job_id, -1)
            assert reason(job) in server.cli("job", "show", job_id).stdout.decode()
        _, job = check_out(server, closed.url.replace("//", "//u:p@") + "/r.git")
        assert job["state"] == "succeeded", job


def test_a_server_that_packs_for_long_is_waited_for(server, start_agent, repositories, folder):
    hook = folder / "slow"
    hook.write_text('#!/bin/sh\nsleep 5\nexec "$@"\n')
    hook.chmod(0o755)
    start_agent("a1", "--checkout-silence-max", "3s", executors="sandbox")
    with GitServer(repositories) as remote:
        remote.config |= {"uploadpack.packObjectsHook": str(hook), "uploadpack.keepAlive": "1"}
        job_id, job = check_out(server, remote.url + "/r.git")
        assert job["state"] == "succeeded", (job, server.log(job_id, -1))
        remote.config["uploadpack.keepAlive"] = "0"
        _, job = check_out(server, remote.url + "/r.git")
        assert job["state"] == "failed"
        assert reason(job) == f"git fetch was ended: nothing was heard of {remote.url}/r.git for 3s, the agent's checkout_silence_max."


def test_the_whole_history_is_what_git_describe_needs(server, start_agent, repositories):
    start_agent("a1", executors="sandbox")
    with GitServer(repositories) as remote:
        script = "git describe --tags; git log --format=%s origin/main..HEAD; git tag | wc -l"
        job_id, job = check_out(server, remote.url + "/r.git", script, checkout={"ref": "feature", "depth": 0})
        assert job["state"] == "succeeded", server.log(job_id, -1)
        lines = server.log(job_id).decode().split("\n")
        assert lines[0].startswith("v3-1-g") and lines[1:3] == ["feature", "3"], lines


def redirects(server, address, repositories, executor):
    """What became of a checkout over a redirect to another host, and over one at the same host."""
    job_options = {"executor": executor} | ({"image": "busybox:test"} if executor == "docker" else {})
    with GitServer(repositories, host=address, login="u:p") as first, GitServer(repositories, host=address) as second:
        first.rules |= {"moved": first.url + "/{rest}", "away": second.url + "/{rest}", "page": first.url + "/login", "loop": first.url + "/loop/{rest}"}
        with_password = first.url.replace("//", "//u:p@")
        job_id, job = check_out(server, with_password + "/moved/r.git", within=60, **job_options)
        assert job["state"] == "succeeded", (job, server.log(job_id, -1))
        assert server.log(job_id) == b"3\n"
        assert f"redirected to {first.url}/r.git\n".encode() in server.log(job_id, -1)
        job_id, job = check_out(server, with_password + "/away/r.git", within=60, **job_options)
        assert job["state"] == "succeeded", (job, server.log(job_id, -1))
        assert b"another host, which does not get the user and password" in server.log(job_id, -1)
        assert second.requests and all(authorization is None for _, _, authorization in second.requests), second.requests
        _, job = check_out(server, with_password + "/page/r.git", within=60, **job_options)
        assert "which is no repository" in reason(job) and "u:p" not in reason(job), job["reason"]
        _, job = check_out(server, with_password + "/loop/r.git", within=60, **job_options)
        assert "redirects more than 5 times" in reason(job), job["reason"]


def test_c11_redirects_take_no_password_to_another_host(server, start_agent, repositories):
    start_agent("a1", executors="sandbox")
    redirects(server, "127.0.0.1", repositories, "sandbox")


def test_c11_redirects_in_docker_are_as_in_sandbox(server, start_agent, repositories, engine):
    start_agent("a1", executors="docker", env={"DOCKER_HOST": engine.host})
    redirects(server, own_address(), repositories, "docker")
    with GitServer(repositories, host=own_address()) as outer, GitServer(repositories) as inner:
        outer.rules["in"] = inner.url + "/{rest}"
        _, job = check_out(server, outer.url + "/in/r.git", within=60, executor="docker", image="busybox:test")
        assert "clones nothing from the agent's own machine" in reason(job), job["reason"]
        assert not inner.requests


@pytest.mark.parametrize("login", [None, "me:s3cr3t"])
def test_the_agents_own_traffic_takes_the_proxy_and_the_steps_do_not(server, start_agent, repositories, folder, mark, login):
    address = own_address()
    tls = Tls(folder, address, int(server.url.rsplit(":", 1)[1]))
    with Tinyproxy(folder, {"E2E_MARK": mark}, login) as proxy, GitServer(repositories, host=address) as remote:
        start_agent("a1", "--ca-file", str(tls.ca_file), executors="sandbox", url=tls.url, env={"OPEN_CICD_AGENT_PROXY": proxy.url})
        job_id, job = check_out(server, remote.url + "/r.git", "cat file; env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'")
        assert job["state"] == "succeeded", (job, server.log(job_id, -1))
        assert server.log(job_id).startswith(b"3\n")
        assert b"proxy" not in server.log(job_id).lower() and b"s3cr3t" not in server.log(job_id)
        requests = proxy.requests()
        assert any(request.startswith(f"CONNECT {tls.url[8:]} ") for request in requests), requests
        assert any(request.startswith("GET ") and f"{remote.url}/r.git/info/refs" in request for request in requests), requests
    tls.close()


def test_what_no_proxy_names_is_reached_directly(server, start_agent, repositories):
    address = own_address()
    with GitServer(repositories, host=address) as remote:
        start_agent("a1", "--proxy", "http://127.0.0.1:1", "--no-proxy", f"example.org,{address}/32", executors="sandbox")
        job_id, job = check_out(server, remote.url + "/r.git")
        assert job["state"] == "succeeded", server.log(job_id, -1)
        start_agent("a2", "--proxy", "http://127.0.0.1:1", "--labels", "proxied", executors="sandbox")
        _, job = check_out(server, remote.url + "/r.git", runs_on=["proxied"])
        assert job["state"] == "failed" and "Failed to connect to 127.0.0.1 port 1" in reason(job), job["reason"]


def test_a_reason_is_read_as_it_was_written(server, start_agent):
    start_agent("a1", executors="sandbox")
    job_id = server.submit(steps=[{"name": 'echo "eat" \\ all', "run": "sleep 60", "timeout": "1s"}], executor="sandbox", retry=0)
    job = server.wait_for_end(job_id)
    sentence = 'step "echo "eat" \\ all" ran longer than its timeout, 1s'
    assert reason(job) == sentence
    assert job["attempts"][0]["message"] == sentence
    assert sentence in server.cli("job", "show", job_id).stdout.decode()
    assert json.loads(server.cli("job", "show", job_id, "--json").stdout)["reason"]["facts"]["message"] == sentence
    followed = server.cli("job", "logs", job_id, "--follow")
    assert sentence in (followed.stdout + followed.stderr).decode()
    job_id, job = check_out(server, 'http://127.0.0.1:1/"quoted"')
    assert '/"quoted"/\'' in reason(job) and reason(job) in server.log(job_id, -1).decode()
