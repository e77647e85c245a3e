"""Writes the stored figures where people read them: bench/results.json is the source; the README's and docs/performance.md's tables and
docs/benchmarks.svg are made from it. `publish.py --check` says which of them differ from what it gives."""

import json
import os
import pathlib
import platform
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import chart  # noqa: E402
import results  # noqa: E402
from catalog import BENCHES, ROWS  # noqa: E402

ROOT = pathlib.Path(os.environ.get("BENCH_PUBLISH_ROOT", pathlib.Path(__file__).resolve().parents[1]))
BEGIN, END = "<!-- bench:begin (made by dev/bench --readme) -->", "<!-- bench:end -->"


def machine(measured: list[dict]) -> dict:
    """What of the machine the figures depend on. No names."""
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    disk = next((statistics.median(row["values"]) for row in measured if row["id"] == "submit.disk"), None)
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return {"cores": os.cpu_count(), "processor": model, "memory_gib": round(memory), "kernel": ".".join(platform.release().split(".")[:2]), "disk_fdatasync_ms": disk}


def machine_text(stored: dict) -> str:
    facts, days = stored["machine"], sorted({row["on"] for row in stored["measured"]})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return (f"Measured {when} on {facts['cores']} cores ({facts['processor'] or 'unnamed'}), {facts['memory_gib']} GiB, Linux {facts['kernel']}, "
            f"fdatasync of 4 KiB {results.number(facts['disk_fdatasync_ms'], 'ms')} median, all on one machine over loopback.")


def cells(row: dict) -> list[str]:
    verdict = {None: "", True: "✓", False: "✗"}[results.met(row)]
    beside = [f"{row[kind]['name']}: {results.number(row[kind]['value'], row['unit'])}" for kind in ("baseline", "peer") if kind in row]
    ratio = f"{row['ratio']:.2f} ×" if "ratio" in row else ""
    return [ratio, row["name"], results.number(row["value"], row["unit"]), f"{results.goal_text(row)} {verdict}".strip(), "; ".join(beside)]


def table(rows: list[dict]) -> str:
    lines = ["| ratio | what | measured | goal | beside it, in the same run |", "|--:|---|--:|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(cells(row)) + " |" for row in rows])


def readme_block(rows: list[dict], stored: dict) -> str:
    headlines = [row for row in rows if ROWS[row["id"]].headline]
    return (f"![How many times better than its goal each figure is](docs/benchmarks.svg)\n\n{table(headlines)}\n\n{machine_text(stored)} "
            "The ratio is measured ÷ what stands beside it. All rows and how they are measured: [performance](docs/performance.md).")


def performance_block(all_rows: list[dict], stored: dict) -> str:
    parts = [machine_text(stored)]
    for bench in BENCHES:
        rows = [row for row in all_rows if row["bench"] == bench.name]
        if rows:
            parts.append(f"### {bench.name}: {bench.about}\n\n{table(rows)}")
    return "\n\n".join(parts)


def between_markers(path: pathlib.Path, block: str) -> str:
    """The file's text with `block` between its markers."""
    text = path.read_text()
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{block}\n\n{END}{rest.split(END, 1)[1]}"


def made_from(stored: dict) -> dict[str, str]:
    """The files, relative to the root, as the stored results give them."""
    rows = [results.row_of(measured) for measured in stored["measured"]]
    return {
        "README.md": between_markers(ROOT / "README.md", readme_block(rows, stored)),
        "docs/performance.md": between_markers(ROOT / "docs" / "performance.md", performance_block(rows, stored)),
        "docs/benchmarks.svg": chart.draw([row for row in rows if ROWS[row["id"]].headline and "attained" in row]),
    }


def with_earlier(measured: list[dict]) -> list[dict]:
    """Rows and peers that were not measured now are those published before, if it was on such a machine."""
    path = ROOT / "bench" / "results.json"
    stored = json.loads(path.read_text()) if path.exists() else {"machine": {}, "measured": []}
    alike = all(stored["machine"].get(fact) == machine([])[fact] for fact in ("cores", "processor"))
    rows = {row["id"]: row for row in (stored["measured"] if alike else [])}
    for row in measured:
        peer = {"peer": rows[row["id"]]["peer"]} if "peer" in rows.get(row["id"], {}) else {}
        rows[row["id"]] = peer | row
    return [rows[id_] for id_ in ROWS if id_ in rows]


def write(measured: list[dict]) -> int:
    measured = with_earlier(measured)
    missing = [row.id for bench in BENCHES if bench.default for row in bench.rows if row.id not in {row["id"] for row in measured}]
    if missing:
        print(f"not measured yet: {', '.join(missing)}. Run dev/bench first.", file=sys.stderr)
        return 1
    stored = {"machine": machine(measured), "measured": measured}
    facts = json.dumps(stored["machine"], ensure_ascii=False)
    (ROOT / "bench" / "results.json").write_text(f'{{"machine": {facts},\n"measured": {results.text_of(measured)}}}\n')
    for name, text in made_from(stored).items():
        (ROOT / name).write_text(text)
        print(name)
    return 0


def check() -> list[str]:
    path = ROOT / "bench" / "results.json"
    if not path.exists():
        return []
    stored = json.loads(path.read_text())
    unknown = [f"bench/results.json: no row {row['id']} in bench/catalog.py" for row in stored["measured"] if row["id"] not in ROWS]
    if unknown:
        return unknown
    return [f"{name}: its figures are not those of bench/results.json: run dev/bench --readme" for name, text in made_from(stored).items()
            if not (ROOT / name).exists() or (ROOT / name).read_text() != text]


if __name__ == "__main__":
    problems = check()
    print("".join(f"{problem}\n" for problem in problems), end="")
    sys.exit(1 if problems else 0)
