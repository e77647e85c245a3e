"""docs/reference/pipeline.schema.json takes every pipeline of tests/golden/plans that can be planned, and refuses those with keys, kinds
and words that no pipeline has. That the file is the program's own is tested in src/cli/app_test.cc."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLANS = ROOT / "tests/golden/plans"
SCHEMA = json.loads((ROOT / "docs/reference/pipeline.schema.json").read_text())
# What one key alone can tell, as the errors of the goldens say it.
TOLD_BY_A_KEY = re.compile(r"is not a known key|^must be (one of|a|an|true|at) .*, not |^is required$")


class Core(yaml.SafeLoader):
    """YAML 1.2 with its core schema: `on` and `yes` are strings."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first) + ([""] if tag == "null" else []))


def golden(path):
    """The pipeline's data, and what is expected: a plan, or a list of errors."""
    return yaml.load(path.read_text(), Core), json.loads(path.with_suffix(".json").read_text())


VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
FILES = sorted(PLANS.glob("*.yml"))


def test_there_are_goldens_of_both_kinds():
    kinds = [type(json.loads(path.with_suffix(".json").read_text())) for path in FILES]
    assert kinds.count(dict) >= 30 and kinds.count(list) >= 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_says_the_same_as_the_reader(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    if isinstance(expected, dict):
        data, _ = golden(path)
        assert [f"{list(e.instance_path)}: {e.message}" for e in VALIDATOR.iter_errors(data)] == []
        return
    told = [error for error in expected if TOLD_BY_A_KEY.search(error["message"]) and "file" not in error and error["line"] > 0]
    if told:
        data, _ = golden(path)
        assert not VALIDATOR.is_valid(data), told
