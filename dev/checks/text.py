"""Sizes and text that may not be in the tree: long files, words that promise later work, calls that this project avoids."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import finish, read, tracked_files  # noqa: E402

LINES_MAX = 500

CODE = r"\.(cc|h)$"
PRODUCT = r"^src/.*(?<!_test)(?<!_fixture)\.(cc|h)$"
TESTS = r"_test\.cc$"
TEXT = r"(\.(cc|h|py|sh|md|sql|yml)|/[^.]+)$"

# (what it is and what to do instead, pattern, which paths)
BANNED = [
    (reason, re.compile(pattern), re.compile(paths))
    for reason, pattern, paths in [
        ("finish it, or open an issue", r"\b(TODO|FIXME|XXX|HACK)\b", TEXT),
        ("a conflict of a merge", r"^(<{7}|>{7})", TEXT),
        ("a path of one machine", r"(?<![\w.])/(?:work|Users)/\w", TEXT),
        ("std::regex backtracks on hostile input", r"\bstd::regex\b|#include <regex>", CODE),
        ("asio::detached drops exceptions: use a TaskGroup", r"\basio::detached\b", CODE),
        ("no shell between us and a program: use an argument list", r"(?<![\w.>:])(?:std::|::)?(?:system|popen)\(", PRODUCT),
        ("unbounded", r"(?<![\w.>:])(?:sprintf|gets)\(", CODE),
        ("SQL is a literal with parameters, never glued together", r'(?i)"\s*(?:select|insert into|update|delete from)\s[^"]*"\s*\+', PRODUCT),
        ("SQL is a literal with parameters, never formatted", r'(?i)format\(\s*R?"\(?\s*(?:select|insert into|update|delete from)\s', PRODUCT),
        ("tests wait for a state, they do not sleep", r"\bsleep_for\(|(?<![\w.])(?:u|nano)?sleep\(\d", TESTS),
    ]
]


def check(path: pathlib.PurePosixPath) -> list[str]:
    problems = []
    lines = read(path).splitlines()
    if re.search(CODE, str(path)) and len(lines) > LINES_MAX:
        problems.append(f"{path}: {len(lines)} lines; above {LINES_MAX} there is a second concept in it: split")
    patterns = [(reason, pattern) for reason, pattern, paths in BANNED if paths.search(str(path))]
    for number, line in enumerate(lines, 1):
        for reason, pattern in patterns:
            if pattern.search(line):
                problems.append(f"{path}:{number}: {line.strip()[:80]}: {reason}")
    return problems


if __name__ == "__main__":
    own = "dev/checks/text.py"
    finish([p for path in tracked_files() if str(path) != own and path.name != "LICENSE" for p in check(path)])
