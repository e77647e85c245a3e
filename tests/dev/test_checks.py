"""The checks of dev/check find what they are for: each gets a small tree with one thing wrong."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARROWS = """```arrows
base →
http →
jobs → http
tests → adapters/sqlite
adapters/sqlite → http
```
"""


@pytest.fixture
def tree(tmp_path):
    """tree(file=text…) makes a checkout; tree.check("arrows") runs a check there and returns its output lines."""
    shutil.copytree(ROOT / "dev" / "checks", tmp_path / "dev" / "checks", ignore=shutil.ignore_patterns("__pycache__"))

    def make(**files: str) -> None:
        defaults = {"docs/architecture.md": ARROWS, "src/http/a.h": "", "src/jobs/a.h": "", "src/adapters/sqlite/a.h": "",
                    "README.md": "```tree\ndev/\n  checks/\ndocs/\nsrc/\n  adapters/\n  http/\n  jobs/\n```\n"}
        for name, text in {**defaults, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)

    def check(name: str) -> list[str]:
        result = subprocess.run([sys.executable, tmp_path / "dev" / "checks" / f"{name}.py"], capture_output=True, text=True, check=False)
        assert result.stderr == ""
        assert result.returncode == (1 if result.stdout else 0)
        return result.stdout.splitlines()

    make.check = check
    return make


@pytest.mark.parametrize("name", ["arrows", "text", "tree", "routes"])
def test_a_right_tree_passes(tree, name):
    tree(**{"src/jobs/a.cc": '#include "http/a.h"\n', "src/jobs/a_test.cc": '#include "adapters/sqlite/a.h"\n'})
    assert tree.check(name) == []


@pytest.mark.parametrize(("file", "text", "found"), [
    ("src/http/b.cc", '#include "jobs/a.h"\n', "http → jobs"),
    ("src/jobs/b.cc", '#include "adapters/sqlite/a.h"\n', "jobs → adapters/sqlite"),
    ("src/http/b_test.cc", '#include "jobs/a.h"\n', "http → jobs"),
    ("src/jobs/b.cc", '#include "b.h"\n', "relative to src"),
    ("src/fresh/b.cc", "", "has no line"),
    ("src/http/CMakeLists.txt", "open_cicd_folder(http DEPS base jobs)\n", "links jobs"),
    ("docs/architecture.md", ARROWS.replace("http →", "http → jobs"), "http, jobs"),
])
def test_arrows(tree, file, text, found):
    tree(**{file: text})
    assert any(found in line for line in tree.check("arrows"))


@pytest.mark.parametrize(("file", "text", "found"), [
    ("src/http/b.cc", "\n" * 501, "501 lines"),
    ("src/http/b.cc", "// TO" "DO later\n", "finish it"),
    ("src/http/b.cc", "co_spawn(x, asio::detached);\n", "TaskGroup"),
    ("src/http/b.cc", 'std::system("ls");\n', "argument list"),
    ("src/http/b.cc", 'auto sql = "SELECT a FROM b WHERE c = " + name;\n', "glued"),
    ("docs/b.md", "see /wo" "rk/there\n", "one machine"),
])
def test_text(tree, file, text, found):
    tree(**{file: text})
    assert any(found in line for line in tree.check("text"))


def test_map_and_links(tree):
    tree(**{"src/fresh/b.cc": "", "docs/b.md": "[x](nowhere.md)"})
    assert tree.check("tree") == ["README.md: the map lacks src/fresh/", "docs/b.md: the link nowhere.md leads nowhere"]


def test_undocumented_route(tree):
    tree(**{"docs/reference/openapi.json": '{"paths": {"/api/v1/x/{id}": {"get": {"summary": "x"}}, "/y": {"get": {}}}}', "docs/b.md": "`/api/v1/x/{job}`"})
    problems = tree.check("routes")
    assert len(problems) == 2 and all("/y" in line for line in problems)
