"""dev/bench: every measurement still gives all its rows (in tiny sizes, whose figures mean nothing), and what is published is what was measured."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import catalog  # noqa: E402
import chart  # noqa: E402
import publish  # noqa: E402
import results  # noqa: E402


def built() -> pathlib.Path | None:
    """A build folder with all programs: that of the units, or the release."""
    return next((folder for name in ("asan", "release") if (folder := ROOT / "build" / name) and (folder / "bench_client").exists()), None)


def test_every_measurement_gives_its_rows():
    programs = built()
    if not programs:
        pytest.skip("no build folder has the programs of bench/: run dev/test or dev/bench")
    # Those in a browser need the release programs, which are built later than this test runs.
    benches = [bench for bench in catalog.BENCHES if bench.rows and not bench.browser]
    names = [bench.name for bench in benches]
    done = subprocess.run([sys.executable, ROOT / "bench" / "run", "--smoke", *names], env={**os.environ, "OPEN_CICD_PROGRAMS": str(programs)},
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for row in (row for bench in benches for row in bench.rows):
        assert row.what in done.stdout


@pytest.mark.parametrize(("row_id", "values", "baseline", "attained"), [
    ("start.median", [2.0, 1.0, 4.0], [1.0], 1.5),  # 2 ms of 3: 1.5; 2 × of 5: 2.5; the lesser counts
    ("start.median", [2.0], [0.2], 0.5),
    ("jobs.rate", [1200.0], [2000.0], 2.0),  # more is better
    ("jobs.rate", [300.0], [300.0], 0.5),
    ("death.orphans", [0], None, 1.0),  # the goal is nothing
    ("death.orphans", [1], None, 0.0),
    ("viewers.p99", [3.0], None, None),  # nothing was promised
])
def test_how_far_a_goal_is_attained(row_id, values, baseline, attained):
    row = results.row_of({"id": row_id, "values": values, "baseline": baseline})
    assert row.get("attained") == attained
    assert results.met(row) is (None if attained is None else attained >= 1)


def test_what_only_the_machine_held_back_is_neither_met_nor_missed():
    row = results.row_of({"id": "agents.held", "values": [500], "capped": "all that fit"})
    assert results.met(row) is None
    assert row["name"].endswith("(all that fit)")
    assert results.met(results.row_of({"id": "agents.held", "values": [500]})) is False


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A checkout with published figures of made-up measurements."""
    measured = [{"id": row.id, "values": [1.5], "on": "2026-01-31"} | ({"baseline": [0.75]} if row.baseline else {}) for bench in catalog.BENCHES for row in bench.rows]
    for folder in ("bench", "docs"):
        (tmp_path / folder).mkdir()
    for name in ("README.md", "docs/performance.md"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.setattr(publish, "ROOT", tmp_path)
    assert publish.write(measured) == 0
    return tmp_path


def test_what_was_just_published_is_right(published):
    assert publish.check() == []
    assert "| 2.00 × | trivial jobs per second, 2 agents | 1.5/s | ≥ 600/s, ≥ 0.27 × ✗ | xargs -P2: 0.75/s |" in (published / "README.md").read_text()


@pytest.mark.parametrize(("name", "old", "new"), [
    ("README.md", "1.5/s", "1,500/s"),
    ("docs/performance.md", " ✗ |", " ✓ |"),
    ("docs/benchmarks.svg", 'class="missed"', 'class="met"'),
])
def test_a_figure_that_was_not_measured_is_found(published, name, old, new):
    text = (published / name).read_text()
    assert old in text
    (published / name).write_text(text.replace(old, new, 1))
    assert publish.check() == [f"{name}: its figures are not those of bench/results.json: run dev/bench --readme"]


def test_other_results_without_a_new_readme_are_found(published):
    path = published / "bench" / "results.json"
    stored = json.loads(path.read_text())
    stored["measured"][0]["values"] = [0.5]
    path.write_text(json.dumps(stored))
    assert len(publish.check()) >= 2


def test_what_is_not_measured_again_stays(published):
    assert "Measured 2026-01-31 on" in (published / "README.md").read_text()
    assert publish.write([{"id": "start.median", "values": [0.5], "baseline": [0.5], "on": "2026-02-01"}]) == 0
    readme = (published / "README.md").read_text()
    assert "| 1.00 × | trigger → the job's command starts, median | 0.5 ms |" in readme
    assert "Measured 2026-01-31 to 2026-02-01 on" in readme
    assert publish.check() == []


def test_a_peer_that_is_not_measured_again_stays(published):
    row = {"id": "start.median", "values": [0.5], "baseline": [0.5], "on": "2026-02-01"}
    assert publish.write([row | {"peer": {"name": "Other 1.0", "values": [7]}}]) == 0
    assert publish.write([row | {"values": [1.0]}]) == 0
    assert "| 2.00 × | trigger → the job's command starts, median | 1 ms | ≤ 3 ms, ≤ 5 × ✓ | a bare spawn: 0.5 ms; Other 1.0: 7 ms |" in (
        published / "README.md").read_text()


def test_figures_of_another_machine_do_not_stay(published):
    path = published / "bench" / "results.json"
    path.write_text(path.read_text().replace('"cores": ', '"cores": 1'))
    assert publish.write([{"id": "start.median", "values": [0.5], "baseline": [0.5], "on": "2026-02-01"}]) == 1


def test_nothing_is_published_while_a_row_is_missing(published, capsys):
    (published / "bench" / "results.json").unlink()
    assert publish.write([]) == 1
    assert "start.median" in capsys.readouterr().err


def test_the_chart_has_a_bar_for_each_row():
    rows = [results.row_of({"id": "start.median", "values": [v], "baseline": [1.0]}) for v in (0.001, 3.0, 1000.0)]
    drawn = chart.draw(rows)
    assert drawn.count("<rect") == 3
    assert drawn.count('class="missed"') == 1
