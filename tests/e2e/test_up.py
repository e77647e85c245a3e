"""`open-cicd up`: a server and agents as one program, on a port of the test's own."""

import json
import pathlib
import re
import signal

import pytest
from support.api import Api
from support.leftovers import processes
from support.ports import free_port
from support.process import MARK, PROGRAMS, Program, run
from support.server import Server
from support.wait import wait_until

pytestmark = pytest.mark.one_database
STOPPING = r"stopping; running jobs are finished first\. Ctrl-C again ends them now\."

SECRET = "the-token-of-the-one-who-types"


@pytest.fixture
def up(folder, mark):
    """A started `up` with two agents, as a Server whose program it is."""
    server = Server(folder, mark)
    server.url = f"http://127.0.0.1:{free_port()}"
    server.program = Program(arguments(server), folder / "up.log", {MARK: mark, "OPEN_CICD_TOKEN": SECRET})
    server.program.start()
    server.program.wait_for_output("open-cicd is up: ", within=30)
    yield server
    server.program.signal(signal.SIGINT)
    server.program.signal(signal.SIGINT)
    server.program.end(within=15)


def arguments(server: Server, *more: str) -> list:
    listen = server.url.removeprefix("http://")
    return [PROGRAMS / "open-cicd", "up", "--listen", listen, "--data", server.data, "--executors", "shell", *more]


def start_busy_job(up: Server) -> str:
    job = up.submit(f"echo started; while ! test -e {up.folder}/go; do sleep 0.05; done")
    up.wait_for_log(job, b"started")
    return job


def test_the_first_screen_is_short(up):
    wait_until("two idle agents", lambda: [a["state"] for a in up.agents()] == ["idle"] * 2)
    text = up.program.text()
    assert "with 2 local agents (shell). Stop it with Ctrl-C." in text
    assert "WARN" not in text.upper(), text
    assert "docker" not in text and "not used" not in text, text
    assert len(text.splitlines()) < 20, text
    link = re.search(r"this link signs in once, within ten minutes:\n\n  (http://\S+)/sign-in#code=(occ_\S+)\n", text)
    assert link and link.group(1) == up.url, text
    Api(up.url).post("/api/v1/session", {"code": link.group(2)}).expect(204)
    Api(up.url).post("/api/v1/session", {"code": link.group(2)}).expect(401)
    assert up.program.stop() == 0
    assert re.search(STOPPING, up.program.text())


def test_the_users_token_stays_with_up(up):
    job = start_busy_job(up)
    children = [line for line in processes(up.mark) if not line.startswith(f"{up.program.pid} ")]
    assert len(children) >= 4, "the server, two agents, and the job"
    for line in children:
        try:
            environment = pathlib.Path("/proc", line.split()[0], "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue  # one that has ended meanwhile
        assert SECRET.encode() not in environment and b"OPEN_CICD_TOKEN=" not in environment, line
    (up.folder / "go").touch()
    assert up.wait_for_end(job)["state"] == "succeeded"


def test_ctrl_c_lets_the_job_finish(up):
    job = start_busy_job(up)
    later = up.submit("true")
    up.wait_for_end(later)
    up.program.signal(signal.SIGINT)
    up.program.wait_for_output(STOPPING)
    wait_until("the idle agent to leave", lambda: sum(a["state"] in ("idle", "offline", "draining") for a in up.agents()) >= 1)
    assert up.job(job)["state"] == "running"
    (up.folder / "go").touch()
    assert up.program.wait() == 0
    again = Server(up.folder, up.mark).start()
    assert again.job(job)["state"] == "succeeded"
    again.stop()


def test_a_second_ctrl_c_ends_the_job(up):
    start_busy_job(up)
    up.program.signal(signal.SIGINT)
    up.program.wait_for_output(STOPPING)
    up.program.signal(signal.SIGINT)
    assert up.program.wait(within=12) == 0


def test_a_port_in_use_is_named(folder, mark):
    stranger = Server(folder, mark).start()
    other = Server(folder / "other", mark)
    other.url = stranger.url
    result = run(*arguments(other), env={MARK: mark})
    port = stranger.url.rsplit(":", 1)[1]
    assert result.returncode == 1
    assert result.stderr.decode() == (
        f"open-cicd: Another program listens on 127.0.0.1 port {port}: stop it, or choose another port with --listen.\n")
    assert not other.data.exists()
    assert stranger.agents() == []
    stranger.stop()


def test_tokens_taken_away(up):
    wait_until("two registered agents", lambda: len(up.agents()) == 2)
    assert up.program.stop() == 0
    for kind in ("admin", "registration"):
        (up.data / f"{kind}.token").unlink()
    result = run(*arguments(up, "--agents", "3"), env={MARK: up.mark})
    assert result.returncode == 1
    assert result.stderr.decode() == (
        f"open-cicd: agent local-3 is new and {up.data}/registration.token is gone. Make a new one: "
        f"open-cicd token reset --registration --data {up.data}\n")
    up.program.start()
    up.program.wait_for_output(f"open-cicd token reset --admin --data {up.data}")
    up.program.wait_for_output("open-cicd is up: ")


def test_reset_needs_a_database(folder, mark):
    result = run(PROGRAMS / "open-cicd", "token", "reset", "--admin", "--data", "nonono", env={MARK: mark}, cwd=folder)
    assert result.returncode == 66
    assert result.stderr.decode() == "open-cicd: There is no database in nonono: give the server's folder with --data.\n"
    result = run(PROGRAMS / "open-cicd", "token", "reset", "--admin", "--json", "--data", "nonono", env={MARK: mark}, cwd=folder)
    assert result.returncode == 66 and result.stderr == b""
    assert json.loads(result.stdout)["code"] == "no_database"
    assert not (folder / "nonono").exists()


def test_reset_says_as_json_where_the_new_token_is(folder, mark):
    data = folder / "data"
    assert run(PROGRAMS / "open-cicd", "migrate", "--data", data, env={MARK: mark}).returncode == 0
    result = run(PROGRAMS / "open-cicd", "token", "reset", "--registration", "--json", "--data", data, env={MARK: mark})
    assert result.returncode == 0, result
    assert json.loads(result.stdout) == {"kind": "registration", "token_file": str(data / "registration.token")}
