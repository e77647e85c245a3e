"""The web pages in Chromium: sizes, first paint, the log viewer with logs of any size and at any speed, the graph of a large run."""

import os
import pathlib
import subprocess
import sys

from harness import PROGRAMS, SMOKE

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "web" / "bench" / "pages.js"

sys.exit(subprocess.run(["node", SCRIPT, *(["--smoke"] if SMOKE else [])], env={**os.environ, "OPEN_CICD_PROGRAMS": str(PROGRAMS)}, check=False).returncode)
