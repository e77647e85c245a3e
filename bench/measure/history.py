"""A database with a long past: copies of one real finished job, in one transaction, with the tables as the migrations made them."""

import sqlite3
import pathlib

from harness import Server, User

# Ids ordered by time, as the server makes them: this many come before any that is made today.
COPY_ID = "printf('01%06x-%04x-7000-8000-%012x', n / 65536, n % 65536, n)"


def copy_rows(database: sqlite3.Connection, table: str, count: int, job_id: str, replaced: dict[str, str]) -> None:
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    key = "id" if table == "jobs" else "job_id"
    values = ", ".join(replaced.get(column, column) for column in columns)
    database.execute(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) "
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM numbers, {table} WHERE {key} = ?", (job_id,))


def fill(server: Server, agents: list, count: int) -> list[str]:
    """Runs one job, stops the agents and the server, and stores `count` jobs like it. Returns their ids; the server may then be started."""
    user = User(server)
    real = user.submit("echo one of many", name="history")
    user.wait(real)
    for agent in agents:
        agent.stop()
    server.stop()
    path = next(pathlib.Path(server.data).glob("*.db"))
    with sqlite3.connect(path, isolation_level=None) as database:
        database.executescript("PRAGMA cache_size = -400000; PRAGMA temp_store = MEMORY;")
        database.execute("BEGIN")
        first = database.execute("SELECT max(seq) FROM jobs").fetchone()[0]
        copy_rows(database, "jobs", count, real, {"id": COPY_ID, "seq": f"{first} + n", "created_at": "created_at + n"})
        copy_rows(database, "attempts", count, real, {"job_id": COPY_ID, "claim_id": COPY_ID})
        copy_rows(database, "small_logs", count, real, {"job_id": COPY_ID})
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    step = max(1, count // 100_000)
    database.close()
    return [f"01{n // 65536:06x}-{n % 65536:04x}-7000-8000-{n:012x}" for n in range(1, count + 1, step)]
