"""The end-to-end tests have the fixtures of tests/support/fixtures.py, and a Docker engine."""

import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.docker import Engine  # noqa: E402
from support.fixtures import (  # noqa: E402, F401
    agent, database, folder, mark, postgres, programs, pytest_configure, pytest_generate_tests, pytest_runtest_makereport, server, start_agent,
    start_agent_on, workplace,
)


@pytest.fixture(scope="session")
def engine():
    if os.getuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("a Docker engine of our own needs root and docker.io: run dev/install test")
    engine = Engine().start()
    yield engine
    engine.stop()
