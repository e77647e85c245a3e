"""Checking and planning pipelines: the command line and the server give the same answer, byte for byte."""

import json
import re
import shlex
import urllib.parse

import pytest
from support.process import PROGRAMS, ROOT, run

pytestmark = pytest.mark.one_database

PLANS = ROOT / "tests" / "golden" / "plans"
YAML = {"Content-Type": "application/yaml"}


def asked(path) -> list[str]:
    """The options of `open-cicd plan` in a golden's first line."""
    return shlex.split(path.read_text().partition("\n")[0].removeprefix("#"))


def query(path) -> str:
    """The same as a query of POST /api/v1/plan."""
    options = asked(path)
    pairs = [("file", path.name)]
    for name, value in zip(options[::2], options[1::2], strict=True):
        if name == "--input":
            key, _, value = value.partition("=")
            pairs.append((f"input.{key}", value))
        else:
            pairs.append((name.removeprefix("--"), value))
    return urllib.parse.urlencode(pairs)


def uses_templates(path) -> bool:
    """A server that is given one text cannot read a template beside it."""
    return "uses: ./" in path.read_text()


def test_plan_and_lint_are_those_of_the_server(server):
    same = 0
    for path in sorted(PLANS.glob("*.yml")):
        here = run(PROGRAMS / "open-cicd", "plan", "--format", "json", *asked(path), path.name, cwd=PLANS,
                   env={"GIT_CEILING_DIRECTORIES": str(PLANS.parent)})  # whatever branch is checked out here
        there = server.admin.post(f"/api/v1/plan?{query(path)}", path.read_bytes(), headers=YAML)
        if uses_templates(path):
            assert there.status == 422, path
            continue
        if here.returncode == 0:
            assert there.status == 200, path
            assert here.stdout == there.body, path
        else:
            assert (here.returncode, there.status) == (65, 422), path
            assert {**json.loads(here.stdout), "request_id": there.json["request_id"]} == there.json, path
        told = json.loads(run(PROGRAMS / "open-cicd", "lint", "--format", "json", path.name, cwd=PLANS).stdout)["files"][0]
        said = server.admin.post(f"/api/v1/lint?file={path.name}", path.read_bytes(), headers=YAML).expect(200).json
        assert {"file": path.name, **said} == told, path
        same += 1
    assert same >= 60


def test_the_schema_is_the_page_of_the_reference(server):
    served = server.admin.get("/api/v1/schema/pipeline.json").expect(200)
    assert served.headers["content-type"] == "application/schema+json"
    assert served.json == json.loads((ROOT / "docs" / "reference" / "pipeline.schema.json").read_text())


def blocks(language: str) -> list[str]:
    """The code of one language in the guide."""
    page = (ROOT / "docs" / "guides" / "pipelines.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_guide_work_on_its_pipelines(folder):
    """Those that need no server; of the others, that there are such verbs."""
    commands = [line.partition("#")[0].partition("|")[0].split() for block in blocks("sh") for line in block.splitlines()]
    commands = [command for command in commands if command]
    assert len(commands) >= 4 and all(command[0] == "open-cicd" for command in commands)
    for command in [command for command in commands if command[1] not in ("lint", "plan")]:
        words = [word for word in command[1:] if word.isalpha()]
        assert run(PROGRAMS / "open-cicd", *words, "--help").returncode == 0, command
    commands = [command for command in commands if command[1] in ("lint", "plan")]
    texts = blocks("yaml")
    template = next(text for text in texts if "jobs:" not in text)
    (folder / "ci").mkdir()
    (folder / "ci" / "build.yml").write_text(template)
    for text in texts:
        if text == template:
            continue
        (folder / ".open-cicd.yml").write_text(text)
        for command in commands:
            done = run(PROGRAMS / "open-cicd", *command[1:], cwd=folder)
            assert done.returncode == 0, (command, text, done.stdout, done.stderr)
