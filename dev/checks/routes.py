"""Every route that the server serves is in docs/reference/openapi.json, and every path of it stands in a page for people."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, finish, read, tracked_files  # noqa: E402

OPENAPI = "docs/reference/openapi.json"


def problems() -> list[str]:
    if not (ROOT / OPENAPI).exists():
        return []
    document = json.loads(read(OPENAPI))
    pages = "\n".join(read(path) for path in tracked_files() if path.suffix == ".md" and path.parts[0] in ("docs", "README.md"))
    known = re.sub(r"\{\w+\}", "{}", pages)
    found = []
    for path, item in document["paths"].items():
        if re.sub(r"\{\w+\}", "{}", path) not in known:
            found.append(f"{OPENAPI}: {path} stands in no page of docs/")
        for method, operation in item.items():
            if not operation.get("summary") and not operation.get("description"):
                found.append(f"{OPENAPI}: {method.upper()} {path} has no summary")
    return found


if __name__ == "__main__":
    finish(problems())
