"""One chart as SVG, without a library: how many times better than its goal each figure is, on a logarithmic scale, readable on light and on dark."""

import math
from xml.sax.saxutils import escape

import results

WIDTH, ROW, TOP, LEFT, RIGHT = 920, 26, 46, 460, 90
STEPS = (0.25, 0.5, 1, 2, 4, 8, 16)  # of the axis; what is beyond is drawn at its end

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .faint { fill: #59636e; font-size: 12px }
  .grid { stroke: #d1d9e0 }
  .goal { stroke: #1f2328; stroke-width: 1.5 }
  .met { fill: #2f6fdd }
  .missed { fill: #d1622b }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .faint { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .goal { stroke: #e6edf3 }
    .met { fill: #6ea3ff }
    .missed { fill: #f0883e }
  }"""


def x_of(attained: float) -> float:
    low, high = math.log(STEPS[0]), math.log(STEPS[-1])
    place = (math.log(max(attained, 1e-9)) - low) / (high - low)
    return LEFT + min(1.0, max(0.0, place)) * (WIDTH - LEFT - RIGHT)


def axis(bottom: int) -> list[str]:
    lines = []
    for step in STEPS:
        x = x_of(step)
        lines.append(f'<line class="{"goal" if step == 1 else "grid"}" x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}"/>')
        lines.append(f'<text class="faint" x="{x:.1f}" y="{TOP - 14}" text-anchor="middle">{"goal" if step == 1 else f"{step:g} ×"}</text>')
    return lines


def bar(row: dict, y: int) -> list[str]:
    goal, end = x_of(1), x_of(row["attained"])
    kind = "met" if results.met(row) else "missed"
    measured = results.number(row["value"], row["unit"])
    title = f"{row['name']}: {measured}, goal {results.goal_text(row)}"
    return [
        f'<g><title>{escape(title)}</title>'
        f'<text x="{LEFT - 12}" y="{y + 14}" text-anchor="end">{escape(row["name"])}</text>'
        f'<rect class="{kind}" x="{min(goal, end):.1f}" y="{y + 3}" width="{max(2.0, abs(end - goal)):.1f}" height="{ROW - 10}" rx="2"/>'
        f'<text class="faint" x="{max(goal, end) + 6:.1f}" y="{y + 14}">{escape(measured)}</text></g>'
    ]


def draw(rows: list[dict]) -> str:
    bottom = TOP + ROW * len(rows)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 12}" role="img" '
             f'aria-label="How many times better than its goal each measured figure is">', f"<style>{STYLE}\n</style>", *axis(bottom)]
    for place, row in enumerate(rows):
        parts += bar(row, TOP + ROW * place)
    return "\n".join([*parts, "</svg>"]) + "\n"
