"""Fixtures and hooks of pytest that the end-to-end and the chaos tests share; their conftests import them by name. A test gets a server on a
folder of its own, on each database, and the agents it starts; after it, everything is stopped and nothing may be left: no process with the
test's mark, no mount.

Markers: one_database (SQLite is enough), both_databases (of one test in a file where it is), settings(NAME=value…) for the server's
environment.
"""

import functools
import pathlib
import shutil
import tempfile
import uuid

import pytest

from support import leftovers
from support.agent import Agent
from support.connected import Workplace
from support.postgres import Postgres, binaries
from support.process import PROGRAMS, end_on_signals
from support.server import Server
from support.wait import wait_until


def pytest_configure(config):
    end_on_signals()
    config.addinivalue_line("markers", "one_database: does not depend on the database")
    config.addinivalue_line("markers", "both_databases: does, although its file's others do not")
    config.addinivalue_line("markers", "settings: environment of the server")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker
        one = mark("one_database") and not mark("both_databases")
        metafunc.parametrize("database", ["sqlite"] if one else ["sqlite", "postgres"], indirect=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the ends of the programs' logs."""
    report = (yield).get_result()
    setattr(item, f"report_{report.when}", report)
    folder = item.funcargs.get("folder") if hasattr(item, "funcargs") else None
    if report.failed and folder:
        for path in sorted(folder.rglob("*.log")):
            report.sections.append((str(path.relative_to(folder)), path.read_text(errors="replace")[-4000:]))


@pytest.fixture(scope="session", autouse=True)
def programs():
    for name in ("open-cicd", "open-cicd-agent"):
        assert (PROGRAMS / name).exists(), f"no {PROGRAMS / name}: run dev/build"


@pytest.fixture(scope="session")
def postgres():
    if not binaries():
        pytest.skip("PostgreSQL is not installed: run dev/install test")
    cluster = Postgres()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture
def mark():
    return f"open-cicd-e2e-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def folder(request, mark):
    path = pathlib.Path(tempfile.mkdtemp(prefix="open-cicd-e2e-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    try:
        wait_until("no process of the test to be left", lambda: not leftovers.processes(mark), within=5)
    finally:
        left = leftovers.processes(mark)
        leftovers.kill(mark)
        assert not leftovers.mounts(path), leftovers.mounts(path)
        shutil.rmtree(path, ignore_errors=True)
        assert not left, left


@pytest.fixture
def database(request):
    """The URL of a new PostgreSQL database, or None for SQLite."""
    if request.param == "sqlite":
        yield None
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.new_database(request.node.originalname)
    yield url
    cluster.drop_database(url)


def settings_of(request) -> dict[str, str]:
    """Of all markers; the closest one counts."""
    merged: dict[str, str] = {}
    for marker in reversed(list(request.node.iter_markers("settings"))):
        merged |= marker.kwargs
    return merged


@pytest.fixture
def server(request, folder, mark, database):
    """No test of the whole takes its power away, so nothing waits for the disk; the chaos harness does."""
    server = Server(folder, mark, database, {"OPEN_CICD_DURABILITY": "none", **settings_of(request)})
    try:
        yield server.start()
    finally:
        server.program.stop()


@pytest.fixture
def start_agent_on():
    """start_agent_on(server, name, *arguments, executors="shell", wait=True) starts an agent that is stopped after the test."""
    started: list[Agent] = []

    def start(server: Server, name: str = "a1", *arguments: str, wait: bool = True, **options) -> Agent:
        env = {"OPEN_CICD_AGENT_DURABILITY": "none", **(options.pop("env", None) or {})}
        agent = Agent(server, name, *arguments, env=env, **options)
        started.append(agent)
        return agent.start(wait=wait)

    yield start
    for agent in started:
        agent.program.end()


@pytest.fixture
def start_agent(server, start_agent_on):
    """start_agent(name, *arguments…) on the test's server."""
    return functools.partial(start_agent_on, server)


@pytest.fixture
def agent(start_agent):
    return start_agent()


@pytest.fixture
def workplace(server):
    """Makes forges and connects repositories of theirs to the test's server."""
    workplace = Workplace(server)
    yield workplace
    workplace.close()
