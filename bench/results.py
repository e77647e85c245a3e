"""What is measured, as it is stored, and the rows that people see, as they are made from it and the catalog.

Stored, one for each row: {"id", "values", "baseline" [values]?, "capped" why?, "peer" {"name", "values"}?, "on" day}; names, units and goals are the
catalog's.
A row: {"bench", "id", "name", "unit", "better", "value" (median), "baseline" {"name", "value"}?, "ratio"?, "goal"?, "ratio_goal"?, "attained"?,
"peer" {"name", "value"}?}. `ratio` is value ÷ baseline; `attained` says how many times better than its goal the row is, 1 being just met (the lesser
one where the row has both goals).
"""

import datetime
import json
import pathlib
import statistics

from catalog import BENCH_OF, BENCHES, ROWS

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "build" / "bench"
ATTAINED_MAX = 1000.0  # a value of 0 would be infinitely better than its goal


def attained(measured: float, goal: float, better: str) -> float:
    if better == "more":
        return measured / goal
    if measured <= 0:
        return ATTAINED_MAX
    return min(ATTAINED_MAX, goal / measured)


def row_of(measured: dict) -> dict:
    spec = ROWS[measured["id"]]
    row = {"bench": BENCH_OF[spec.id].name, "id": spec.id, "name": spec.what, "unit": spec.unit, "better": spec.better,
           "value": statistics.median(measured["values"])}
    if "peer" in measured:
        row["peer"] = {"name": measured["peer"]["name"], "value": statistics.median(measured["peer"]["values"])}
    reached = []
    if measured.get("baseline"):
        row["baseline"] = {"name": spec.baseline, "value": statistics.median(measured["baseline"])}
        row["ratio"] = row["value"] / row["baseline"]["value"]
        if spec.ratio_goal is not None:
            row["ratio_goal"] = spec.ratio_goal
            reached.append(attained(row["ratio"], spec.ratio_goal, spec.better))
    if spec.goal is not None:
        row["goal"] = spec.goal
        reached.append(attained(row["value"], spec.goal, spec.better) if spec.goal else (1.0 if row["value"] <= 0 else 0.0))
    if "capped" in measured:  # by the machine: says nothing of the goal
        row["name"] += f" ({measured['capped']})"
    elif reached:
        row["attained"] = min(reached)
    return row


def rounded(value):
    """Four digits are more than a measurement is worth; fewer make a readable diff."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


def store(bench: str, emitted: list[dict]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    (FOLDER / f"{bench}.json").write_text(text_of([{**row, "on": today} for row in emitted]))


def text_of(measured: list[dict]) -> str:
    """JSON, one row a line."""
    return "[\n" + ",\n".join(json.dumps(rounded(row), ensure_ascii=False) for row in measured) + "\n]\n"


def merge() -> list[dict]:
    """What is measured of every row, in the catalog's order, with the peers' figures."""
    found, peers = {}, {}
    for bench in BENCHES:
        path = FOLDER / f"{bench.name}.json"
        for emitted in json.loads(path.read_text()) if path.exists() else []:
            if "peer" in emitted:
                peers[emitted["id"]] = {"name": emitted["peer"], "values": emitted["values"]}
            else:
                found[emitted["id"]] = emitted
    return [found[id_] | ({"peer": peers[id_]} if id_ in peers else {}) for id_ in ROWS if id_ in found]


def number(value: float, unit: str = "") -> str:
    """A figure for people: three digits that count, thousands apart."""
    text = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".strip() if not unit.startswith(("/", "%")) else text + unit


def goal_text(row: dict) -> str:
    sign = "≥" if row["better"] == "more" else "≤"
    parts = []
    if "goal" in row:
        parts.append(f"{sign} {number(row['goal'], row['unit'])}")
    if "ratio_goal" in row:
        parts.append(f"{sign} {row['ratio_goal']:g} ×")
    return ", ".join(parts)


def met(row: dict) -> bool | None:
    """None: nothing was promised."""
    return None if "attained" not in row else row["attained"] >= 1
