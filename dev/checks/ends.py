"""One statement ends jobs: of all that write jobs.state, only `jobs.settle` may write a state that is an end.

An end has consequences (its event, the slot of its group, what waits for it), and one place sees to them: settle() in src/jobs.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import finish, read, tracked_files  # noqa: E402
from queries import macros_of, text_of  # noqa: E402

LITERAL = r'"(?:[^"\\]|\\.)*"'
QUERY = re.compile(rf'db::Query \w+\s*\{{\s*\.name\s*=\s*"([^"]+)",\s*\.sql\s*=\s*((?:{LITERAL}\s*|[A-Z_]+\b\s*)+)(?:,\s*\.postgres_sql\s*=\s*((?:{LITERAL}\s*|[A-Z_]+\b\s*)+))?')
OPEN = {"blocked", "queued", "assigned", "running", "cancelling"}
UPDATE = re.compile(r"\bUPDATE\s+jobs\s+SET\s+(.*)", re.I | re.S)


def new_state(sql: str) -> str | None:
    """What an UPDATE of jobs sets the state to, as SQL; nothing if it leaves it alone."""
    update = UPDATE.search(sql)
    if not update:
        return None
    depth, part = 0, ""
    parts = []
    for token in re.findall(r"'[^']*'|\bCASE\b|\bEND\b|\bWHERE\b|[(),]|[^'(),\s]+|\s+", update[1]):
        if token == "WHERE" and depth == 0:
            break
        depth += token in ("(", "CASE")
        depth -= token in (")", "END")
        if token == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += token
    states = [re.fullmatch(r"\s*state\s*=\s*(.*?)\s*", part, re.S) for part in [*parts, part]]
    return next((match[1] for match in states if match), None)


def stays_open(expression: str) -> bool:
    """Every value that the expression can have is a literal of a state that is no end."""
    values = re.findall(r"\b(?:THEN|ELSE)\s+(\S+)", expression) if expression.startswith("CASE") else [expression]
    return all(re.fullmatch(r"'(\w+)'", value) and value[1:-1] in OPEN for value in values)


def problems() -> list[str]:
    wrong = []
    for path in tracked_files():
        if path.parts[0] != "src" or path.suffix not in (".cc", ".h") or path.stem.endswith("_test"):
            continue
        source = re.sub(r"//[^\n]*", "", read(path))
        macros = macros_of(source)
        for name, *texts in QUERY.findall(source):
            for state in {new_state(text_of(text, macros)) for text in texts if text} - {None}:
                if name != "jobs.settle" and not stays_open(state):
                    wrong.append(f"{path}: {name} sets a job's state to {state}, which may be an end; call settle()")
    return wrong


if __name__ == "__main__":
    finish(problems())
