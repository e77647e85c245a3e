"""The figures in README.md, docs/performance.md and docs/benchmarks.svg are those of bench/results.json."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, finish  # noqa: E402

sys.path.insert(0, str(ROOT / "bench"))
import publish  # noqa: E402

if __name__ == "__main__":
    finish(publish.check())
