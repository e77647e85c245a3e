"""A program under test: started with its output in a file, ended by its own pid."""

import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys

from support.wait import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("OPEN_CICD_PROGRAMS", ROOT / "build" / "release"))
MARK = "E2E_MARK"  # an environment variable that all processes of a test carry


class Program:
    """One process at a time; start() after its end begins a new one, with its output appended to the same file."""

    def __init__(self, arguments: list[str | pathlib.Path], output: pathlib.Path, env: dict[str, str] | None = None):
        self.arguments = [str(a) for a in arguments]
        self.output = output
        self.env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **(env or {})}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.process: subprocess.Popen | None = None
        self.started_at = 0  # where this process' output begins in the file

    def start(self) -> None:
        self.started_at = self.output.stat().st_size if self.output.exists() else 0
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self.process, "not started"
        return self.process.pid

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def text(self) -> str:
        """What this process has printed so far."""
        with self.output.open("rb") as file:
            file.seek(self.started_at)
            return file.read().decode(errors="replace")

    def wait_for_output(self, pattern: str, within: float = 15.0) -> re.Match:
        def probe() -> re.Match | None:
            found = re.search(pattern, self.text())
            assert found or self.running(), f"{self.arguments[0]} ended with {self.process.returncode}:\n{self.text()}"
            return found

        return wait_until(f"{pattern!r} in the output of {self.arguments[:2]}", probe, within)

    def wait(self, within: float = 15.0) -> int:
        assert self.process
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.arguments[:2]} still runs after {within:g} s:\n{self.text()[-3000:]}") from None

    def signal(self, number: int) -> None:
        """Nothing happens to a process that has ended, also by itself just now."""
        if self.process:
            self.process.send_signal(number)

    def stop(self, within: float = 15.0) -> int:
        """SIGTERM; its exit code. A program that does not end is killed, and that is a failure."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(within)
        finally:
            self.kill()

    def end(self, within: float = 3.0) -> None:
        """SIGTERM, and SIGKILL if that is not enough: for clean-up, where a busy program is no failure."""
        self.signal(signal.SIGTERM)
        if self.process:
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if self.process:
            self.process.wait(10)


def memory_mib(pid: int, field: str = "VmRSS") -> float:
    """VmRSS is what is resident now, VmHWM the most since the start, or since the kernel was told to forget it."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field)) / 1024


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def end_on_signals() -> None:
    """SIGTERM interrupts the main thread, as Ctrl-C does, so that all that was started is ended on the way out. A second of them is ignored, as
    it would cut that short; one who sends a third means it."""
    came = itertools.count(1)

    def interrupt(number: int, _) -> None:
        if number == signal.SIGALRM or next(came) != 2:
            raise KeyboardInterrupt

    def again(lost) -> None:
        """An interrupt that came while Python ran a finaliser or a weak reference's callback ends only that."""
        if lost.exc_type is not KeyboardInterrupt:
            return sys.__unraisablehook__(lost)
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    sys.unraisablehook = again
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def run(*arguments: str | pathlib.Path, env: dict[str, str] | None = None, within: float = 30, **options) -> subprocess.CompletedProcess:
    """Runs a program to its end and returns exit code and output (bytes)."""
    full = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **(env or {})}
    return subprocess.run([str(a) for a in arguments], env=full, capture_output=True, timeout=within, **options)
