"""strace on a running program, to make its Nth system call of a kind fail or kill it."""

import pathlib
import subprocess
import time

from support.wait import wait_until


class Injection:
    """While it is attached. `struck()` says whether the fault has taken place."""

    def __init__(self, pid: int, calls: str, fault: str, when: int | str, folder: pathlib.Path):
        self.output = folder / f"strace-{time.monotonic_ns()}"
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", self.output, "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}:when={when}", "-p", str(pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        threads = len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))
        wait_until("strace to hold every thread", lambda: self.held(pid) >= threads, within=10)

    def held(self, pid: int) -> int:
        tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/status")
        return sum(f"TracerPid:\t{self.process.pid}\n" in task.read_text() for task in tasks)

    def struck(self) -> bool:
        text = self.output.read_text(errors="replace") if self.output.exists() else ""
        return "(INJECTED)" in text or "killed by SIGKILL" in text

    def end(self) -> bool:
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()
        return self.struck()


def program_run(arguments: list[str], calls: str, when: int, env: dict[str, str]) -> int:
    """Runs a program that is killed at its Nth system call; its exit code as strace reports it."""
    traced = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={when}", *arguments]
    return subprocess.run(traced, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode
