"""In CI a test that is skipped for a reason that tests/allowed-skips does not name is a failure: a suite that quietly shrinks proves nothing.

As a plugin of pytest (-p support.skips) it judges pytest's own skips. As a program it reads the log that ctest leaves of googletest's:
python3 tests/support/skips.py build/asan/Testing/Temporary/LastTest.log
"""

import os
import pathlib
import re
import sys

ALLOWED = pathlib.Path(__file__).resolve().parents[1] / "allowed-skips"
GOOGLETEST = re.compile(r": Skipped\n(?P<reason>(?:(?!\[).*\n)*)\[  SKIPPED \] (?P<name>\S+) \(\d+ ms\)")


def patterns() -> list[re.Pattern]:
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def unexpected(skipped: list[tuple[str, str]]) -> list[str]:
    """Of (name, reason), a line for each that is not allowed."""
    allowed = patterns()
    return [f"{name}: {reason}" for name, reason in skipped if not any(pattern.search(reason) for pattern in allowed)]


def of_googletest(log: str) -> list[tuple[str, str]]:
    found = [(match["name"], " ".join(match["reason"].split())) for match in GOOGLETEST.finditer(log)]
    # A test whose reason cannot be read is no less skipped.
    told = {name for name, _ in found}
    named = re.findall(r"^\[  SKIPPED \] (\S+) \(\d+ ms\)", log, re.M)
    return found + [(name, "no reason given") for name in dict.fromkeys(named) if name not in told]


class Judge:
    """Notes the skips of a run and fails it at the end."""

    def __init__(self) -> None:
        self.skipped: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append((report.nodeid, str(report.longrepr[2])))

    def pytest_collectreport(self, report) -> None:
        if report.skipped:
            self.skipped.append((report.nodeid, str(report.longrepr[2])))

    def pytest_sessionfinish(self, session) -> None:
        if unexpected(self.skipped) and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter) -> None:
        for line in unexpected(self.skipped):
            terminalreporter.write_line(f"SKIPPED, which tests/allowed-skips does not allow: {line}", red=True)


def pytest_configure(config) -> None:
    # Of several processes, the one that hears of all tests judges.
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Judge())


def main(log: str) -> int:
    wrong = unexpected(of_googletest(pathlib.Path(log).read_text(errors="replace")))
    for line in wrong:
        print(f"SKIPPED, which tests/allowed-skips does not allow: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
