"""A run that fails, breaks or is interrupted ends every process that it has started."""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from chaos import run as chaos_run
from chaos.run import Options, run
from chaos.world import World
from support import leftovers
from support.process import ROOT, Program
from support.wait import wait_until

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def left():
    """left() is what still runs of all that the test has started, itself or through others: an orphan becomes a child of this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0, os.strerror(ctypes.get_errno())
    before = set(leftovers.children(os.getpid()))
    yield lambda: set(leftovers.children(os.getpid())) - before
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    for line in set(leftovers.children(os.getpid())) - before:
        os.kill(int(line.split()[0]), signal.SIGKILL)


def nothing_is_left(left) -> None:
    wait_until("every process to be gone", lambda: not left(), within=10)


def remove_kept(told: str) -> None:
    """The folder that a run which was broken off leaves for its reader."""
    shutil.rmtree(pathlib.Path(re.search(r"broken off; .*: (/tmp/open-cicd-chaos-\w+)$", told, re.MULTILINE).group(1)))


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_run_that_fails(engine, left, monkeypatch, capsys):
    """While an agent is about to come back: what would start it has to end first, as this process goes on."""

    def fail_amid_the_kills(options, users, monkey, deadline):
        for index in range(10):
            users.submit(index)
        wait_until("an agent to be down", lambda: any(agent.name in monkey.down for agent in monkey.world.agents), within=30)
        raise AssertionError("amid the kills")

    monkeypatch.setattr(chaos_run, "submit_all", fail_amid_the_kills)
    threads = set(threading.enumerate())
    with pytest.raises(AssertionError, match="amid the kills"):
        run(Options(kills=1000, agents=3, database=engine))
    wait_until("its threads to end", lambda: set(threading.enumerate()) <= threads, within=10)
    nothing_is_left(left)
    remove_kept(capsys.readouterr().err)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_world_that_cannot_be_made(engine, left, monkeypatch):
    new_agent = World.new_agent

    def break_at_the_second(world: World, name: str):
        assert name != "a2", "no second agent"
        return new_agent(world, name)

    monkeypatch.setattr(chaos_run.World, "new_agent", break_at_the_second)
    with pytest.raises(AssertionError, match="no second agent"):
        World(database=engine, seed=1, scale=0.1, agents=2)
    nothing_is_left(left)


def test_a_kill_of_what_ended_by_itself_just_now(tmp_path, monkeypatch):
    program = Program(["true"], tmp_path / "log")
    program.start()
    program.wait()
    monkeypatch.setattr(program, "running", lambda: True)  # as it looked a moment ago
    assert not World.kill(None, program, "kill server", "server")


def test_an_interrupt_is_not_lost_in_a_finaliser():
    program = """
import signal, time
from support.process import end_on_signals
class Thing:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
end_on_signals()
try:
    Thing()
    time.sleep(20)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT / "tests", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


def test_the_third_interrupt_cuts_the_way_out_short():
    program = """
import signal
from support.process import end_on_signals
end_on_signals()
try:
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.raise_signal(signal.SIGINT)
        print("on the way out")
        signal.raise_signal(signal.SIGINT)
        print("to its end")
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT / "tests", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "on the way out\ninterrupted\n", "")


def interrupt(command: list, number: int, left) -> str:
    """Starts a program of tests/, sends it a signal once it has an agent with a job, and insists on the end of all; its output."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:

        def working() -> bool:
            assert started.poll() is None, started.stdout.read()
            agents = [line for line in leftovers.children(started.pid) if "/open-cicd-agent " in line]
            return any(leftovers.children(int(line.split()[0])) for line in agents)

        wait_until("an agent to have a job", working, within=30)
        started.send_signal(number)
        said = started.communicate(timeout=60)[0]
    assert started.returncode != 0
    nothing_is_left(left)
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted(number, left):
    command = [sys.executable, "-m", "chaos.run", "--jobs", "1000", "--kills", "1000", "--agents", "3", "--minutes", "2", "--database", "postgres"]
    said = interrupt(command, number, left)
    remove_kept(said)
    assert "Traceback" not in said, said
    assert re.search(r"^the same settings again: dev/chaos --jobs 1000 .*--database postgres --seed 1 ", said, re.MULTILINE), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_scenario_that_is_interrupted(number, left):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/chaos/test_r03_agent_stopped.py"]
    assert "KeyboardInterrupt" in interrupt(command, number, left)
