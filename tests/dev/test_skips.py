"""tests/support/skips.py: what is skipped without leave fails a run in CI, and nowhere else."""

import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
LOG = """[ RUN      ] A.B
../../src/a_test.cc:5: Skipped
{reason}
[  SKIPPED ] A.B (0 ms)
[==========] 1 test ran.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] A.B
"""


def judge_log(path: pathlib.Path, text: str) -> subprocess.CompletedProcess:
    path.write_text(text)
    return subprocess.run([sys.executable, TESTS / "support/skips.py", path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("reason", ["", "I do not feel like it\n", "first line\nsecond line\n\n"])
def test_a_skip_of_googletest_without_leave_fails(tmp_path, reason):
    judged = judge_log(tmp_path / "log", LOG.format(reason=reason))
    assert judged.returncode == 1
    assert "A.B: " in judged.stderr and " ".join(reason.split()) in judged.stderr


def test_a_skip_of_googletest_with_leave_and_no_skip_at_all_pass(tmp_path):
    assert judge_log(tmp_path / "log", LOG.format(reason="no control groups can be made here\n")).returncode == 0
    assert judge_log(tmp_path / "log", "[       OK ] A.B (0 ms)\n").returncode == 0


@pytest.mark.parametrize(("reason", "ci", "code"), [("nobody listens", "true", 1), ("nobody listens", "", 0), ("a small tmpfs needs root", "true", 0)])
@pytest.mark.parametrize("place", ["test", "fixture", "module"])
def test_a_skip_of_pytest_without_leave_fails_in_ci(tmp_path, reason, ci, code, place):
    skip = f"pytest.skip({reason!r}, allow_module_level=True)"
    source = {
        "test": f"def test_it():\n    {skip}\n",
        "fixture": f"@pytest.fixture\ndef it():\n    {skip}\ndef test_it(it):\n    pass\n",
        "module": f"{skip}\n",
    }[place]
    (tmp_path / "test_it.py").write_text(f"import pytest\n\n{source}")
    (tmp_path / "test_more.py").write_text("def test_more():\n    pass\n")
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(TESTS)}
    ran = subprocess.run([sys.executable, "-m", "pytest", "-p", "support.skips", "-p", "no:cacheprovider", "-q", tmp_path],
                         env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == code, ran.stdout
    assert ("tests/allowed-skips" in ran.stdout) == (code == 1)
