"""From what the measurements emit to rows with all their figures: the one shape that is stored and shown.

A row: {"bench", "id", "name", "unit", "better", "values", "value" (median), "p95", "baseline" {"name", "value"}?, "ratio"?, "goal"?,
"ratio_goal"?, "attained"?, "peer" {"name", "value"}?}. `ratio` is value ÷ baseline; `attained` says how many times better than its goal the row
is, 1 being just met (the lesser one where the row has both goals).
"""

import json
import pathlib
import statistics

from catalog import BENCHES, ROWS

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "build" / "bench"
ATTAINED_MAX = 1000.0  # a value of 0 would be infinitely better than its goal


def quantile(values: list[float], q: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * q))]


def attained(measured: float, goal: float, better: str) -> float:
    if better == "more":
        return measured / goal
    if measured <= 0:
        return ATTAINED_MAX
    return min(ATTAINED_MAX, goal / measured)


def complete(bench: str, emitted: dict) -> dict:
    """The stored row of an emitted {"id", "values", "baseline"?}."""
    spec = ROWS[emitted["id"]]
    values = emitted["values"]
    row = {"bench": bench, "id": spec.id, "name": spec.what, "unit": spec.unit, "better": spec.better, "values": values,
           "value": statistics.median(values), "p95": quantile(values, 0.95)}
    reached = []
    if emitted.get("baseline"):
        row["baseline"] = {"name": spec.baseline, "value": statistics.median(emitted["baseline"])}
        row["ratio"] = row["value"] / row["baseline"]["value"]
        if spec.ratio_goal is not None:
            row["ratio_goal"] = spec.ratio_goal
            reached.append(attained(row["ratio"], spec.ratio_goal, spec.better))
    if spec.goal is not None:
        row["goal"] = spec.goal
        reached.append(attained(row["value"], spec.goal, spec.better) if spec.goal else (1.0 if row["value"] <= 0 else 0.0))
    if reached:
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


def store(bench: str, rows: list[dict], peers: list[dict]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{bench}.json").write_text(json.dumps({"rows": rounded(rows), "peers": rounded(peers)}, indent=1, ensure_ascii=False) + "\n")


def merge() -> list[dict]:
    """All stored rows in the catalog's order, with the peers' figures in their rows."""
    found, peers = {}, {}
    for bench in BENCHES:
        path = FOLDER / f"{bench.name}.json"
        if path.exists():
            stored = json.loads(path.read_text())
            found.update({row["id"]: row for row in stored["rows"]})
            peers.update({peer["id"]: {"name": peer["peer"], "value": statistics.median(peer["values"])} for peer in stored["peers"]})
    rows = [found[id_] for id_ in ROWS if id_ in found]
    for row in rows:
        if row["id"] in peers:
            row["peer"] = rounded(peers[row["id"]])
    return rows


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
