"""The command line, for people and for scripts."""

import json
import signal

import pytest
from support.api import Api
from support.ports import free_port
from support.process import MARK, PROGRAMS, ROOT, Program
from support.wait import wait_until

pytestmark = pytest.mark.one_database


def job_file(folder, text: str):
    path = folder / "job.yml"
    path.write_text(text)
    return path


def test_follow_prints_the_log_and_exits_like_the_job(server, agent, folder):
    good = server.cli("job", "run", "-f", job_file(folder, "executor: shell\nsteps:\n  - run: echo from the job\n"), "--follow")
    assert good.returncode == 0, good.stderr
    assert b"from the job\n" in good.stdout
    assert b"\x1b" not in good.stdout, "no colours where nobody looks"
    bad = server.cli("job", "run", "-f", job_file(folder, "executor: shell\nsteps:\n  - run: exit 9\n"), "--follow")
    assert bad.returncode == 9
    late = server.cli("job", "run", "-f", job_file(folder, "executor: shell\ntimeout: 1s\nsteps:\n  - run: sleep 20\n"), "--follow")
    assert late.returncode == 124


def test_follow_says_how_a_step_ended_before_the_next_one(server, agent, folder):
    path = job_file(folder, "executor: shell\nsteps:\n  - {name: a, run: echo 1}\n  - {name: b, run: exit 3, allow_failure: true}\n"
                            "  - {name: c, run: echo 3}\n")
    for _ in range(5):
        said = server.cli("job", "run", "-f", path, "--follow").stderr.decode().splitlines()
        marks = [line.removeprefix("» ") for line in said if line.startswith(("» setup", "» step"))]
        assert marks == ["setup", "setup: succeeded", "step a", "step a: succeeded", "step b: failed, exit code 3",
                         "step c", "step c: succeeded"], said


def test_an_environment_that_no_program_can_have_is_refused_with_its_field(server, folder):
    large = "env:\n  V0: &v " + 60_000 * "x" + "\n" + "".join(f"  V{i}: *v\n" for i in range(1, 45))
    result = server.cli("job", "run", "-f", job_file(folder, "executor: shell\n" + large + "steps:\n  - run: echo\n"))
    assert result.returncode not in (0, 75, 124, 130)
    assert b"env" in result.stderr and b"a program can be started with at most 1048576" in result.stderr, result.stderr


def test_the_sample_job(server, start_agent):
    start_agent("a1", executors="sandbox,shell")
    result = server.cli("job", "run", "-f", ROOT / "docs" / "examples" / "hello.yml", "--follow")
    assert result.returncode == 0, result
    assert b"Hello from open-cicd" in result.stdout


def test_ctrl_c_cancels(server, agent, folder):
    path = job_file(folder, "executor: shell\nsteps:\n  - run: echo begun; sleep 60\n")
    env = {MARK: server.mark, "OPEN_CICD_SERVER": server.url, "OPEN_CICD_TOKEN": server.token("admin")}
    cli = Program([PROGRAMS / "open-cicd", "job", "run", "-f", path, "--follow"], folder / "cli.log", env)
    cli.start()
    cli.wait_for_output("begun")
    cli.signal(signal.SIGINT)
    assert cli.wait(20) == 130
    job_id = server.admin.get("/api/v1/jobs").json["jobs"][0]["id"]
    assert server.wait_for_end(job_id)["state"] == "cancelled"


def test_list_show_logs_cancel_as_json(server, agent):
    job_id = server.submit("echo shown")
    server.wait_for_end(job_id)
    shown = json.loads(server.cli("job", "show", job_id, "--json").stdout)
    assert shown["id"] == job_id and shown["state"] == "succeeded"
    listed = json.loads(server.cli("job", "list", "--json").stdout)
    assert job_id in [job["id"] for job in listed["jobs"]]
    assert server.cli("job", "logs", job_id).stdout.endswith(b"shown\n")
    assert server.cli("job", "cancel", job_id).returncode != 0, "it has ended"
    agents = json.loads(server.cli("agent", "list", "--json").stdout)
    assert agents["agents"][0]["name"] == "a1"
    for verb in (("job", "list"), ("job", "show", job_id), ("agent", "list")):
        assert server.cli(*verb).returncode == 0


def test_a_bad_file_is_said_with_its_place(server, folder):
    result = server.cli("job", "run", "-f", job_file(folder, "steps:\n  - rum: echo\n"))
    assert result.returncode not in (0, 75, 124, 130)
    assert b"2" in result.stderr and b"rum" in result.stderr


def test_no_server_is_said(server, folder):
    result = server.cli("job", "list", OPEN_CICD_SERVER="http://127.0.0.1:1")
    assert result.returncode != 0 and b"127.0.0.1:1" in result.stderr


def test_up_runs_a_server_and_agents(folder, mark):
    listen = f"127.0.0.1:{free_port()}"
    up = Program([PROGRAMS / "open-cicd", "up", "--listen", listen, "--data", folder / "data"], folder / "up.log", {MARK: mark})
    up.start()
    try:
        up.wait_for_output(f"up: http://{listen}", within=40)
        api = Api(f"http://{listen}", (folder / "data" / "admin.token").read_text().strip())
        wait_until("its agents", lambda: len([a for a in api.get("/api/v1/agents").json["agents"] if a["state"] == "idle"]) == 2)
    finally:
        assert up.stop(30) == 0
