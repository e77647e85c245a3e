"""Sizes and text that may not be in the tree: long files, words that promise later work, calls that this project avoids."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import finish, read, tracked_files  # noqa: E402

LINES_MAX = 500

CODE = {".cc", ".h"}
SCRIPTS = {".py", ".sh", ""}

# (what it is and what to do instead, pattern, suffixes it counts for)
BANNED = [
    ("finish it, or open an issue", r"\b(TODO|FIXME|XXX|HACK)\b", CODE | SCRIPTS | {".md", ".sql", ".yml"}),
    ("std::regex backtracks on hostile input", r"\bstd::regex\b|#include <regex>", CODE),
    ("asio::detached drops exceptions: use a TaskGroup", r"\basio::detached\b", CODE),
    ("no shell between us and a program: use an argument list", r"(?<![\w.>:])(?:std::|::)?(?:system|popen)\(", CODE),
    ("no unbounded copies", r"(?<![\w.>:])(?:sprintf|gets)\(", CODE),
    ("SQL is a literal with parameters, never glued together", r'(?i)"\s*(?:select|insert into|update|delete from)\s[^"]*"\s*\+', CODE),
    ("SQL is a literal with parameters, never formatted", r'(?i)fmt::format\(\s*R?"\(?\s*(?:select|insert into|update|delete from)\s', CODE),
    ("log through base/log.h", r"\bstd::c(?:out|err)\b", CODE),
    ("tests wait for a state, they do not sleep", r"\bsleep_for\(|(?<![\w.])(?:u|nano)?sleep\(\d", CODE),
]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|Users)/\w")


def check(path: pathlib.PurePosixPath) -> list[str]:
    problems = []
    lines = read(path).splitlines()
    if path.suffix in CODE and len(lines) > LINES_MAX:
        problems.append(f"{path}: {len(lines)} lines; above {LINES_MAX} there is a second concept in it: split")
    patterns = [(reason, re.compile(pattern)) for reason, pattern, suffixes in BANNED if path.suffix in suffixes]
    patterns.append(("a path of one machine", MACHINE_PATH))
    for number, line in enumerate(lines, 1):
        for reason, pattern in patterns:
            if pattern.search(line):
                problems.append(f"{path}:{number}: {line.strip()[:80]}: {reason}")
    return problems


if __name__ == "__main__":
    own = "dev/checks/text.py"
    finish([p for path in tracked_files() if str(path) != own and path.name != "LICENSE" for p in check(path)])
