"""What the checks of dev/check share: the files of the checkout and how a problem is printed."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked_files() -> list[pathlib.PurePosixPath]:
    """The files under version control that exist, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [pathlib.PurePosixPath(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def read(path: pathlib.PurePosixPath | str) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def fenced_block(path: str, language: str) -> list[str]:
    """The lines of the first ```language block of a Markdown file."""
    lines = read(path).splitlines()
    start = lines.index(f"```{language}") + 1
    return lines[start : lines.index("```", start)]


def finish(problems: list[str]) -> None:
    """Prints the problems, one a line, and ends the program: 1 if there are any."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
