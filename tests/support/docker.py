"""A Docker engine of the tests' own, with images made on the spot."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from support.process import ROOT
from support.wait import wait_until

SUPPORT = ROOT / "tests" / "support"


class Engine:
    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="open-cicd-docker-", dir="/tmp"))
        self.host = ""

    def start(self) -> "Engine":
        result = subprocess.run(
            [SUPPORT / "dockerd-up.sh", self.folder, "--registry", "--owner", str(os.getpid())], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )
        assert result.returncode == 0, result.stderr
        self.host = result.stdout.split()[-1]
        return self

    def halt(self) -> None:
        """The engine stops, as by `systemctl stop docker`; start() begins it again with what it had."""
        pid = int((self.folder / "dockerd.pid").read_text())
        os.kill(pid, signal.SIGTERM)
        wait_until("dockerd to end", lambda: not pathlib.Path(f"/proc/{pid}").exists(), within=30)

    def docker(self, *arguments: str) -> str:
        return subprocess.run(["docker", "-H", self.host, *arguments], check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def push(self, image: str, version: str) -> str:
        """Pushes a new image with VERSION in its environment, as another machine does: what is here stays. Returns its digest."""
        had = self.docker("images", "-q", "--no-trunc", image)
        container = self.docker("create", "busybox:test", "true")
        self.docker("commit", "-c", f"ENV VERSION={version}", container, image)
        self.docker("rm", container)
        self.docker("push", "-q", image)
        digest = self.docker("image", "inspect", "-f", "{{index .RepoDigests 0}}", image).split("@")[1]
        if had:
            self.docker("tag", had, image)
        return digest

    def leftovers(self) -> list[str]:
        """Containers, networks and volumes of jobs that are still there."""
        return [
            *self.docker("ps", "-a", "--format", "container {{.Names}} {{.Status}}").splitlines(),
            *self.docker("network", "ls", "--filter", "type=custom", "--format", "network {{.Name}}").splitlines(),
            *self.docker("volume", "ls", "--format", "volume {{.Name}}").splitlines(),
        ]

    def stop(self) -> None:
        subprocess.run([SUPPORT / "dockerd-down.sh", self.folder], capture_output=True, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
