"""The fuzz targets and their corpora belong together, and CI runs them; what they find is dev/fuzz's to say."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def test_g10_every_target_has_a_small_corpus_and_runs_in_ci():
    sources = "".join(path.read_text() for path in (ROOT / "tests" / "fuzz").glob("*.cc"))
    targets = re.findall(r"^FUZZ_TARGET\((\w+)\)", sources, re.M)
    assert len(targets) == len(set(targets)) and len(targets) > 20
    assert {path.name for path in CORPUS.iterdir()} == set(targets)
    for target in targets:
        inputs = list((CORPUS / target).iterdir())
        assert 1 <= len(inputs) <= 48, f"{target}: {len(inputs)} inputs; dev/fuzz {target} --minimise keeps few"
        assert all(path.stat().st_size <= 8192 for path in inputs), target
    assert re.search(r"^\s+dev/fuzz --seconds \d+ ", (ROOT / "dev" / "test").read_text(), re.M)
