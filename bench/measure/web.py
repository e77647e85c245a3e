"""The web pages in Chromium: sizes, first paint, the log viewer with logs of any size and at any speed, the graph of a large run. Beside each stands what
the browser does with the same by itself, where there is such a thing: the plain text of the log as one page."""

import os
import pathlib
import subprocess
import sys

from harness import PROGRAMS, SMOKE

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "web" / "bench" / "pages.js"

sys.exit(subprocess.run(["node", SCRIPT, *(["--smoke"] if SMOKE else [])], env={**os.environ, "OPEN_CICD_PROGRAMS": str(PROGRAMS)}, check=False).returncode)
