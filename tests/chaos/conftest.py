"""The rows of faults, each a scenario of its own, on the fixtures of the end-to-end tests. `long` marks what only dev/chaos runs."""

import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from e2e.conftest import *  # noqa: E402, F403
from e2e import conftest as end_to_end  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also the scenarios that take minutes")


def pytest_configure(config):
    end_to_end.pytest_configure(config)
    config.addinivalue_line("markers", "long: takes minutes; only with --long")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: dev/chaos --all"))
