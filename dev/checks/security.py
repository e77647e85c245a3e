"""docs/reference/security-cases.md is exact: each case is pending, with a word why, or tested in exactly the files that it names.

A test belongs to a case by the case's id at the beginning of its name: TEST(Suite, A1_…), INSTANTIATE_TEST_SUITE_P(F1_…, def test_m1_…, and of
those in a browser test('I1 …'. Nothing else in src and tests is written so: what that page's git grep finds are the tests.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, finish, read, tracked_files  # noqa: E402

CASES = "docs/reference/security-cases.md"
ROW = re.compile(r"^\| ([A-O]\d+) \| (.+?) \| (.+?) \|$")
PATH = re.compile(r"`([^`]+)`")
CPP = re.compile(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*\w+,\s*([A-O]\d+)_|\bINSTANTIATE_TEST_SUITE_P\(\s*([A-O]\d+)_")
PYTHON = re.compile(r"^def test_([a-o]\d+)_", re.M)
BROWSER = re.compile(r"\btest\(\s*'([A-O]\d+) ")
WRITTEN = re.compile(r"(?:\b|test_)([a-o]\d+)_", re.I)


def cases_in(path: pathlib.PurePosixPath, text: str) -> set[str]:
    """The ids with a test in a file."""
    if path.suffix == ".py":
        return {match.upper() for match in PYTHON.findall(text)}
    if path.suffix == ".js":
        return set(BROWSER.findall(text))
    return {a or b for a, b in CPP.findall(text)} if path.suffix in (".cc", ".h") else set()


def tests() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Of each case the files with a test, and those in which its id only looks like a test's."""
    found: dict[str, set[str]] = {}
    like: dict[str, set[str]] = {}
    for path in tracked_files():
        if path.parts[0] in ("src", "tests") or path.parts[:2] == ("web", "e2e"):
            text = read(path)
            tested = cases_in(path, text)
            for case in tested:
                found.setdefault(case, set()).add(str(path))
            for case in {match.upper() for match in WRITTEN.findall(text)} - tested:
                like.setdefault(case, set()).add(str(path))
    return found, like


def problems() -> list[str]:
    if not (ROOT / CASES).exists():
        return []
    listed: dict[str, str] = {}
    wrong = []
    for number, line in enumerate(read(CASES).splitlines(), 1):
        row = ROW.match(line)
        if row is None:
            if re.match(r"^\| [A-O]\d+", line):
                wrong.append(f"{CASES}:{number}: a row is | id | what | where |")
            continue
        case, _, where = row.groups()
        if case in listed:
            wrong.append(f"{CASES}:{number}: {case} has a row already")
        listed.setdefault(case, where)
    found, like = tests()
    wrong += [f"{sorted(found[case])[0]}: {case} is no case of {CASES}" for case in sorted(found.keys() - listed.keys())]
    for case, where in listed.items():
        wrong += [f"{path}: {case}_ begins no test's name here: git grep would find it" for path in sorted(like.get(case, ()))]
        if re.fullmatch(r"pending: .{3,}", where):
            wrong += [f"{CASES}: {case} is pending, but {path} tests it" for path in sorted(found.get(case, ()))]
            continue
        named, real = set(PATH.findall(where)), found.get(case, set())
        if not named:
            wrong.append(f"{CASES}: {case} names no test and is not \"pending: why\"")
        wrong += [f"{CASES}: {case} is not tested in {path}" for path in sorted(named - real)]
        wrong += [f"{CASES}: {case} is also tested in {path}" for path in sorted(real - named)]
    return wrong


if __name__ == "__main__":
    finish(problems())
