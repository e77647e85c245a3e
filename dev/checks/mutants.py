"""The lists of tests/mutants fit the tree: each mutant has its keys, its pattern stands in its file exactly once, and its test exists.

A mutant is a table of a room's list, tests/mutants/ROOM.toml:

    [late-look-up]
    what = "a look-up that was under way during a revocation is cached"
    file = "src/auth/auth.cc"
    find = "principal && cache.generation == generation"
    put = "principal"
    gtest = "auth_test AuthTest.ALookUpDuringARevocationIsNotRemembered"

Its test is one of: gtest = "SUITE FILTER", pytest = "FILE [-k EXPRESSION]", sim = "OPTIONS"; dev/mutants runs it. A test that begins with
the id of a security case is named without it (Lease.*AnAgentIs…): what git grep finds of a case are its tests.
"""

import dataclasses
import pathlib
import re
import sys
import tomllib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, finish, read, tracked_files  # noqa: E402

FOLDER = "tests/mutants"
KINDS = ("gtest", "pytest", "sim")
KEYS = {"what", "file", "find", "put"}


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str  # room/name
    what: str  # the rule that is taken away
    file: str
    find: str
    put: str
    kind: str
    test: str


class Malformed(Exception):
    pass


def mutant_of(name: str, table: object) -> Mutant:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise Malformed("is no table of texts")
    kinds = [kind for kind in KINDS if kind in table]
    missing, unknown = KEYS - table.keys(), table.keys() - KEYS - set(KINDS)
    if missing or unknown or len(kinds) != 1:
        raise Malformed(f"needs what, file, find, put and one of {', '.join(KINDS)}, and nothing else")
    if table["find"] == table["put"]:
        raise Malformed("changes nothing")
    if kinds[0] == "gtest" and len(table["gtest"].split()) != 2:
        raise Malformed('gtest is "SUITE FILTER"')
    return Mutant(name, *(table[key] for key in ("what", "file", "find", "put")), kinds[0], table[kinds[0]])


def load() -> tuple[list[Mutant], list[str]]:
    """All mutants, in the order of the lists, and what is wrong with the lists themselves."""
    mutants, problems = [], []
    for path in sorted((ROOT / FOLDER).glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{FOLDER}/{path.name}: {error}")
            continue
        for name, table in tables.items():
            try:
                mutants.append(mutant_of(f"{path.stem}/{name}", table))
            except Malformed as error:
                problems.append(f"{FOLDER}/{path.name}: {name} {error}")
    return mutants, problems


def stale(mutant: Mutant) -> str | None:
    """Why the mutant cannot be applied to the tree, or None."""
    if not (ROOT / mutant.file).is_file():
        return f"there is no {mutant.file}"
    count = read(mutant.file).count(mutant.find)
    return None if count == 1 else f"its pattern stands {count} times in {mutant.file}, not once"


def googletests() -> str:
    """The text of everything that may define a googletest."""
    return "\n".join(read(path) for path in tracked_files() if path.parts[0] in ("src", "tests") and path.suffix in (".cc", ".h"))


def test_missing(mutant: Mutant, sources: str) -> str | None:
    """Why the mutant's test cannot be the one that finds it, or None. Parameters are left to dev/mutants."""
    if mutant.kind == "pytest" and not (ROOT / mutant.test.split()[0]).is_file():
        return f"there is no {mutant.test.split()[0]}"
    if mutant.kind == "gtest":
        for pattern in mutant.test.split()[1].split(":"):
            name = pattern.split(".", 1)[-1].split("/")[0]
            known = r"\w*".join(re.escape(part) for part in name.split("*"))
            if not pattern.endswith("/*") and not re.search(rf"\(\s*\w+,\s*{known}\)", sources):
                return f"no test is called {name}"
    return None


def problems() -> list[str]:
    mutants, wrong = load()
    sources = googletests() if mutants else ""
    for mutant in mutants:
        if reason := stale(mutant) or test_missing(mutant, sources):
            wrong.append(f"{FOLDER}: {mutant.name} is stale: {reason}")
    return wrong


if __name__ == "__main__":
    finish(problems())
