"""Every #include "folder/…" of src/ follows an arrow of docs/architecture.md, and so does every DEPS of a CMakeLists.txt.

The block ```arrows has a line for each folder: "folder → what it may include". `base` may be included by all. "adapters" stands for
every folder below src/adapters. Test files (*_test.cc, *_fixture.*) may also include what the line "tests" names.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, fenced_block, finish, read, tracked_files  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
LIBRARY = re.compile(r"open_cicd_folder\((\w+)\s+DEPS\s+([^)]*?)(?:\s+TEST_PARTS\s+\d+)?\)")


def folder_of(path: str) -> str:
    """"adapters/sqlite/writer.h" is of folder "adapters/sqlite", "jobs/jobs.h" of "jobs"."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "adapters" else parts[0]


def read_arrows() -> dict[str, set[str]]:
    arrows = {}
    for line in filter(None, fenced_block("docs/architecture.md", "arrows")):
        folder, _, targets = line.partition("→")
        arrows[folder.strip()] = set(targets.split()) | {"base", folder.strip()}
    return arrows


def allowed(arrows: dict[str, set[str]], folder: str, target: str) -> bool:
    targets = arrows.get(folder, set())
    return target in targets or (target.startswith("adapters/") and "adapters" in targets)


def cycles(arrows: dict[str, set[str]]) -> list[str]:
    """Arrows that lead back: found by removing, again and again, folders without an arrow to one that is left."""
    left = {folder: targets - {folder} for folder, targets in arrows.items() if folder != "tests"}
    while True:
        leaves = [f for f, targets in left.items() if not any(allowed({"": targets}, "", other) for other in left)]
        if not leaves:
            return [f"docs/architecture.md: these arrows form a circle: {', '.join(sorted(left))}"] if left else []
        for folder in leaves:
            del left[folder]


def includes(arrows: dict[str, set[str]]) -> list[str]:
    problems = []
    for path in tracked_files():
        if path.parts[0] != "src" or path.suffix not in (".h", ".cc"):
            continue
        folder = folder_of(str(path.relative_to("src")))
        if folder not in arrows:
            problems.append(f"{path}: the folder {folder} has no line among the arrows of docs/architecture.md")
            continue
        text = read(path)
        for match in INCLUDE.finditer(text):
            target = folder_of(match.group(1))
            line = text.count("\n", 0, match.start(1)) + 1
            if not any((ROOT / top / match.group(1)).exists() for top in ("src", "tests")):
                problems.append(f'{path}:{line}: "{match.group(1)}": write includes relative to src/ (or tests/)')
            elif not allowed(arrows, folder, target) and not (
                path.stem.endswith(("_test", "_fixture")) and allowed(arrows, "tests", target)
            ):
                problems.append(f"{path}:{line}: {folder} → {target} is no arrow of docs/architecture.md")
    return problems


def libraries(arrows: dict[str, set[str]]) -> list[str]:
    """What CMake links: the folders among the DEPS of each library (external ones have "::" in their names)."""
    problems = []
    for path in (ROOT / "src").rglob("CMakeLists.txt"):
        folder = folder_of(str(path.parent.relative_to(ROOT / "src")))
        for name, deps in LIBRARY.findall(path.read_text()):
            for target in (dep.replace("adapters_", "adapters/", 1) for dep in deps.split() if "::" not in dep):
                target = target if target in arrows else target.split("_")[0]
                if not allowed(arrows, folder, target):
                    problems.append(f"{path.relative_to(ROOT)}: {name} links {target}, which is no arrow")
    return problems


if __name__ == "__main__":
    table = read_arrows()
    finish(cycles(table) + includes(table) + libraries(table))
