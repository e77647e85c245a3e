"""The map of the tree in README.md names exactly the folders that exist, and the documents' relative links lead somewhere."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, fenced_block, finish, read, tracked_files  # noqa: E402

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def mapped() -> set[str]:
    """The folders of the block ```tree: two spaces of indentation a level, one name a line, a comment after two spaces."""
    found, parents = set(), []
    for line in fenced_block("README.md", "tree"):
        name = line.split()[0] if line.split() else ""
        if not name.endswith("/"):
            continue
        level = (len(line) - len(line.lstrip())) // 2
        parents = parents[:level] + [name.rstrip("/")]
        found.add("/".join(parents))
    return found


def real(depth_of: dict[str, int]) -> set[str]:
    """The folders under version control, as deep as the map shows them."""
    found = set()
    for path in tracked_files():
        parts = path.parts[:-1]
        depth = depth_of.get(parts[0], 1) if parts else 0
        found.update("/".join(parts[: n + 1]) for n in range(min(depth, len(parts))))
    return found


def map_problems() -> list[str]:
    in_map, in_tree = mapped(), real({"src": 2})
    in_map_shallow = {name for name in in_map if name.count("/") < 2}
    return [f"README.md: the map lacks {name}/" for name in sorted(in_tree - in_map)] + [
        f"README.md: the map names {name}/, which does not exist" for name in sorted(in_map_shallow - in_tree)
        if not (ROOT / name).is_dir()
    ]


def link_problems() -> list[str]:
    problems = []
    for path in tracked_files():
        if path.suffix != ".md":
            continue
        for target in LINK.findall(read(path)):
            if not (ROOT / path.parent / target).exists():
                problems.append(f"{path}: the link {target} leads nowhere")
    return problems


if __name__ == "__main__":
    finish(map_problems() + link_problems())
