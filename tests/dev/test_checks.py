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


@pytest.mark.parametrize("name", ["arrows", "mutants", "queries", "security", "text", "tree", "ends"])
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
    ("docs/b.md", "see /wo" "rk/there\n", "one machine"),
])
def test_text(tree, file, text, found):
    tree(**{file: text})
    assert any(found in line for line in tree.check("text"))


@pytest.mark.parametrize("line", [
    'auto sql = "SELECT a FROM b WHERE c = " + name;',
    'run("DELETE FROM b WHERE id = " + id);',
    'fmt::format("UPDATE b SET c = {}", value);',
    'format(R"(INSERT INTO b VALUES ({}))", value);',
])
def test_m2_sql_is_never_put_together(tree, line):
    tree(**{"src/http/b.cc": line + "\n"})
    assert len(tree.check("text")) == 1
    tree(**{"src/http/b.cc": 'run({"name", "SELECT a FROM b WHERE c = $1"}, {value});\n'})
    assert tree.check("text") == []


CASES = """| id | attack | where |
|---|---|---|
| A1 | one | `src/http/a_test.cc`, `tests/e2e/test_a.py` |
| F2 | two | `src/http/a_test.cc` |
| B1 | three | pending: there are no forks |
"""
CASE_TESTS = {"src/http/a_test.cc": "TEST_F(Lease, A1" "_NoOther) {}\nINSTANTIATE_TEST_SUITE_P(\n    F2" "_Lengths, X, y);\nTEST(Json, Reads) {}\n",
              "tests/e2e/test_a.py": "def test_a1" "_no_other():\n    pass\n"}


@pytest.mark.parametrize(("file", "text", "found"), [
    ("docs/b.md", "", None),
    ("src/http/b_test.cc", "TEST(X, A1" "_Again) {}\n", "A1 is also tested in src/http/b_test.cc"),
    ("src/http/b_test.cc", "TEST(X, B1" "_Fork) {}\n", "B1 is pending, but src/http/b_test.cc tests it"),
    ("src/http/b_test.cc", "TEST(X, C9" "_Unknown) {}\n", "C9 is no case"),
    ("tests/e2e/test_a.py", "def test_b():\n    pass\n", "A1 is not tested in tests/e2e/test_a.py"),
    ("src/http/b.cc", "// as B1" "_Fork does\n", "B1" "_ begins no test's name here"),
    ("CASES", CASES + "| A1 | again | pending: why |\n", "A1 has a row already"),
    ("CASES", CASES + "| D1 | nothing | soon |\n", "D1 names no test"),
    ("CASES", CASES + "| D1 | pending: why |\n", "a row is"),
])
def test_security_cases(tree, file, text, found):
    files = {"docs/reference/security-cases.md": CASES, **CASE_TESTS}
    files["docs/reference/security-cases.md" if file == "CASES" else file] = text
    tree(**files)
    problems = tree.check("security")
    assert len(problems) == (1 if found else 0), problems
    assert not found or found in problems[0]


def test_map_and_links(tree):
    tree(**{"src/fresh/b.cc": "", "docs/b.md": "[x](nowhere.md)"})
    assert tree.check("tree") == ["README.md: the map lacks src/fresh/", "docs/b.md: the link nowhere.md leads nowhere"]


@pytest.mark.parametrize(("sql", "found"), [
    ('"SELECT id FROM jobs WHERE name = $1"', "reads all of jobs"),
    ('"SELECT j.id FROM agents a JOIN jobs j ON j.name = a.id"', "reads all of jobs"),
    ('"DELETE FROM " NAMED', "reads all of jobs"),
    ('"SELECT size FROM jobs"', "no such column"),
    ("make_sql()", "of which 0 are understood"),
    ('"SELECT id FROM jobs WHERE " "id = $1"', None),
    ('"SELECT id FROM jobs WHERE state = \'open\'"', None),
    ('"SELECT id FROM jobs WHERE state = \'done\' AND name = $1"', "reads all of jobs"),
    ('"SELECT id FROM jobs WHERE state = \'done\' ORDER BY id LIMIT 10"', None),
    ('"SELECT name FROM agents"', None),
])
def test_queries(tree, sql, found):
    schema = ("CREATE TABLE jobs (id text PRIMARY KEY, name text, state text);\n"
              "CREATE INDEX jobs_open ON jobs (name) WHERE state = 'open';\nCREATE INDEX jobs_by_state ON jobs (state) WHERE state = 'done';\nCREATE TABLE agents (id text, name text);\n")
    source = f'#define NAMED "jobs WHERE name = $1"\nconstexpr db::Query a_query{{.name = "a", .sql = {sql}}};\n'
    tree(**{"db/migrations/0001_first.sql": schema, "src/jobs/b.cc": source})
    lines = tree.check("queries")
    assert (lines == []) if found is None else (len(lines) == 1 and found in lines[0]), lines


@pytest.mark.parametrize(("statement", "found"), [
    ('.name = "a", .sql = "UPDATE jobs SET state = \'failed\' WHERE id = $1"', "'failed'"),
    ('.name = "a", .sql = "UPDATE jobs SET reason = $3, state = $2 WHERE id = $1"', "$2"),
    ('.name = "a", .sql = "UPDATE jobs SET " "state = CASE WHEN $2 = 1 THEN \'queued\' ELSE \'lost\' END, x = 1"', "'lost'"),
    ('.name = "a", .sql = "UPDATE jobs SET state = coalesce($2, \'queued\'), x = 1"', "coalesce"),
    ('.name = "a", .sql = "SELECT 1", .postgres_sql = "UPDATE jobs SET state = $1"', "$1"),
    ('.name = "jobs.settle", .sql = "UPDATE jobs SET state = $2 WHERE id = $1"', None),
    ('.name = "a", .sql = "UPDATE jobs SET state = CASE $2 WHEN 1 THEN \'running\' ELSE \'assigned\' END, x = $3"', None),
    ('.name = "a", .sql = "UPDATE jobs SET reason = $2 WHERE state = $1"', None),
    ('.name = "a", .sql = "UPDATE jobs SET x = CASE WHEN state = \'lost\' THEN (1, 2) END, state = \'queued\'"', None),
    ('.name = "a", .sql = "UPDATE attempts SET state = $1"', None),
])
def test_only_settle_ends_a_job(tree, statement, found):
    tree(**{"src/jobs/b.cc": f"constexpr db::Query a_query{{{statement}}};\n"})
    lines = tree.check("ends")
    assert (lines == []) if found is None else (len(lines) == 1 and found in lines[0]), lines


def test_d3_signatures_and_tokens_are_compared_in_constant_time():
    """Everything that somebody could guess byte by byte goes through one function, and that through OpenSSL's."""
    source = {path: path.read_text() for path in (ROOT / "src").rglob("*.cc") if not path.name.endswith("_test.cc")}
    assert "CRYPTO_memcmp" in source[ROOT / "src/base/crypto.cc"]
    for name in ("scm/signature.cc", "adapters/gitlab/signature.cc", "jobs/job_token.cc"):
        assert "equal_constant_time" in source[ROOT / "src" / name], name
    compared = [path.name for path, text in source.items() for line in text.splitlines() if "hmac_sha256(" in line and ("==" in line or "!=" in line)]
    assert compared == []
