"""Runs of pipelines: on a server, and by `open-cicd run` on this machine with the working tree as it is."""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest
from support.leftovers import processes
from support.process import MARK, PROGRAMS, ROOT, Program, run
from support.wait import wait_until

# An output, a matrix, a failure that is allowed, a condition that is false, a failure in the middle, and what needs it.
PIPELINE = """
jobs:
  version:
    executor: shell
    checkout: false
    outputs: [version]
    steps: [{run: 'echo "version=1.7" >> "$CI_OUTPUT"'}]
  test:
    executor: shell
    checkout: false
    needs: version
    matrix: {part: [one, two]}
    steps:
      - run: 'echo "$PART of $VERSION"'
        env: {PART: "${{ matrix.part }}", VERSION: "${{ needs.version.outputs.version }}"}
  flaky:
    executor: shell
    checkout: false
    allow_failure: true
    steps: [{run: exit 7}]
  never:
    executor: shell
    checkout: false
    if: git.branch == 'release'
    steps: [{run: echo never}]
  bad:
    executor: shell
    checkout: false
    needs: [test, flaky, never]
    steps:
      - run: exit 3
      - if: always()
        run: echo cleaned up
  after:
    executor: shell
    checkout: false
    needs: bad
    steps: [{run: echo after}]
"""
ENDS = {"version": "succeeded", "test (one)": "succeeded", "test (two)": "succeeded", "flaky": "failed", "never": "skipped", "bad": "failed",
        "after": "skipped"}


def jobs_of(server, number: str) -> dict[str, dict]:
    shown = server.admin.get("/api/v1/runs").expect(200).json["runs"]
    run_id = next(one["id"] for one in shown if str(one["number"]) == number)
    return {job["key"]: job for job in server.admin.get(f"/api/v1/runs/{run_id}").expect(200).json["jobs"]}


def test_a_run_on_a_server(server, start_agent):
    start_agent()
    start_agent("a2")
    file = server.folder / "p.yml"
    file.write_text(PIPELINE)
    done = server.cli("run", "submit", file, "--follow")
    assert done.returncode == 3, done.stdout + done.stderr
    jobs = jobs_of(server, "1")
    assert {key: job["state"] for key, job in jobs.items()} == ENDS
    assert server.log(jobs["test (two)"]["id"]) == b"two of 1.7\n"
    assert server.log(jobs["bad"]["id"], step=1) == b"cleaned up\n"
    assert jobs["after"]["reason"] == {"code": "skipped_need", "facts": {"job": "bad", "result": "failed"}}
    assert jobs["never"]["reason"]["code"] == "skipped_condition"
    assert jobs["flaky"]["warning"] is True
    text = server.cli("run", "show", "1").stdout.decode()
    assert "bad, which it needs, failed" in text
    assert "its condition was false: git.branch == 'release'" in text


def test_only_what_failed_is_repeated(server, start_agent):
    start_agent()
    file = server.folder / "p.yml"
    gate = server.folder / "gate"
    file.write_text(f"""
jobs:
  first: {{executor: shell, checkout: false, steps: [{{run: date +%N}}]}}
  second: {{executor: shell, checkout: false, needs: first, steps: [{{run: test -e {gate}}}]}}
  third: {{executor: shell, checkout: false, needs: second, steps: [{{run: echo third}}]}}
""")
    assert server.cli("run", "submit", file, "--follow").returncode == 1
    before = jobs_of(server, "1")
    gate.touch()
    assert server.cli("run", "rerun", "1", "--failed").returncode == 0
    assert server.cli("run", "watch", "1").returncode == 0
    after = jobs_of(server, "1")
    assert {key: job["state"] for key, job in after.items()} == dict.fromkeys(["first", "second", "third"], "succeeded")
    assert {key: job["round"] for key, job in after.items()} == {"first": 1, "second": 2, "third": 2}
    assert after["first"]["id"] == before["first"]["id"]
    assert "from round 1" in server.cli("run", "show", "1").stdout.decode()


