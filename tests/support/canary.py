"""A value that nobody but its job may see, and everywhere that it could have got to."""

import base64
import gzip
import json
import os
import pathlib
import secrets
import subprocess
import threading
import urllib.parse

from support.connected import Connected
from support.postgres import binaries
from support.server import Server


def new_canary() -> str:
    """Long enough that nothing else is it, of characters that no form of text changes."""
    return "canary" + secrets.token_hex(16)


def forms_of(canary: str) -> dict[str, bytes]:
    """What programs make of it. Of base64, the part that is the same whatever stands before."""
    raw = canary.encode()
    forms = {"itself": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(), "percent": urllib.parse.quote(canary, safe="").encode(),
             "json": json.dumps(canary)[1:-1].encode()}
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + raw)
        forms[f"base64 at {shift}"] = whole[4 * (shift > 0) + 2:len(whole) - 6]
    return forms


class Watch:
    """Looks at the command lines of all processes as long as it lasts."""

    def __init__(self, *needles: str):
        self.needles = [needle.encode() for needle in needles]
        self.seen: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.005):
            for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    words = path.read_bytes()
                except OSError:
                    continue
                if any(needle in words for needle in self.needles):
                    self.seen.append(words.replace(b"\0", b" ").decode(errors="replace"))


def files_below(folder: pathlib.Path):
    # What an agent or a server takes away meanwhile is left out.
    for path in (pathlib.Path(at) / name for at, _, names in os.walk(folder) for name in names):
        try:
            if path.is_file() and not path.is_symlink():
                yield path, path.read_bytes()
        except OSError:
            continue


def opened(path: pathlib.Path, content: bytes) -> bytes:
    """Long logs are kept compressed; git's objects are not looked into, as no secret stands in a repository."""
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if b"\x28\xb5\x2f\xfd" in content[:64] or path.suffix == ".log":
        shown = subprocess.run(["zstd", "-dcq", "--", str(path)], capture_output=True, check=False)
        return content + shown.stdout
    return content


def dump_of(server: Server) -> bytes:
    """Everything that stands in PostgreSQL; SQLite is a file of the data folder."""
    if not server.database:
        return b""
    return subprocess.run([binaries() / "pg_dump", server.database], check=True, capture_output=True).stdout


def answers_of(connected: Connected) -> dict[str, bytes]:
    """What an administrator can be shown of the server, its repository and its runs."""
    server = connected.server
    paths = ["/api/v1/repositories", connected.path, f"{connected.path}/deliveries", f"{connected.path}/runs", f"{connected.path}/secrets",
             f"{connected.path}/schedules", "/api/v1/secrets", "/api/v1/runs", "/api/v1/jobs", "/api/v1/agents", "/api/v1/queue", "/metrics"]
    for run in connected.runs():
        paths += [f"/api/v1/runs/{run['id']}", f"/api/v1/runs/{run['id']}/plan", f"/api/v1/runs/{run['id']}/workflow"]
        for job in connected.run(run["id"])["jobs"]:
            paths += [f"/api/v1/jobs/{job['id']}?summary=1"]
            steps = len(server.admin.get(f"/api/v1/jobs/{job['id']}").json.get("steps") or [])
            paths += [f"/api/v1/jobs/{job['id']}/logs?step={step}" for step in range(-1, steps)]
    return {path: server.admin.get(path).body for path in paths}


def places_of(connected: Connected, needle: str | bytes) -> list[str]:
    """Where it is found: files of the server and of its agents, the database, logs, answers, and what the forge was told."""
    needle = needle.encode() if isinstance(needle, str) else needle
    server, forge = connected.server, connected.forge
    found = []
    for path, content in files_below(server.folder):
        if forge.root.parent in path.parents or path.name.endswith(".token") or path.name == "token":
            continue
        if needle in opened(path, content):
            found.append(f"file {path.relative_to(server.folder)}")
    if needle in dump_of(server):
        found.append("the database")
    found += [f"answer {path}" for path, body in answers_of(connected).items() if needle in body]
    found += [f"the forge was told: {seen.method} {seen.path}" for seen in forge.seen if needle in seen.path.encode() or needle in seen.body]
    found += [f"status {status}" for repository in forge.repositories.values() for status in repository.statuses
              if needle in f"{status.context} {status.description} {status.target_url}".encode()]
    return found


def assert_nowhere(connected: Connected, canary: str) -> None:
    for name, form in forms_of(canary).items():
        places = places_of(connected, form)
        assert not places, f"as {name} in: {places}"
