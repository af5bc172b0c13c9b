"""Which runs of one page differ in what must be equal: what a run gives, what it does not, and at what price."""

from __future__ import annotations

from types import SimpleNamespace

from harness.files.records import Record
from harness.results.differing import unlike
from harness.runs.description import Provenance, RunConfig


def run(folder, config, provenance):
    return SimpleNamespace(folder=folder, config=RunConfig.of(config), provenance=Provenance.of(provenance))


def test_what_was_given_decides_and_a_null_counts_as_given(monkeypatch):
    monkeypatch.delattr(Record, "plain")  # a record is not written out to look for a name in it
    runs = [
        run("a", {"horizon": 4, "shader": "x"}, {"shader": None}),
        run("b", {"horizon": 8}, {"shader": "y", "new": 1}),
        run("c", {}, {}),
    ]
    (horizon,) = unlike(runs, {"horizon": "other horizon"})
    assert horizon.startswith("other horizon: 4 in a; 8 in b; ")
    assert list(unlike(runs[:2], {"shader": "other shader"})) == ["other shader: not recorded in a; y in b"]
    assert list(unlike(runs[1:2], {"new": "other"})) == []
    assert list(unlike(runs[:2], {"new": "other"})) == ["other: not recorded in a; 1 in b"]
