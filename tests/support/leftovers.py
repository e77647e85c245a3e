"""What a test may not leave behind: processes and mounts."""

import os
import pathlib


def processes(mark: str) -> list[str]:
    """"pid command" of each process whose environment carries the mark of a test."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(f"{entry.name} {command[:200]}")
        except OSError:
            continue  # it ended while we looked
    return found


def mounts(below: pathlib.Path) -> list[str]:
    return [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if line.split()[4].startswith(str(below))]
