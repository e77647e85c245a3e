"""One database has one server. A second one is refused while the first lives, and starts as soon as it is dead; a server that lost its
database to another ends."""

import json
import signal
import time

import pytest
from support.process import PROGRAMS, run
from support.server import Server
from support.wait import wait_until

LOCK = "pid = (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted)"


def servers(folder, mark, database):
    """make(name) has a data folder of its own and the same database: of SQLite, a link to the first server's file."""
    made = []

    def make(name: str, **env: str) -> Server:
        place = folder / name
        place.mkdir()
        server = Server(place, mark, database, env)
        if made and not database:
            server.data.mkdir()
            (server.data / "open-cicd.db").symlink_to(made[0].data / "open-cicd.db")
        made.append(server)
        return server

    yield make
    for server in made:
        if server.program:
            server.program.end()


@pytest.fixture
def make_server(folder, mark, database):
    yield from servers(folder, mark, database)


@pytest.fixture
def make_on_postgres(folder, mark, postgres):
    url = postgres.new_database("two_servers")
    yield from servers(folder, mark, url)
    postgres.drop_database(url)


def refused(server: Server) -> str:
    """The message of a start that has to fail."""
    result = run(*server.arguments(), env=server.env)
    assert result.returncode == 1, result
    return result.stderr.decode()


def psql(postgres, server: Server, sql: str) -> str:
    return postgres.psql(sql, server.database.rsplit("/", 1)[1]).stdout.strip()


def works(server: Server) -> bool:
    return server.admin.post("/api/v1/jobs", {"steps": [{"run": "true"}]}).status == 201


def test_a_second_server_is_refused_and_says_what_to_do(make_server):
    first = make_server("first").start()
    second = make_server("second")
    message = refused(second)
    assert "Another open-cicd server uses" in message and "Stop it, or" in message
    assert ("--database" if first.database else str(second.data)) in message
    assert works(first)
    assert first.stop() == 0
    second.start()


def test_the_next_server_starts_at_once_when_the_first_is_killed(make_server):
    first = make_server("first").start()
    second = make_server("second")
    job_id = first.submit("true")
    first.kill()
    killed_at = time.monotonic()
    second.start()
    assert time.monotonic() - killed_at < 4
    (second.data / "admin.token").write_text((first.data / "admin.token").read_text())
    assert second.job(job_id)["state"] == "queued"
    assert "uses" in refused(first), "and now the first is the second one"


def test_a_stopped_server_keeps_its_database(make_server):
    first = make_server("first").start()
    first.program.signal(signal.SIGSTOP)
    try:
        assert "uses" in refused(make_server("second"))
    finally:
        first.program.signal(signal.SIGCONT)
    assert works(first)


def test_commands_beside_a_running_server(make_server):
    first = make_server("first").start()
    place = ["--data", first.data, *(["--database", first.database] if first.database else [])]
    assert json.loads(run(PROGRAMS / "open-cicd", "migrate", "--json", *place).stdout) == {"migrations_run": 0}
    assert run(PROGRAMS / "open-cicd", "token", "reset", "--admin", *place).returncode == 0
    assert works(first)


def test_a_migration_under_a_running_server_is_refused(make_server, postgres):
    first = make_server("first").start()
    place = ["--data", first.data, *(["--database", first.database] if first.database else [])]
    forget = "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)"
    if first.database:
        psql(postgres, first, forget)
    else:
        run("python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
            first.data / "open-cicd.db", forget)
    result = run(PROGRAMS / "open-cicd", "migrate", *place)
    assert result.returncode != 0 and b"a server that is running. Stop it first" in result.stderr, result
    assert works(first)


def test_a_lost_lock_is_taken_again(make_on_postgres, postgres):
    first = make_on_postgres("first").start()
    for _ in range(3):
        kill = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {LOCK}"
        wait_until("the lock to be there, and be killed", lambda: psql(postgres, first, kill) == "1", within=20)
        assert works(first)
    first.program.wait_for_output("the lock of the database is taken again")
    assert "uses this database" in refused(make_on_postgres("second"))


def test_the_database_restarts_under_a_server(make_on_postgres, postgres):
    first = make_on_postgres("first").start()
    postgres.kill()
    postgres.start()
    wait_until("the server to be ready again", lambda: first.admin.get("/readyz").status == 200, within=30)
    assert works(first)
    assert "uses this database" in refused(make_on_postgres("second"))


def test_a_server_ends_that_another_has_overtaken(make_on_postgres, postgres):
    """It is stopped while its lock is taken away and another server starts; it must not write when it goes on."""
    first = make_on_postgres("first").start()
    second = make_on_postgres("second")
    job_id = first.submit("true")
    first.program.signal(signal.SIGSTOP)
    psql(postgres, first, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LOCK}")
    second.start()
    first.program.signal(signal.SIGCONT)
    assert first.program.wait(30) == 1
    assert "another open-cicd server took the database" in first.program.text()
    (second.data / "admin.token").write_text((first.data / "admin.token").read_text())
    assert second.job(job_id)["state"] == "queued" and works(second)
