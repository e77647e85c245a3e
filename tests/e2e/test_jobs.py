"""A job from submission to its end, with the real agent, on both databases."""

import subprocess
import time

import pytest


def test_first_job_end_to_end(server, agent):
    job_id = server.submit("echo hello; echo error >&2; printf 'no newline'", "pwd; echo second")
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded", job
    assert [step["state"] for step in job["steps"]] == ["succeeded", "succeeded"]
    assert [step["exit_code"] for step in job["steps"]] == [0, 0]
    assert sorted(server.log(job_id, 0).splitlines()) == [b"error", b"hello", b"no newline"]
    assert server.log(job_id, 1).endswith(b"second\n")
    assert job["steps"][0]["log_bytes"] == len(server.log(job_id, 0))


def test_steps_share_a_workspace_and_its_env(server, agent):
    job_id = server.submit("echo $GREETING > file", 'cat file; echo "$CI"', env={"GREETING": "héllo"})
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    assert server.log(job_id, 1).decode() == "héllo\ntrue\n"


def test_failing_step_fails_the_job_and_skips_the_rest(server, agent):
    job_id = server.submit("echo before", "exit 3", "echo never")
    job = server.wait_for_end(job_id)
    assert job["state"] == "failed"
    assert [step["state"] for step in job["steps"]] == ["succeeded", "failed", "skipped"]
    assert job["steps"][1]["exit_code"] == 3
    assert job["attempt"] == 1, "the user's own failure is not retried"


def test_allowed_failure_goes_on(server, agent):
    steps = [{"run": "exit 4", "allow_failure": True}, {"run": "echo after"}]
    job_id = server.submit(steps=steps)
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded"
    assert [step["state"] for step in job["steps"]] == ["failed", "succeeded"]
    assert job["steps"][0]["exit_code"] == 4
    assert server.log(job_id, 1) == b"after\n"


def test_step_timeout(server, agent):
    started = time.monotonic()
    job_id = server.submit(steps=[{"run": "echo begun; sleep 60", "timeout": "1s"}, {"run": "echo never"}])
    job = server.wait_for_end(job_id)
    assert job["state"] == "timed_out"
    assert [step["state"] for step in job["steps"]] == ["timed_out", "skipped"]
    assert server.log(job_id, 0) == b"begun\n"
    assert time.monotonic() - started < 8


def test_retry_on_exit_makes_new_attempts_and_keeps_old_ones(server, agent):
    script = 'echo "try $CI_ATTEMPT"; exit 7'
    job_id = server.submit(script, retry={"max": 2, "on": ["exit"], "exit_codes": [7]})
    job = server.wait_for_end(job_id)
    assert job["state"] == "failed"
    assert job["attempt"] == 3
    assert [attempt["state"] for attempt in job["attempts"]] == ["failed"] * 3


@pytest.mark.one_database
def test_labels_choose_the_agent(server, start_agent):
    start_agent("small", "--labels", "size=small")
    waiting = server.submit("true", runs_on=["size=large"])
    assert server.wait_for_end(server.submit("true", runs_on=["size=small"]))["state"] == "succeeded"
    job = server.job(waiting)
    assert job["state"] == "queued"
    assert job["reason"]["code"] == "no_agent_fits"
    assert job["reason"]["facts"]["nearest"] == {"agent": "small", "missing": ["size=large"]}
    start_agent("large", "--labels", "size=large,gpu=yes")
    assert server.wait_for_end(waiting)["state"] == "succeeded"


@pytest.mark.one_database
def test_idempotency_key_makes_one_job(server, agent):
    body = {"name": "once", "executor": "shell", "steps": [{"run": "true"}]}
    headers = {"Idempotency-Key": "k1"}
    first = server.admin.post("/api/v1/jobs", body, headers=headers).expect(201).json
    server.wait_for_end(first["id"])
    again = server.admin.post("/api/v1/jobs", body, headers=headers).expect(201).json
    assert again["id"] == first["id"] and again["state"] == "succeeded"
    other = {**body, "name": "other"}
    assert server.admin.post("/api/v1/jobs", other, headers=headers).expect(422).json["code"] == "idempotency_mismatch"


