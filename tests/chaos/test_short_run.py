"""A short run of everything at once, with a fixed seed, on each database."""

import pytest

from chaos.run import Options, report, run


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_short_run(engine):
    options = Options(jobs=90, kills=14, database=engine, seed=5, minutes=1.5, every_kind=False)
    outcome = run(options)
    report(outcome)
    assert not outcome.problems
    assert {"kill agent", "kill server"} <= outcome.faults.keys() and len(outcome.faults) >= 10
