"""Applies mutants in copies of the tree and runs the test that must find each; dev/mutants is how it is called."""

import argparse
import concurrent.futures
import functools
import os
import pathlib
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev" / "checks"))
import mutants as lists  # noqa: E402

COPIES = ROOT / "build" / "mutants"
TEST_SECONDS_MAX = 180  # a test that a mutant hangs has found it
TEST_BYTES_MAX = 8 << 30  # of address space: one without a bound must not take the machine's memory
BUILD_SECONDS_MAX = 3600


def files_of_tree() -> set[str]:
    """What is under version control or would be: never what was built, nor data."""
    listed = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


@functools.cache
def may_mount() -> bool:
    """Whether a process here may have mounts of its own: as root, outside most containers."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


def in_place(command: list[str], folder: pathlib.Path) -> list[str]:
    """The command, for which the copy stands where the tree does: so the compiler's cache knows what both have."""
    script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), str(ROOT), *command]


running: set[int] = set()  # process groups


def run(command: list[str], folder: pathlib.Path, seconds: float) -> tuple[int | None, str]:
    """Exit code, None when its time was over, and output. What it started ends with it."""
    seen_as = ROOT if may_mount() else folder
    environment = os.environ | {"PYTHONPATH": str(seen_as / "tests"), "OPEN_CICD_PROGRAMS": str(seen_as / "build" / "dev")}
    with subprocess.Popen(in_place(command, folder) if may_mount() else command, cwd=folder, env=environment, start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        running.add(process.pid)
        try:
            output, _ = process.communicate(timeout=seconds)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, process.communicate()[0]
        finally:
            running.discard(process.pid)


def interrupted(*_: object) -> None:
    """Ctrl-C or SIGTERM: threads cannot be interrupted, so what they wait for is ended, and then this program."""
    for group in list(running):
        os.killpg(group, signal.SIGKILL)
    os._exit(130)


class Copy:
    """One copy of the tree with a build of its own. Used by one thread at a time."""

    def __init__(self, number: int) -> None:
        self.folder = COPIES / str(number)

    def refresh(self, wanted: set[str]) -> None:
        """Only what differs is written, so that only it is compiled again."""
        for name in wanted:
            self.write(name, (ROOT / name).read_bytes(), (ROOT / name).stat().st_mode)
        for path in list(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and not name.startswith("build/") and name not in wanted:
                path.unlink()

    def write(self, name: str, content: bytes, mode: int | None = None) -> None:
        path = self.folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if mode is not None:
            path.chmod(mode)

    def build(self, targets: list[str]) -> str | None:
        """Why it failed, or None."""
        configured = (self.folder / "build" / "dev" / "build.ninja").exists()
        command = ["ninja", "-C", "build/dev", "--quiet"] if configured else ["dev/build", "dev"]
        code, output = run([*command, *targets], self.folder, BUILD_SECONDS_MAX)
        if code == 0:
            return None
        return next((line for line in output.splitlines() if "error" in line), output[-300:])

    def test(self, mutant: lists.Mutant) -> tuple[bool, str]:
        """Whether the mutant's test passed, and in one line what it said."""
        code, output = run(["prlimit", f"--as={TEST_BYTES_MAX}", "--", *command_of(mutant)], self.folder, TEST_SECONDS_MAX)
        if code is None:
            return False, f"no end within {TEST_SECONDS_MAX} s"
        if code != 0:
            return False, what_failed(output)
        return True, did_not_run(mutant.kind, output)


def targets_of(mutant: lists.Mutant) -> list[str]:
    return {"gtest": mutant.test.split()[:1], "sim": ["sim"], "pytest": ["open-cicd", "open-cicd-agent"]}[mutant.kind]


def command_of(mutant: lists.Mutant) -> list[str]:
    words = shlex.split(mutant.test)
    match mutant.kind:
        case "gtest":
            return [f"build/dev/{words[0]}", f"--gtest_filter={words[1]}"]
        case "sim":
            return ["build/dev/sim", *words]
        case _:
            return [str(ROOT / "build/venv/bin/python3"), "-m", "pytest", "-p", "support.skips", "-p", "no:cacheprovider", "-q", "-x", *words]


def what_failed(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if re.search(r"Failure|^E  |violat|error|terminate|Assertion|^FAILED", line)]
    return (lines or output.strip().splitlines()[-1:] or ["it failed and said nothing"])[0][:140]


def did_not_run(kind: str, output: str) -> str:
    """Why a test that did not fail proves nothing; "" if it ran."""
    if kind == "gtest" and (re.search(r"\[  SKIPPED \]", output) or not re.search(r"\[  PASSED  \] [1-9]", output)):
        return "is skipped here, or there is no such test"
    if kind == "pytest" and (re.search(r"\d skipped", output) or not re.search(r"\d passed", output)):
        return "is skipped here, or there is no such test"
    return ""


class Run:
    """Each mutant once, by as many threads as there are copies; says how far it is."""

    def __init__(self, mutants: list[lists.Mutant], copies: list[Copy]) -> None:
        self.mutants, self.copies = mutants, copies
        self.clean: dict[str, str | None] = {}  # of each test without a mutant: why it is of no use
        self.results: dict[str, tuple[str, str]] = {}
        self.lock = threading.Lock()

    def baseline(self) -> None:
        """A test finds a mutant only if it passes without it."""
        first = self.copies[0]
        say(f"building {', '.join(sorted({t for m in self.mutants for t in targets_of(m)}))}")
        for mutant in self.mutants:
            if mutant.test in self.clean:
                continue
            failure = first.build(targets_of(mutant))
            if failure is None:
                passed, said = first.test(mutant)
                failure = said and f"its test {said}" if passed else f"its test fails without it: {said}"
            self.clean[mutant.test] = failure or None
        useless = sum(reason is not None for reason in self.clean.values())
        say(f"{len(self.clean)} tests pass without a mutant" if not useless else f"{useless} of {len(self.clean)} tests are of no use here")

    def judge(self, mutant: lists.Mutant, copy: Copy) -> tuple[str, str]:
        if reason := lists.stale(mutant):
            return "stale", reason
        if reason := self.clean[mutant.test]:
            return "broken", reason
        right = (ROOT / mutant.file).read_text(encoding="utf-8")
        try:
            copy.write(mutant.file, right.replace(mutant.find, mutant.put).encode())
            if failure := copy.build(targets_of(mutant)):
                return "broken", f"it does not build: {failure}"
            passed, said = copy.test(mutant)
            return ("SURVIVED", f"{mutant.kind} {mutant.test} passes") if passed else ("found", said)
        finally:
            copy.write(mutant.file, right.encode())

    def work(self, copy: Copy, waiting: queue.SimpleQueue) -> None:
        while True:
            try:
                group = waiting.get_nowait()
            except queue.Empty:
                return
            for mutant in sorted(group, key=lambda one: one.file):
                begun = time.monotonic()
                verdict, said = self.judge(mutant, copy)
                with self.lock:
                    self.results[mutant.name] = verdict, said
                    say(f"{len(self.results):3}/{len(self.mutants)} {verdict:8} {mutant.name} ({time.monotonic() - begun:.1f} s): {said}")

    def run(self) -> None:
        self.baseline()
        groups: dict[str, list[lists.Mutant]] = {}  # by what is built for them, which one copy does for all of a group
        for mutant in self.mutants:
            groups.setdefault(" ".join(targets_of(mutant)), []).append(mutant)
        waiting: queue.SimpleQueue = queue.SimpleQueue()
        for group in sorted(groups.values(), key=len, reverse=True):
            waiting.put(group)
        with concurrent.futures.ThreadPoolExecutor(len(self.copies)) as pool:
            for done in [pool.submit(self.work, copy, waiting) for copy in self.copies]:
                done.result()


def say(text: str) -> None:
    print(text, flush=True)


def chosen(mutants: list[lists.Mutant], names: list[str]) -> list[lists.Mutant]:
    for name in names:
        if not any(name in (m.name, m.name.split("/")[0]) for m in mutants):
            print(f"mutants: no room and no mutant is called '{name}'; dev/mutants --list says what there is", file=sys.stderr)
            sys.exit(2)
    return [m for m in mutants if not names or m.name in names or m.name.split("/")[0] in names]


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev/mutants")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    known, problems = lists.load()
    for problem in problems:
        say(problem)
    mutants = chosen(known, options.names)
    if options.list:
        for mutant in mutants:
            say(f"{mutant.name:36} {mutant.what}")
        say(f"{len(mutants)} mutants")
        return 1 if problems else 0

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)
    begun = time.monotonic()
    copies = [Copy(number) for number in range(1, min(options.jobs, max(len(mutants), 1)) + 1)]
    wanted = files_of_tree()
    for copy in copies:
        copy.refresh(wanted)
    todo = Run(mutants, copies)
    todo.run()
    bad = [(name, *result) for name, result in sorted(todo.results.items()) if result[0] != "found"]
    say("")
    for name, verdict, said in bad:
        say(f"{verdict:8} {name}: {said}")
    say(f"{len(mutants) - len(bad)} of {len(mutants)} mutants were found, in {time.monotonic() - begun:.0f} s")
    return 1 if bad or problems else 0


if __name__ == "__main__":
    sys.exit(main())
