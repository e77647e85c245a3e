"""What a test may not leave behind: processes and mounts."""

import contextlib
import os
import pathlib
import signal
from collections.abc import Callable

from support.wait import wait_until


def matching(wanted: Callable[[pathlib.Path, int], bool]) -> list[str]:
    """"pid command" of each process for which wanted(its folder in /proc, its parent) holds."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            if state != "Z" and wanted(entry, int(parent)):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append(f"{entry.name} {command[:200]}")
        except OSError:
            continue  # it ended while we looked
    return found


def processes(mark: str) -> list[str]:
    """Those whose environment carries the mark of a test."""
    return matching(lambda entry, _: mark.encode() in (entry / "environ").read_bytes())


def children(pid: int) -> list[str]:
    return matching(lambda _, parent: parent == pid)


def kill(mark: str, within: float = 10) -> None:
    """SIGKILL to those with the mark, until none is left: each may have made another meanwhile."""

    def none_left() -> bool:
        left = processes(mark)
        for line in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)
        return not left

    wait_until(f"no process with the mark {mark} to be left", none_left, within)


def mounts(below: pathlib.Path) -> list[str]:
    return [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if line.split()[4].startswith(str(below))]
