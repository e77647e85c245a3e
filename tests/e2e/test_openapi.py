"""The OpenAPI document is exact: schemathesis, with the token of an administrator, finds nothing; and it says what people need to know."""

import json
import re

import pytest

from support import schemathesis
from support.process import ROOT
from support.schemathesis import findings  # noqa: F401

pytestmark = [pytest.mark.one_database, schemathesis.SETTINGS]


def test_as_an_administrator(server, findings):
    said = findings(server.token("admin"), {}, "--phases", "examples,coverage,fuzzing", "--max-examples", "8")
    assert not said, said


def test_as_an_administrator_along_the_links(server, findings):
    said = findings(server.token("admin"), {}, "--phases", "stateful", "--max-examples", "4")
    assert not said, said


def test_every_path_stands_in_a_page_for_people(server):
    paths = server.admin.get("/api/v1/openapi.json").expect(200).json["paths"]
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    told = re.sub(r"\{\w+\}", "{}", "".join(page.read_text() for page in pages))
    assert not [path for path in paths if re.sub(r"\{\w+\}", "{}", path) not in told]
    assert all(operation["summary"] for item in paths.values() for operation in item.values())


def test_the_document_names_who_may(server):
    paths = server.admin.get("/api/v1/openapi.json").expect(200).json["paths"]
    assert paths["/api/v1/jobs"]["post"]["x-permission"] == ["job:create"]
    assert paths["/api/v1/jobs/{id}/status"]["put"]["x-permission"] == ["job:cancel", "lease:write"]
    assert paths["/healthz"]["get"]["security"] == [], json.dumps(paths["/healthz"])
