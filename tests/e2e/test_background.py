"""Steps in the background: beside the others from their start to the job's end, whatever that is."""

import os
import re

import pytest
from support.ports import free_port
from support.process import ROOT
from support.sse import Viewer
from support.wait import wait_until


def submit(server, steps: str, **options) -> str:
    """The id of the only job of a run."""
    file = server.folder / "p.yml"
    extra = "".join(f", {key}: {value}" for key, value in options.items())
    file.write_text(f"defaults: {{executor: shell, checkout: false{extra}}}\njobs:\n  job:\n    steps:\n" + steps)
    done = server.cli("run", "submit", file)
    assert done.returncode == 0, done.stdout + done.stderr
    newest = server.admin.get("/api/v1/runs").expect(200).json["runs"][0]["id"]
    return server.admin.get(f"/api/v1/runs/{newest}").expect(200).json["jobs"][0]["id"]


def states(job):
    return [step["state"] for step in job["steps"]]


SERVE = "      - {name: serve, run: 'echo up; touch up; while :; do sleep 0.1; done', background: true}\n"
WAIT = "      - {name: wait, run: 'while [ ! -e up ]; do sleep 0.1; done; echo it is up'}\n"


def test_it_runs_beside_the_others_and_ends_with_the_job(server, agent):
    job_id = submit(server, SERVE + WAIT + "      - {name: clean, if: always(), run: echo cleaned}\n")
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded" and states(job) == ["succeeded", "succeeded", "succeeded"]
    assert job["steps"][0]["background"] is True and job["steps"][0]["reason"]["code"] == "ended_with_job"
    assert "exit_code" not in job["steps"][0]
    assert server.log(job_id, 0) == b"up\nnote: all other steps have ended, so this one was ended too\n"
    assert server.log(job_id, 1) == b"it is up\n"
    assert "ended with the job" in server.cli("job", "show", job_id).stdout.decode()
    followed = server.cli("job", "logs", job_id, "--follow")
    assert b"\nup\n" in followed.stdout, followed.stdout
    assert b"step serve (in the background)" in followed.stderr


def test_its_failure_stops_what_comes_after(server, agent):
    steps = ("      - {name: serve, run: 'while [ ! -e go ]; do sleep 0.05; done; exit 4', background: true}\n"
             "      - {name: long, run: 'touch go; sleep 1; echo done'}\n"
             "      - {name: never, run: echo never}\n"
             "      - {name: clean, if: always(), run: echo cleaned}\n")
    job = server.wait_for_end(submit(server, steps))
    assert job["state"] == "failed" and job["exit_code"] == 4
    assert states(job) == ["failed", "succeeded", "skipped", "succeeded"]
    assert job["steps"][2]["reason"] == {"code": "skipped_failure", "facts": {"step": 0, "name": "serve"}}


def test_it_is_there_for_the_clean_up_of_a_cancel(server, agent):
    steps = SERVE + WAIT + ("      - {name: long, run: echo begun; sleep 600}\n"
                            "      - {name: clean, if: always(), run: 'rm up; echo cleaned'}\n")
    job_id = submit(server, steps)
    server.wait_for_log(job_id, b"begun", step=2)
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    job = server.wait_for_end(job_id)
    assert job["state"] == "cancelled"
    assert states(job) == ["cancelled", "succeeded", "cancelled", "succeeded"]
    assert server.log(job_id, 3) == b"cleaned\n"


def test_its_log_is_followed_while_others_run(server, agent):
    gate = server.folder / "gate"
    steps = (f"      - {{name: serve, run: 'echo up; while [ ! -e {gate} ]; do sleep 0.05; done; echo seen; sleep 600', background: true}}\n"
             "      - {name: long, run: 'echo begun; sleep 600'}\n")
    job_id = submit(server, steps)
    viewer = Viewer(server.admin, job_id)
    server.wait_for_log(job_id, b"begun", step=1)
    gate.touch()
    server.wait_for_log(job_id, b"seen", step=0)
    assert states(server.job(job_id)) == ["running", "running"]
    wait_until("the viewer to see it", lambda: "seen" in viewer.text(0) and viewer.text(1) == "begun\n")
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    assert server.wait_for_end(job_id)["state"] == "cancelled"
    viewer.join_ended()
    assert viewer.text(0) == "up\nseen\n" and viewer.text(1) == "begun\n"
    assert any("+0." in event.id for event in viewer.events)


@pytest.mark.one_database
def test_nothing_of_it_outlives_a_killed_agent(server, agent):
    pids = server.folder / "pids"
    steps = (f"      - {{run: '(setsid sh -c \"trap : TERM HUP; echo \\\\$\\\\$ >> {pids}; sleep 600; sleep 600\" &); echo $$ >> {pids}; sleep 600', background: true}}\n"
             "      - {run: echo begun; sleep 600}\n")
    job_id = submit(server, steps)
    server.wait_for_log(job_id, b"begun", step=1)
    wait_until("both to run", lambda: pids.exists() and len(pids.read_text().split()) == 2)
    agent.kill()
    wait_until("both to be gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids.read_text().split()))


@pytest.mark.one_database
def test_the_guides_example(server, agent):
    page = (ROOT / "docs" / "guides" / "pipelines.md").read_text()
    example = next(block for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL) if "background: true" in block)
    file = server.folder / "p.yml"
    file.write_text("defaults: {executor: shell, checkout: false}\n" + example.replace("8080", str(free_port())))
    done = server.cli("run", "submit", file, "--follow")
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"SimpleHTTP" in done.stdout


def test_hash_is_of_the_files_before_the_step(server, agent):
    steps = ("      - {run: 'mkdir web; printf a > go.sum; printf b > web/x.lock'}\n"
             "      - {run: 'LC_ALL=C sha256sum go.sum web/x.lock | sha256sum | cut -d\" \" -f1; echo $KEY', env: {KEY: \"${{ hash('go.sum', '**/*.lock') }}\"}}\n"
             "      - {run: printf c > go.sum, if: \"hash('go.sum') == hash('go.sum')\"}\n"
             "      - {run: 'echo $KEY', env: {KEY: \"${{ hash('none.txt') }}\"}}\n")
    job_id = submit(server, steps)
    job = server.wait_for_end(job_id)
    assert states(job) == ["succeeded", "succeeded", "succeeded", "failed"]
    said, given = server.log(job_id, 1).split()
    assert said == given
    assert b"no file of the workspace matches none.txt" in server.log(job_id, 3)
