"""No statement reads a table that grows with history from its beginning to its end: SQLite's plan of each db::Query says how it would read.

What would go unnoticed in every test costs each poll, heartbeat or look of the reaper more the longer a server has run.
"""

import pathlib
import re
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, finish, read, tracked_files  # noqa: E402

GROWING = {"jobs", "attempts", "attempt_notes", "small_logs", "idempotency_keys", "runs", "rounds", "job_needs"}
LITERAL = r'"(?:[^"\\]|\\.)*"'
QUERY = re.compile(rf'db::Query \w+\s*\{{\s*\.name\s*=\s*"([^"]+)",\s*\.sql\s*=\s*((?:{LITERAL}\s*|[A-Z_]+\b\s*)+|\w+\.sql)')
MACRO = re.compile(rf"#define ([A-Z_]+)((?:(?:[ \t]|\\\n)+(?:{LITERAL}|[A-Z_]+\b))+)")
INCLUDE = re.compile(r'#include "([^"]+)"')
ALIAS = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?")
PARTIAL = re.compile(r"CREATE (?:UNIQUE )?INDEX (\w+)[^;]*?\bWHERE\b", re.S)


def text_of(source: str, macros: dict[str, str]) -> str:
    """Adjacent literals and macros of literals, joined as the compiler joins them."""
    parts = re.findall(rf"{LITERAL}|[A-Z_]+", source)
    return "".join(part[1:-1].replace('\\"', '"') if part[0] == '"' else macros[part] for part in parts)


def macros_of(source: str) -> dict[str, str]:
    """The macros of literals that a file has: its own, which may hold earlier ones, and those of the headers that it includes itself."""
    macros: dict[str, str] = {}
    headers = [ROOT / "src" / name for name in INCLUDE.findall(source)]
    for text in [*(header.read_text() for header in headers if header.exists()), source]:
        for name, body in MACRO.findall(text):
            if all(word in macros for word in re.findall(r"[A-Z_]+", re.sub(LITERAL, "", body))):
                macros[name] = text_of(body, macros)
    return macros


def queries(path: pathlib.PurePosixPath) -> list[tuple[str, str]]:
    source = re.sub(r"//[^\n]*", "", read(path))
    macros = macros_of(source)
    return [(name, "" if body.endswith(".sql") else text_of(body, macros)) for name, body in QUERY.findall(source)]  # "": another's text


def schema() -> tuple[sqlite3.Connection, set[str]]:
    """An empty database after all migrations, and the names of its partial indexes."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE schema_migrations (version integer, name text, applied_at integer)")
    partial: set[str] = set()
    for path in sorted(p for p in tracked_files() if p.match("db/migrations/*.sql")):
        script = re.sub(r"-- @postgres.*?-- @end", "", read(path), flags=re.S)
        database.executescript(script)
        partial |= set(PARTIAL.findall(re.sub(r"--[^\n]*", "", script)))
    return database, partial


def full_reads(database: sqlite3.Connection, partial: set[str], sql: str) -> list[str]:
    """The growing tables that the statement reads whole. A partial index holds only what is open, so reading it whole is fine."""
    numbered = re.sub(r"\$(\d+)(?:::\w+)?", r"?\1", sql)
    count = max((int(n) for n in re.findall(r"\?(\d+)", numbered)), default=0)
    tables = {alias or table: table for table, alias in ALIAS.findall(sql)} | {table: table for table in GROWING}
    found = []
    for row in database.execute(f"EXPLAIN QUERY PLAN {numbered}", [None] * count):
        # An automatic index is made for one run of the statement, of the whole table.
        scan = re.match(r"(?:SCAN|SEARCH(?=.* AUTOMATIC )) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row[3])
        if scan and tables.get(scan[1]) in GROWING and scan[2] not in partial:
            found.append(tables[scan[1]])
        # Of a state there may be as many as there are jobs: fine for a list that ends somewhere, in the order of the index.
        by_state = re.match(r"SEARCH (\w+) USING (?:COVERING )?INDEX jobs_by_state \(state=\?\)", row[3])
        if by_state and "LIMIT" not in sql:
            found.append(tables[by_state[1]])
    return found


def problems() -> list[str]:
    database, partial = schema()
    wrong = []
    for path in tracked_files():
        if path.parts[0] != "src" or path.parts[1] == "adapters" or path.suffix != ".cc" or path.stem.endswith("_test"):
            continue
        known = queries(path)
        declared = len(re.findall(r"const(?:expr)? db::Query \w+\s*\{", read(path)))
        if len(known) != declared:
            wrong.append(f"{path}: {declared} statements, of which {len(known)} are understood; write .name, then .sql as literals")
        for name, sql in filter(lambda query: query[1], known):
            try:
                wrong += [f"{path}: {name} reads all of {table}; give it an index" for table in full_reads(database, partial, sql)]
            except sqlite3.Error as error:
                wrong.append(f"{path}: {name}: {error}")
    return wrong


if __name__ == "__main__":
    finish(problems())
