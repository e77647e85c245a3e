"""The rows of faults, each a scenario of its own: on the fixtures of tests/support/fixtures.py, or on a world whose agents and database
stand behind fault proxies. `long` marks what only dev/chaos runs."""

import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from chaos.world import World  # noqa: E402
from support import fixtures  # noqa: E402
from support.fixtures import (  # noqa: E402, F401
    agent, database, folder, mark, postgres, programs, pytest_generate_tests, pytest_runtest_makereport, server, start_agent,
    start_agent_on,
)


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also the scenarios that take minutes")


def pytest_configure(config):
    fixtures.pytest_configure(config)
    config.addinivalue_line("markers", "long: takes minutes; only with --long")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: dev/chaos --all"))


@pytest.fixture
def new_world():
    """new_world(database, scale=…, agents=…) makes a world that is destroyed after the test."""
    ends = contextlib.ExitStack()

    def make(database: str = "sqlite", *, scale: float = 0.05, agents: int = 2, executors: str = "shell", **options) -> World:
        world = World(database=database, seed=1, scale=scale, agents=agents, executors=executors, **options)
        ends.callback(world.destroy, keep=False)
        return world

    with ends:
        yield make


@pytest.fixture(params=["sqlite", "postgres"])
def engine_name(request):
    return request.param