def test_a_server_that_is_killed_under_a_run_ends_it(server, start_agent):
    start_agent()
    start_agent("a2")
    file = server.folder / "p.yml"
    gate = server.folder / "gate"
    wait = f"while ! test -e {gate}; do sleep 0.05; done"
    file.write_text(f"""
jobs:
  a: {{executor: shell, checkout: false, steps: [{{run: "echo begun; {wait}"}}]}}
  b: {{executor: shell, checkout: false, steps: [{{run: "echo begun; {wait}"}}]}}
  c: {{executor: shell, checkout: false, needs: [a, b], steps: [{{run: echo c}}]}}
""")
    assert server.cli("run", "submit", file).returncode == 0
    for key in ("a", "b"):
        server.wait_for_log(jobs_of(server, "1")[key]["id"], b"begun")
    server.kill()
    gate.touch()
    server.start()
    wait_until("the run to end", lambda: {job["state"] for job in jobs_of(server, "1").values()} == {"succeeded"}, within=60)
    assert server.cli("run", "watch", "1").returncode == 0


def test_a_run_is_cancelled_and_its_clean_up_still_runs(server, start_agent):
    start_agent()
    file = server.folder / "p.yml"
    file.write_text("""
jobs:
  long: {executor: shell, checkout: false, steps: [{run: echo begun; sleep 600}]}
  next: {executor: shell, checkout: false, needs: long, steps: [{run: echo next}]}
  clean: {executor: shell, checkout: false, needs: long, if: always(), steps: [{run: echo cleaned}]}
""")
    assert server.cli("run", "submit", file).returncode == 0
    server.wait_for_log(jobs_of(server, "1")["long"]["id"], b"begun")
    assert server.cli("run", "cancel", "1").returncode == 0
    assert server.cli("run", "watch", "1").returncode == 130
    jobs = jobs_of(server, "1")
    assert {key: job["state"] for key, job in jobs.items()} == {"long": "cancelled", "next": "cancelled", "clean": "succeeded"}
    assert server.log(jobs["clean"]["id"]) == b"cleaned\n"


def git(folder: pathlib.Path, *arguments: str) -> None:
    who = {f"GIT_{who}_{what}": "t@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(folder) -> pathlib.Path:
    """One commit, a file that was changed since, a new one and an ignored one."""
    tree = folder / "repository"
    tree.mkdir()
    git(tree, "init", "-q", "-b", "trunk")
    (tree / ".gitignore").write_text("*.o\n")
    (tree / "a").write_text("one\n")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "first")
    (tree / "a").write_text("changed\n")
    (tree / "b").write_text("new\n")
    (tree / "c.o").write_text("ignored\n")
    return tree


@pytest.fixture
def temporary(folder) -> pathlib.Path:
    """Where `run` makes its folder: nothing is left there."""
    path = folder / "tmp"
    path.mkdir()
    yield path
    assert list(path.iterdir()) == []


def here(*arguments: str, cwd: pathlib.Path, mark: str, temporary: pathlib.Path) -> subprocess.CompletedProcess:
    return run(PROGRAMS / "open-cicd", "run", *arguments, cwd=cwd, env={MARK: mark, "TMPDIR": str(temporary)}, within=120)


@pytest.mark.parametrize("executor", ["shell", "sandbox"])
def test_the_working_tree_is_what_runs_here(repository, temporary, mark, executor):
    if executor == "sandbox" and os.getuid() != 0 and not pathlib.Path("/usr/bin/bwrap").exists():
        pytest.skip("the sandbox needs bubblewrap: run dev/install test")
    (repository / ".open-cicd.yml").write_text(f"""
jobs:
  files:
    executor: {executor}
    steps: [{{run: "cat a b; test ! -e c.o; git rev-parse --abbrev-ref HEAD >&2; echo on $CI_BRANCH"}}]
""")
    done = here(cwd=repository, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.decode().splitlines()
    assert ["files │ changed", "files │ new"] == [line for line in lines if line in ("files │ changed", "files │ new")]
    assert "files │ on trunk" in lines
    assert subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, check=True).stdout == (
        b" M a\n?? .open-cicd.yml\n?? b\n")
    assert not processes(mark)


