"""clang-tidy over what changed, or everything, in the time that is given. Files that were not reached are counted, not hidden.

usage: tidy.py changed|all SECONDS CLANG_TIDY BUILD_FOLDER
Changed: since $OPEN_CICD_BASE, or where this branch left origin/main, or else the last commit; and what is not committed yet.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from common import ROOT, tracked_files  # noqa: E402


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def base_commit() -> str:
    if base := os.environ.get("OPEN_CICD_BASE"):
        return base
    base = git("merge-base", "HEAD", "origin/main")
    return base if base and base != git("rev-parse", "HEAD") else git("rev-parse", "HEAD~1")


def changed_sources(sources: list[str]) -> list[str]:
    """Changed .cc files, and for a changed header the .cc beside it."""
    names = set(git("diff", "--name-only", base_commit()).splitlines())
    return [s for s in sources if s in names or s.removesuffix(".cc") + ".h" in names]


def main() -> int:
    mode, seconds, program, build = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
    sources = [str(p) for p in tracked_files() if p.suffix == ".cc" and p.parts[0] == "src"]
    if mode == "changed":
        sources = changed_sources(sources)
    deadline = time.monotonic() + seconds
    skipped, failed = [], False

    def tidy(source: str) -> tuple[str, str | None]:
        left = deadline - time.monotonic()
        if left <= 0:
            return source, None
        try:
            result = subprocess.run([program, "-p", build, "--quiet", source], cwd=ROOT, capture_output=True, text=True, timeout=left)
        except subprocess.TimeoutExpired:
            return source, None
        return source, result.stdout if result.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, output in pool.map(tidy, sources):
            if output is None:
                skipped.append(source)
            elif output:
                failed = True
                print(output.rstrip(), flush=True)
    print(f"clang-tidy: {len(sources) - len(skipped)} of {len(sources)} files ({mode})"
          + (f"; not reached in {seconds:.0f} s: {' '.join(skipped)}" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
