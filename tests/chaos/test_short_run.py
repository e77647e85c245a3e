"""A short run of everything at once, with a fixed seed, on each database."""

import collections

import pytest

from chaos.run import Options, exit_code, not_struck, report, run


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_short_run(engine):
    options = Options(jobs=90, kills=14, database=engine, seed=5, minutes=1.5)
    outcome = run(options)
    report(outcome)
    assert exit_code(outcome) == 0
    assert outcome.too_short, "14 kills are too few for all"
    assert {"kill agent", "kill server"} <= outcome.faults.keys() and len(outcome.faults) >= 10


def test_a_run_may_be_too_short_for_a_kind():
    expected, faults = {"often": 20, "aimed": 140, "seen": 20}, collections.Counter(seen=1)
    assert not_struck(expected, faults, kills=14) == ([], {"often": 20, "aimed": 140})
    assert not_struck(expected, faults, kills=40) == (["often"], {"aimed": 140})
    assert not_struck(expected, faults, kills=200) == (["often", "aimed"], {})
