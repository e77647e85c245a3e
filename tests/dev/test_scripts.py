"""The scripts of dev/: what they say of themselves, and that wrong arguments are refused before anything is installed or built."""

import os
import pathlib
import re
import socket
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path.name for path in (ROOT / "dev").iterdir() if path.is_file() and os.access(path, os.X_OK))
sys.path.insert(0, str(ROOT / "bench"))

import catalog  # noqa: E402
from chaos.options import Options, command, parse  # noqa: E402


@pytest.fixture
def call(tmp_path):
    """call("dev/…", …) runs a script that can neither install nor build: what it would need for that fails and is noted."""
    noted = tmp_path / "noted"
    for name in ("dpkg-query", "apt-get", "cmake", "ninja"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >>{noted}\nexit 1\n")
        (tmp_path / name).chmod(0o755)

    def run(*words: str) -> subprocess.CompletedProcess:
        env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert not noted.exists(), f"{words}: {noted.read_text()}"
        return done

    return run


@pytest.mark.parametrize("word", ["-h", "--help"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_help(call, script, word):
    done = call(f"dev/{script}", word)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(rf"dev/{script}[ :]", done.stdout)
    assert not re.search(r"^#|^set -|\. \"", done.stdout, re.M)


def test_help_of_chaos_has_a_line_for_each_option(call):
    text = call("dev/chaos", "--seed", "7", "--help").stdout
    for name, value in vars(Options()).items():
        line = re.search(rf"^  --{name.replace('_', '-')} .*$", text, re.M)
        assert line, name
        assert isinstance(value, bool) or f"({value}" in line.group(), line.group()
    assert "--row R5 " in text and "--all " in text


def test_help_of_bench_names_every_measurement(call):
    names = re.search(r"NAME…  (.*?);", call("dev/bench", "--help").stdout).group(1).split()
    assert names == [bench.name for bench in catalog.BENCHES]


@pytest.mark.parametrize(("words", "said"), [
    ("dev/bench nonsense", "there are: start, jobs"),
    ("dev/bench soak --minutes 0", "more than 0"),
    ("dev/build nonsense", "there are: dev, asan"),
    ("dev/chaos --row foo", "there are: R1 R2 "),
    ("dev/chaos --row R99", "no scenario is called 'R99'"),
    ("dev/chaos --row", "takes one row"),
    ("dev/chaos --all --jobs 5", "takes nothing else"),
    ("dev/chaos --database mysql", "'sqlite', 'postgres'"),
    ("dev/chaos --jobs 0", "'0' is not a whole number from 1"),
    ("dev/chaos --kills x", "'x' is not a whole number from 0"),
    ("dev/chaos --scale 5", "'5' is not a number from 0.05 to 1"),
    ("dev/chaos --minutes nan", "'nan' is not a number from 0.1"),
    ("dev/chaos --job 5", "--help says what there is"),
    ("dev/check --tidy some", "changed, all or none"),
    ("dev/check --nonsense", "--help says what there is"),
    ("dev/fmt nonsense", "--help says what there is"),
    ("dev/fuzz TYPO", "there are: annotation byte_range checkout"),
    ("dev/fuzz json --seconds x", "a whole number, 1 or more, not 'x'"),
    ("dev/fuzz --seconds", "a whole number, 1 or more, not ''"),
    ("dev/web nonsense", "--help says what there is"),
    ("dev/test --nonsense", "--help says what there is"),
    ("dev/up nonsense", "--help says what there is"),
])
def test_wrong_arguments(call, words, said):
    done = call(*words.split())
    assert done.returncode == 2
    assert said in done.stderr and done.stdout == ""
    assert not (ROOT / "tests" / "fuzz" / "corpus" / "TYPO").exists()


@pytest.mark.parametrize("listen", ["18101", ":18101", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x"])
def test_up_says_what_an_address_is(call, monkeypatch, listen):
    monkeypatch.setenv("OPEN_CICD_LISTEN", listen)
    done = call("dev/up", "--once")
    assert (done.returncode, done.stdout) == (2, "")
    assert "takes ADDRESS:PORT, like 127.0.0.1:8080" in done.stderr and f"'{listen}'" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_up_looks_at_the_port_before_it_installs_or_builds(call, monkeypatch, host):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("OPEN_CICD_LISTEN", f"{host}:{port}")
        done = call("dev/up", "--once")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"another program listens on 127.0.0.1:{port}: " in done.stderr


@pytest.mark.parametrize("listen,client", [
    ("0.0.0.0:18101", "127.0.0.1:18101"),
    ("[::]:18101", "[::1]:18101"),
    ("127.0.0.1:8080", "127.0.0.1:8080"),
    ("10.0.0.0:80", "10.0.0.0:80"),
])
def test_a_client_asks_an_address_of_this_machine(call, listen, client):
    assert call("bash", "-c", f". dev/lib.sh; client_of '{listen}'").stdout == f"{client}\n"


def test_what_a_chaos_run_was_called_with_is_read_again():
    options = Options(jobs=3, database="postgres", scale=0.5, clock=True)
    assert parse(command(options).split()[1:]) == options
