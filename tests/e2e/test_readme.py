"""The README's commands, as they stand there."""

import os
import subprocess

import pytest
from support.process import MARK, ROOT

pytestmark = pytest.mark.one_database


def script() -> str:
    """The ```sh blocks between the comments that frame the walk through the protocol."""
    text = (ROOT / "README.md").read_text()
    part = text.split("<!-- walk:begin", 1)[1].split("<!-- walk:end", 1)[0]
    blocks = [block.split("\n```", 1)[0] for block in part.split("```sh\n")[1:]]
    assert len(blocks) >= 4
    return "\n".join(blocks)


def test_an_agent_of_curl_commands(server):
    env = {"PATH": os.environ["PATH"], MARK: server.mark, "OPEN_CICD_SERVER": server.url}
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", script()], cwd=server.folder, env=env, capture_output=True, timeout=60)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()
    job = server.admin.get("/api/v1/jobs").json["jobs"][0]
    shown = server.job(job["id"])
    assert shown["state"] == "succeeded"
    assert server.log(job["id"]) == b"Hello from curl\n"
    assert b"Hello from curl" in result.stdout