@pytest.mark.one_database
def test_yaml_errors_come_all_at_once_with_line_and_column(server):
    text = b"name: x\nexecutor: shel\nsteps:\n  - run: echo\n    timeout: soon\n"
    answer = server.admin.post("/api/v1/jobs", text, headers={"Content-Type": "application/yaml"}).expect(422)
    assert answer.headers["content-type"] == "application/problem+json"
    places = [(error["line"], error["field"]) for error in answer.json["errors"]]
    assert places == [(2, "executor"), (5, "steps[0].timeout")]


def test_i8_commands_in_a_log_have_no_effect(server, agent):
    """Text that other systems obey: the next step's environment and the job's outcome stay as they are."""
    lines = ["::set-env name=HIJACKED::yes", "::add-path::/tmp/hijacked", "::error::no", "##vso[task.setvariable variable=HIJACKED]yes",
             "##teamcity[setParameter name='env.HIJACKED' value='yes']", "::stop-commands::x", "::set-output name=HIJACKED::yes"]
    job_id = server.submit("cat <<'EOF'\n" + "\n".join(lines) + "\nEOF", "env; echo $PATH")
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    assert server.log(job_id) == ("\n".join(lines) + "\n").encode(), "the log has them as they were printed"
    assert b"HIJACKED" not in server.log(job_id, 1) and b"/tmp/hijacked" not in server.log(job_id, 1)


@pytest.mark.one_database
def test_b12_a_pipelines_environment_does_not_reach_the_agents_own_git(server, agent, folder):
    source, evil, touched = folder / "source", folder / "evil", folder / "touched"
    evil.mkdir()
    for name in ("git", "sh", "ssh", "touch-it"):
        (evil / name).write_text(f"#!/bin/sh\necho {name} >>{touched}\nexit 1\n")
        (evil / name).chmod(0o755)
    (evil / "rc").write_text(f"echo rc >>{touched}\n")
    (evil / "config").write_text(f"[core]\n\tfsmonitor = {evil}/touch-it\n\tsshCommand = {evil}/ssh\n")
    for command in (["init", "-q", "-b", "main"], ["config", "user.email", "a@example.com"], ["config", "user.name", "a"],
                    ["commit", "-q", "--allow-empty", "-m", "first"]):
        source.mkdir(exist_ok=True)
        subprocess.run(["git", *command], cwd=source, check=True)
    env = {
        "LD_PRELOAD": f"{evil}/none.so", "LD_LIBRARY_PATH": str(evil), "PATH": str(evil), "BASH_ENV": f"{evil}/rc", "ENV": f"{evil}/rc",
        "IFS": "/", "PYTHONPATH": str(evil), "NODE_OPTIONS": f"--require {evil}/rc", "GIT_SSH_COMMAND": f"{evil}/ssh", "GIT_EXEC_PATH": str(evil),
        "GIT_CONFIG_GLOBAL": f"{evil}/config", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": f"{evil}/touch-it",
        "GIT_DIR": str(evil), "GIT_TRACE": str(touched), "DOCKER_HOST": "tcp://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1", "SSL_CERT_FILE": f"{evil}/rc",
    }  # fmt: skip
    job_id = server.submit("echo $GIT_DIR", env=env, checkout={"url": f"file://{source}"}, retry=0)
    job = server.wait_for_end(job_id)
    setup = server.log(job_id, -1)
    assert "none.so" not in setup.decode(), setup
    assert not touched.exists(), touched.read_text()
    assert str(evil).encode() in server.log(job_id), (job, setup)  # the step itself has what its pipeline says


@pytest.mark.one_database
def test_b12_a_log_sets_no_environment(server, agent):
    says = r"printf '%s\n' '::set-env name=LEAKED::1' 'export LEAKED=1' '##vso[task.setvariable variable=LEAKED]1' 'LEAKED=1'"
    job_id = server.submit(f"{says}; export LEAKED=1", 'echo "[$LEAKED]"; env | grep ^LEAKED || echo none')
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    assert server.log(job_id, 1) == b"[]\nnone\n"
