"""dev/mutants and its check, on a small tree whose one program is a shell script that answers as googletest does."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROGRAM = """#!/bin/sh
limit=3
spare=0
case $1 in
  *Skipped) echo "[  SKIPPED ] 1 test." && exit 0 ;;
  *Missing) echo "[  PASSED  ] 0 tests." && exit 0 ;;
  *Broken) exit 1 ;;
esac
[ "$limit" = 3 ] || { echo "toy.cc:1: Failure" && exit 1; }
echo "[  PASSED  ] 1 test."
"""
TESTS = "TEST(Toy, Passes) {}\nTEST(Toy, Skipped) {}\nTEST(Toy, Missing) {}\nTEST(Toy, Broken) {}\n"
# What dev/build leaves: a program is "compiled" when its syntax is right.
BUILD = """#!/bin/sh
mkdir -p build/dev
cat >build/dev/build.ninja <<'END'
rule compile
  command = sh -n $in && cp $in $out && chmod +x $out
build toy_test: compile ../../src/toy/toy.sh
END
ninja -C build/dev --quiet "$2"
"""
FOUND = {"what": "the limit", "file": "src/toy/toy.sh", "find": "limit=3", "put": "limit=4", "gtest": "toy_test Toy.Passes"}


def text_of(mutants: dict[str, dict[str, str]]) -> str:
    return "\n".join(f"[{name}]\n" + "".join(f"{key} = '{value}'\n" for key, value in table.items()) for name, table in mutants.items())


@pytest.fixture
def tree(tmp_path):
    """A checkout with the tool; tree(mutants) lists them as the room toy."""
    for folder in ("dev/checks", "tests/mutants"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.toml"))
    files = {"dev/build": BUILD, "src/toy/toy.sh": PROGRAM, "src/toy/toy_test.cc": TESTS, ".gitignore": "/build/\n__pycache__/\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "dev/build").chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)

    def write(mutants: dict[str, dict[str, str]] | str) -> pathlib.Path:
        (tmp_path / "tests/mutants/toy.toml").write_text(mutants if isinstance(mutants, str) else text_of(mutants))
        subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
        return tmp_path

    return write


def check(tree: pathlib.Path) -> list[str]:
    result = subprocess.run([sys.executable, tree / "dev/checks/mutants.py"], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.returncode == (1 if result.stdout else 0)
    return result.stdout.splitlines()


def run(tree: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, tree / "tests/mutants/run.py", *arguments], capture_output=True, text=True, check=False)


def test_the_lists_of_this_tree_are_right():
    lines = run(ROOT, "--list").stdout.splitlines()
    assert int(lines[-1].split()[0]) == len(lines) - 1 >= 60


def test_a_right_list_passes_its_check(tree):
    assert check(tree({"found": FOUND, "of-python": {**FOUND, "gtest": ""} | {"gtest": "toy_test Toy.*"}})) == []


@pytest.mark.parametrize(("change", "found"), [
    ({"find": "limit"}, "stands 2 times"),
    ({"find": "limit=5"}, "stands 0 times"),
    ({"file": "src/toy/other.sh"}, "there is no src/toy/other.sh"),
    ({"gtest": "toy_test Toy.Renamed"}, "no test is called Renamed"),
    ({"gtest": "toy_test"}, "SUITE FILTER"),
    ({"put": "limit=3"}, "changes nothing"),
    ({"sim": "--seeds 1"}, "one of gtest, pytest, sim"),
    ({"why": "x"}, "one of gtest, pytest, sim"),
])
def test_a_stale_or_wrong_mutant_fails_the_check(tree, change, found):
    lines = check(tree({"found": FOUND, "other": FOUND | change}))
    assert len(lines) == 1 and "other" in lines[0] and found in lines[0], lines


def test_a_list_that_is_no_toml_fails_the_check(tree):
    assert len(check(tree("[found\n"))) == 1


def test_a_mutant_that_its_test_finds_is_found_and_the_tree_stays_as_it_was(tree):
    folder = tree({"found": FOUND})
    result = run(folder)
    assert result.returncode == 0, result.stdout
    assert "1 of 1 mutants were found" in result.stdout
    assert (folder / "src/toy/toy.sh").read_text() == PROGRAM
    assert (folder / "build/mutants/1/src/toy/toy.sh").read_text() == PROGRAM


@pytest.mark.parametrize(("change", "verdict", "said"), [
    ({"find": "spare=0", "put": "spare=1"}, "SURVIVED", "passes"),
    ({"find": "limit=5"}, "stale", "stands 0 times"),
    ({"put": "limit=("}, "broken", "does not build"),
    ({"gtest": "toy_test Toy.Broken"}, "broken", "fails without it"),
    ({"gtest": "toy_test Toy.Skipped"}, "broken", "skipped"),
    ({"gtest": "toy_test Toy.Missing"}, "broken", "no such test"),
])
def test_whatever_is_not_found_is_reported_and_fails_the_run(tree, change, verdict, said):
    result = run(tree({"found": FOUND, "other": FOUND | change}), "--jobs", "2")
    assert result.returncode == 1
    line = next(line for line in result.stdout.splitlines() if line.startswith(verdict))
    assert "toy/other" in line and said in line
    assert "1 of 2 mutants were found" in result.stdout


def test_a_change_of_the_tree_reaches_the_copies(tree):
    folder = tree({"found": FOUND})
    assert run(folder).returncode == 0
    (folder / "src/toy/toy.sh").write_text(PROGRAM.replace('"$limit" = 3', '"$limit" -lt 9'))
    result = run(folder)
    assert result.returncode == 1 and "SURVIVED toy/found" in result.stdout, result.stdout


def test_names_choose_a_room_or_one_mutant(tree):
    folder = tree({"one": FOUND, "two": FOUND})
    assert "2 mutants" in run(folder, "--list", "toy").stdout
    assert "1 mutants" in run(folder, "--list", "toy/two").stdout
    refused = run(folder, "toys")
    assert refused.returncode == 2 and "no room and no mutant is called 'toys'" in refused.stderr
