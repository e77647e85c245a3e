"""What an agent does with what a claim brings beside the job: secrets, and a way to the repository through the server."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
from support.claim_gateway import ClaimGateway
from support.git_server import GitServer, commit, git, repository
from support.process import MARK, PROGRAMS, Program
from support.proxy import Tls, own_address
from support.wait import wait_until

pytestmark = pytest.mark.one_database

SECRET = "hush-4f1d9c07b2"
TOKEN = "via-token-77e1b0c9"
EXECUTORS = ["sandbox", "shell", "docker"]


@pytest.fixture
def repositories(folder):
    root = folder / "repositories"
    root.mkdir()
    repository(root / "r.git")
    return root


@pytest.fixture(params=EXECUTORS)
def executor(request):
    """The keys of a job and of its agent."""
    if request.param != "docker":
        return {"executor": request.param}, {"executors": request.param}
    engine = request.getfixturevalue("engine")
    return {"executor": "docker", "image": "busybox:git"}, {"executors": "docker", "env": {"DOCKER_HOST": engine.host}}


def end_of(server, job_id):
    job = server.wait_for_end(job_id, within=60)
    return job, server.log(job_id, -1).decode(), server.log(job_id).decode()


def test_c10_a_steps_secrets_are_seen_by_nobody_else(server, start_agent, folder, executor):
    job, agent = executor
    with ClaimGateway(server.url, {"secrets": {"KEY": SECRET}}) as gateway:
        started = start_agent("a1", url=gateway.url, **agent)
        steps = [
            {"run": 'echo "it is $TOKEN"; echo "$TOKEN" | cut -c6-; echo ${#TOKEN}', "secrets": {"TOKEN": "KEY"}},
            {"run": 'echo "none: ${TOKEN:-}${KEY:-}"'},
            {"run": "sleep 5; true", "secrets": ["KEY"]},
        ]
        job_id = server.submit(steps=steps, retry=0, **job)
        wait_until("the last step", lambda: server.job(job_id)["steps"][2]["state"] == "running", within=60)
        time.sleep(0.3)
        assert not [path for path in started.work_dir.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
        for command in _command_lines():
            assert SECRET.encode() not in command, command
        if job["executor"] == "docker":
            assert SECRET not in _inspected(agent["env"]["DOCKER_HOST"])
        ended, _, log = end_of(server, job_id)
        assert ended["state"] == "succeeded", (ended, log)
        assert log == "it is ***\n" + SECRET[5:] + f"\n{len(SECRET)}\n"
        assert server.log(job_id, 1) == b"none: \n"
        assert SECRET not in (folder / "a1" / "agent.log").read_text() and SECRET not in (folder / "server.log").read_text()


def _command_lines():
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:
            pass


def _inspected(host):
    containers = subprocess.run(["docker", "-H", host, "ps", "-aq"], capture_output=True, text=True, check=True).stdout.split()
    return subprocess.run(["docker", "-H", host, "inspect", *containers], capture_output=True, text=True, check=True).stdout


def test_a_secret_that_may_not_be_had_fails_the_set_up(server, start_agent):
    with ClaimGateway(server.url, {"secrets_error": "The secret KEY is not for forks."}) as gateway:
        start_agent("a1", url=gateway.url)
        job, setup, _ = end_of(server, server.submit("echo never", executor="shell", secrets=["KEY"], retry=0))
        assert job["state"] == "failed" and job["reason"]["facts"]["message"] == "The secret KEY is not for forks."
        assert setup == "error: The secret KEY is not for forks.\n"


def test_b12_a_secret_reaches_no_git_of_the_agent(server, start_agent, repositories, executor):
    job, agent = executor
    names = ["http_proxy", "HTTP_PROXY", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_EXEC_PATH", "GIT_DIR"]
    more = {"secrets": {"KEY": "/no/such/thing"}, "checkout_via": {"path": "/api/v1/via/r.git", "token": TOKEN}}
    with GitServer(repositories) as remote, ClaimGateway(server.url, more, git=remote) as gateway:
        start_agent("a1", url=gateway.url, **agent)
        checkout = {"url": "https://forge.invalid/r.git"}
        ended, setup, log = end_of(server, server.submit("cat file; echo $GIT_EXEC_PATH", checkout=checkout, secrets=dict.fromkeys(names, "KEY"), retry=0, **job))
        assert ended["state"] == "succeeded" and log == "3\n***\n", (ended, setup, log)


def test_c12_an_agent_leaves_no_core_and_shows_its_memory_to_nobody(folder, mark):
    if os.getuid() != 0:
        pytest.skip("another user's agent needs root")
    work = folder / "nobodys"
    work.mkdir()
    os.chown(work, 65534, 65534)
    (work / "token").write_text("reg")
    os.chown(work / "token", 65534, 65534)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    agent = Program([*as_nobody, PROGRAMS / "open-cicd-agent", "--server", "http://127.0.0.1:1", "--token-file", work / "token", "--work-dir",
                     work / "work", "--executors", "shell"], folder / "nobodys.log", {MARK: mark})
    agent.start()
    try:
        pid = agent.process.pid
        limits = pathlib.Path(f"/proc/{pid}/limits")
        wait_until("no core file", lambda: re.search(r"Max core file size +0 +0 ", limits.read_text()), within=30)
        assert os.stat(f"/proc/{pid}/environ").st_uid == 0, "a process that can be dumped belongs to its user"
        for file in ("environ", "mem", "maps"):
            read = subprocess.run([*as_nobody, "head", "-c1", f"/proc/{pid}/{file}"], capture_output=True, text=True)
            assert "Permission denied" in read.stderr, (file, read)
    finally:
        agent.end()


LOOK = """
cat file; git config --get remote.origin.url
grep -rF -l "$(echo via-token | cat)" . && echo leak
grep -rF -l "$(echo hush | cat)" . && echo leak
env | grep -F via-token && echo leak
cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -F via-tok''en && echo leak
git config --list --local | grep -iE 'extraheader|insteadof|credential' && echo leak
true
"""


def test_c11_a_checkout_through_the_server_leaves_nothing_of_its_token(server, start_agent, repositories, executor):
    job, agent = executor
    via = {"path": "/api/v1/via/r.git", "token": TOKEN}
    with GitServer(repositories) as remote, ClaimGateway(server.url, {"checkout_via": via}, git=remote) as gateway:
        remote.login = f"Bearer {TOKEN}"
        start_agent("a1", url=gateway.url, **agent)
        for url in ("https://forge.invalid/owner/r.git", "git@forge.invalid:owner/r.git"):
            ended, setup, log = end_of(server, server.submit(LOOK, checkout={"url": url, "ref": "v2"}, retry=0, **job))
            assert ended["state"] == "succeeded", (ended, setup)
            assert log == f"2\n{url}\n", log
            assert TOKEN not in setup and "Authorization" not in setup, setup
        assert remote.requests and all(authorization == remote.login for *_, authorization in remote.requests)


def test_the_agents_certificates_are_those_of_the_checkout_too(server, start_agent, repositories, folder, executor):
    job, agent = executor
    via = {"path": "/api/v1/via/r.git", "token": TOKEN}
    with GitServer(repositories) as remote, ClaimGateway(server.url, {"checkout_via": via}, git=remote) as gateway:
        tls = Tls(folder, "127.0.0.1", gateway.port)
        start_agent("a1", "--ca-file", str(tls.ca_file), url=tls.url, **agent)
        ended, setup, log = end_of(server, server.submit("cat file", checkout={"url": "https://forge.invalid/r.git"}, retry=0, **job))
        assert ended["state"] == "succeeded", (ended, setup)
        assert log == "3\n"
        tls.close()


def test_k10_the_server_redirects_no_token_elsewhere(server, start_agent, repositories):
    via = {"path": "/api/v1/via/away/r.git", "token": TOKEN}
    with GitServer(repositories) as other, GitServer(repositories) as remote, ClaimGateway(server.url, {"checkout_via": via}, git=remote) as gateway:
        remote.rules["away"] = other.url + "/{rest}"
        start_agent("a1", url=gateway.url)
        job, _, _ = end_of(server, server.submit("echo never", executor="shell", checkout={"url": "https://forge.invalid/r.git"}, retry=0))
        assert job["state"] == "failed" and "what goes through the server is not redirected" in job["reason"]["facts"]["message"], job
        assert not other.requests


def test_submodules_get_no_token(server, start_agent, repositories, executor):
    job, agent = executor
    via = {"path": "/api/v1/via/r.git", "token": TOKEN}
    repository(repositories / "lib.git")
    # The docker executor fetches nothing from the agent's own machine but through the server.
    with GitServer(repositories) as remote, ClaimGateway(server.url, {"checkout_via": via}, git=remote) as gateway:
        with_submodule(repositories / "r.git", f"{remote.url}/lib.git", git("rev-parse", "v2", at=repositories / "lib.git"))
        start_agent("a1", url=gateway.url, **agent)
        checkout = {"url": "https://forge.invalid/r.git", "ref": "with-lib", "submodules": True, "path": "src"}
        ended, setup, log = end_of(server, server.submit("cat src/lib/file; ls -A", checkout=checkout, retry=0, **job))
        if job["executor"] == "docker":
            assert "clones nothing from the agent's own machine" in ended["reason"]["facts"]["message"], ended
            return
        assert ended["state"] == "succeeded", (ended, setup)
        assert log == "2\nsrc\n"
        of_lib = [authorization for _, path, authorization in remote.requests if path.startswith("/lib.git")]
        assert of_lib and not any(of_lib), remote.requests


def with_submodule(path, url, at_commit):
    """A branch with-lib whose commit has a submodule lib."""
    modules = git("hash-object", "-w", "--stdin", at=path, stdin=f'[submodule "lib"]\n\tpath = lib\n\turl = {url}\n'.encode())
    tree = git("mktree", "--missing", at=path, stdin=f"100644 blob {modules}\t.gitmodules\n160000 commit {at_commit}\tlib\n".encode())
    git("update-ref", "refs/heads/with-lib", git("commit-tree", tree, "-m", "with lib", at=path), at=path)


CONTENT = b"large\n"
OID = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def with_lfs(repositories):
    if not shutil.which("git-lfs"):
        pytest.skip("there is no git-lfs: run dev/install test")
    files = {
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/elsewhere\n",
        "a.bin": f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(CONTENT)}\n",
    }
    git("update-ref", "refs/heads/main", commit(repositories / "r.git", files), at=repositories / "r.git")
    with GitServer(repositories) as remote:
        remote.lfs[OID] = CONTENT
        yield remote


def test_files_of_lfs_come_through_the_server(server, start_agent, with_lfs, executor):
    job, agent = executor
    via = {"path": "/api/v1/via/r.git", "token": TOKEN}
    with ClaimGateway(server.url, {"checkout_via": via}, git=with_lfs) as gateway:
        with_lfs.login, with_lfs.lfs_at = f"Bearer {TOKEN}", f"{gateway.url}/api/v1/via/r.git"
        start_agent("a1", url=gateway.url, **agent)
        checkout = {"url": "https://forge.invalid/r.git", "lfs": True}
        ended, setup, log = end_of(server, server.submit(f"cat a.bin; grep -rF -l {TOKEN} . && echo leak; true", checkout=checkout, retry=0, **job))
        assert ended["state"] == "succeeded", (ended, setup)
        assert log == "large\n" and "1 file of Git LFS\n" in setup and "note:" not in setup, (log, setup)


def test_k11_files_of_lfs_come_from_no_other_host(server, start_agent, with_lfs, repositories):
    start_agent("a1", executors="sandbox")
    checkout = {"url": with_lfs.url + "/r.git", "lfs": True}
    ended, setup, log = end_of(server, server.submit("cat a.bin", executor="sandbox", checkout=checkout, retry=0))
    assert ended["state"] == "succeeded" and log == "large\n", (ended, setup)
    with GitServer(repositories, host=own_address()) as other:
        other.lfs[OID], with_lfs.lfs_at = CONTENT, other.url
        ended, setup, _ = end_of(server, server.submit("cat a.bin", executor="sandbox", checkout=checkout, retry=0))
        assert ended["state"] == "failed" and "git lfs pull failed" in ended["reason"]["facts"]["message"], ended
        assert not other.requests


def test_k11_a_job_in_containers_gets_files_of_lfs_through_the_server_only(server, start_agent, repositories, engine, with_lfs):
    start_agent("a1", executors="docker", env={"DOCKER_HOST": engine.host})
    with GitServer(repositories, host=own_address()) as remote:
        checkout = {"url": remote.url + "/r.git", "lfs": True}
        ended, _, _ = end_of(server, server.submit("cat a.bin", executor="docker", image="busybox:test", checkout=checkout, retry=0))
        assert "only for a repository that the server knows" in ended["reason"]["facts"]["message"], ended