@pytest.mark.parametrize("executor", ["shell", "sandbox"])
def test_the_folder_itself_can_be_what_runs_here(repository, temporary, mark, executor):
    (repository / ".open-cicd.yml").write_text("""
jobs:
  make: {executor: sandbox, steps: [{run: "cat a >made; echo on $CI_BRANCH at $CI_COMMIT"}]}
  use: {executor: sandbox, needs: make, steps: [{run: "cat made c.o"}]}
""")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, check=True).stdout.decode().strip()
    if executor == "sandbox" and os.getuid() == 0:
        refused = here("--in-place", cwd=repository, mark=mark, temporary=temporary)
        assert refused.returncode == 65 and b"add --executor shell" in refused.stderr
        return
    done = here("--in-place", "--executor", executor, cwd=repository, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.decode().splitlines()
    assert f"make │ on trunk at {commit}" in lines and "use  │ changed" in lines and "use  │ ignored" in lines
    assert (repository / "made").read_text() == "changed\n"


def test_nothing_is_left_when_nobody_reads(folder, temporary, mark):
    (folder / "p.yml").write_text("jobs: {a: {executor: shell, checkout: false, steps: [{run: 'while :; do echo line; sleep 0.01; done'}]}}")
    running = subprocess.Popen([PROGRAMS / "open-cicd", "run", "--plain", "-f", "p.yml"], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env={**os.environ, MARK: mark, "TMPDIR": str(temporary)})
    assert running.stdout.readline()
    running.stdout.close()
    assert running.wait(60) == 130
    assert not processes(mark)


def test_a_whole_pipeline_runs_here(folder, temporary, mark):
    (folder / "p.yml").write_text(PIPELINE)
    done = here("-f", "p.yml", cwd=folder, mark=mark, temporary=temporary)
    assert done.returncode == 3, done.stdout + done.stderr
    text = done.stdout.decode()
    assert "test (two) │ two of 1.7\n" in text
    table = [re.fullmatch(r"(.+?) {2,}(\w+)( .*)?", line).groups() for line in text.split("\nJOB ", 1)[1].splitlines()[1:]]
    assert {key: state for key, state, _ in table} == ENDS


def test_a_part_of_a_pipeline_runs_here(folder, temporary, mark):
    (folder / "p.yml").write_text(PIPELINE.replace("executor: shell", "image: 'none:1'"))
    done = here("test (two)", "--executor", "shell", "-f", "p.yml", cwd=folder, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.decode().splitlines()
    assert "test (two) │ two of 1.7" in lines
    keys = [line.split("  ")[0] for line in lines[next(n for n, line in enumerate(lines) if line.startswith("JOB ")) + 1:]]
    assert keys == ["version", "test (two)"]
    wrong = here("tset", "-f", "p.yml", cwd=folder, mark=mark, temporary=temporary)
    assert wrong.returncode == 65 and b'Did you mean "test"?' in wrong.stderr


def test_a_leg_that_fails_cancels_the_others_unless_they_keep_going(folder, temporary, mark):
    gate = folder / "gate"
    (folder / "p.yml").write_text(f"""
jobs:
  legs:
    executor: shell
    checkout: false
    matrix: {{n: [1, 2]}}
    env: {{N: "${{{{ matrix.n }}}}"}}
    steps: [{{run: 'test $N = 2 || {{ while ! test -e {gate}; do sleep 0.02; done; exit 1; }}; touch {gate}; sleep 1; echo to its end'}}]
""")
    done = here("--agents", "2", "-f", "p.yml", cwd=folder, mark=mark, temporary=temporary)
    assert b"to its end" not in done.stdout and b"cancelled" in done.stdout, done.stdout
    gate.unlink()
    done = here("--keep-going", "--agents", "2", "-f", "p.yml", cwd=folder, mark=mark, temporary=temporary)
    assert done.returncode == 1 and "legs (2) │ to its end" in done.stdout.decode(), done.stdout


def on_a_terminal(argv: list, cwd: pathlib.Path, env: dict, within: float = 60) -> tuple[int, str]:
    """What a program wrote to a terminal of 100 columns and 30 rows."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    try:
        process = subprocess.Popen(argv, cwd=cwd, env={**os.environ, **env}, stdin=its, stdout=its, stderr=its, start_new_session=True)
        os.close(its)
        seen, end = b"", time.monotonic() + within
        while time.monotonic() < end and select.select([ours], [], [], end - time.monotonic())[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:  # its last writer is gone
                break
        return process.wait(max(1, end - time.monotonic())), seen.decode()
    finally:
        os.close(ours)


def test_jobs_are_drawn_on_a_terminal(folder, temporary, mark):
    (folder / "p.yml").write_text(PIPELINE.replace("exit 3", "'for i in $(seq 200); do echo wrong $i; done; sleep 0.5; exit 3'"))
    code, text = on_a_terminal([PROGRAMS / "open-cicd", "run", "-f", "p.yml"], folder,
                               {MARK: mark, "TMPDIR": str(temporary), "TERM": "xterm", "NO_COLOR": "1"})
    assert code == 3, text
    assert "●     bad" in text and re.search(r"bad +running .* wrong \d+", text), text
    drawn, _, rest = text.rpartition("\x1b[J")  # where the picture is taken away
    assert set(re.findall(r"\x1b\[\d*([A-Za-z])", drawn)) <= {"A", "K", "J"}
    lines = rest.replace("\r", "").splitlines()
    assert [f"wrong {n}" for n in range(1, 201)] == [line for line in lines if line.startswith("wrong ")]
    assert "cleaned up" in lines and any(line.startswith("JOB ") for line in lines)
    assert "two of 1.7" not in lines  # the log of a job that is well


def test_ctrl_c_cancels_and_leaves_nothing(folder, temporary, mark):
    (folder / "p.yml").write_text("""
jobs:
  long: {executor: shell, checkout: false, steps: [{run: echo begun; sleep 600}]}
  clean: {executor: shell, checkout: false, needs: long, if: always(), steps: [{run: echo cleaned}]}
""")
    program = Program([PROGRAMS / "open-cicd", "run", "-f", folder / "p.yml"], folder / "run.log", {MARK: mark, "TMPDIR": str(temporary)})
    program.start()
    program.wait_for_output("long +│ begun", within=60)
    program.signal(signal.SIGINT)
    assert program.wait(within=60) == 130
    assert "cancelling the run" in program.text()
    assert "cleaned\n" in program.text()
    wait_until("no process to be left", lambda: not processes(mark))


def test_what_is_wrong_is_said_before_anything_starts(folder, temporary, mark):
    (folder / ".open-cicd.yml").write_text("jobs: {a: {stesp: [{run: x}]}}\n")
    done = here(cwd=folder, mark=mark, temporary=temporary)
    assert done.returncode == 65
    assert b'.open-cicd.yml:1:12: jobs.a.stesp: is not a known key. Did you mean "steps"?' in done.stderr
    assert done.stdout == b""


def test_init_lint_run(folder, temporary, mark):
    tree = folder / "new"
    tree.mkdir()
    (tree / "Makefile").write_text("all:\n\techo made\ntest:\n\techo tested\n")
    assert run(PROGRAMS / "open-cicd", "init", "--executor", "sandbox", cwd=tree).returncode == 0
    assert run(PROGRAMS / "open-cicd", "lint", cwd=tree).stdout == b".open-cicd.yml: valid\n"
    done = here(cwd=tree, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"tested" in done.stdout


def test_the_sample_of_the_first_page(folder, temporary, mark):
    done = here("-f", str(ROOT / "docs" / "examples" / "pipeline.yml"), cwd=folder, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"releasing 1." in done.stdout


def test_a_run_without_the_docker_that_it_needs_ends_and_says_why(folder, temporary, mark):
    (folder / "p.yml").write_text("jobs: {a: {image: 'none:1', steps: [{run: x}]}}\n")
    done = run(PROGRAMS / "open-cicd", "run", "-f", "p.yml", cwd=folder, within=60,
               env={MARK: mark, "TMPDIR": str(temporary), "DOCKER_HOST": f"unix://{folder}/none.sock"})
    assert done.returncode not in (0, 130), done
    assert b"Docker" in done.stderr and b"cannot work" in done.stderr, done.stderr
    assert done.stderr.count(b"could not tell its version") < 20  # an agent says it once, and there may be several


def test_what_the_history_says_is_as_in_a_clone(repository, temporary, mark):
    git(repository, "tag", "v1.0", "HEAD")
    git(repository, "branch", "older")
    (repository / ".open-cicd.yml").write_text("""
jobs:
  one:
    executor: shell
    checkout: {depth: 0}
    steps: [{run: "git describe --tags --abbrev=0; git rev-parse --verify origin/older"}]
""")
    done = here(cwd=repository, mark=mark, temporary=temporary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one │ v1.0" in done.stdout.decode().splitlines()


def test_templates_come_with_a_run(server, agent):
    (server.folder / "ci").mkdir()
    (server.folder / "ci" / "job.yml").write_text("inputs: {word: {default: none}}\nexecutor: shell\ncheckout: false\nenv: {WORD: '${{ inputs.word }}'}\nsteps: [{run: echo \"$WORD\"}]\n")
    file = server.folder / "p.yml"
    file.write_text("jobs: {one: {uses: ./ci/job.yml, with: {word: told}}}\n")
    done = server.cli("run", "submit", file, "--follow")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one │ told" in done.stdout.decode()
