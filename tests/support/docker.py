"""A Docker engine of the tests' own, with images made on the spot."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from support.process import ROOT

SUPPORT = ROOT / "tests" / "support"


class Engine:
    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="open-cicd-docker-", dir="/tmp"))
        self.host = ""

    def start(self) -> "Engine":
        result = subprocess.run(
            [SUPPORT / "dockerd-up.sh", self.folder, "--owner", str(os.getpid())], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )
        assert result.returncode == 0, result.stderr
        self.host = result.stdout.split()[-1]
        return self

    def docker(self, *arguments: str) -> str:
        return subprocess.run(["docker", "-H", self.host, *arguments], check=True, capture_output=True, text=True, timeout=60).stdout.strip()

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
