from __future__ import annotations

import json

import pytest

from ctbone.evaluation.provenance import Provenance, read_provenance


def test_the_screening_beside_the_results_is_read(tmp_path):
    record = {"command": "screen", "config": {"rule": "r.yaml"}, "versions": {"torch": "2"}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    found = read_provenance(tmp_path / "results.csv", None)
    assert found.stated("versions", "torch") == "2"
    assert found.stated("versions", "numpy") is None
    assert found.stated("command", "more") is None
    assert found.rule == "r.yaml"
    assert found.model == {}


@pytest.mark.parametrize("text", [None, "{", "[]", '{"command": "evaluate"}', "\xff"])
def test_what_is_no_screening_says_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="latin-1")
    found = read_provenance(tmp_path / "results.csv", None)
    assert found == Provenance()
    assert found.rule is None


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"lacks model\.json"):
        read_provenance(tmp_path / "results.csv", tmp_path)


def test_a_cohort_beside_the_run_of_a_simulation_is_simulated(tmp_path):
    cohort, results = tmp_path / "cohort" / "cohort.csv", tmp_path / "results.csv"
    cohort.parent.mkdir()
    assert not read_provenance(results, None, cohort=cohort).is_simulated
    (cohort.parent / "run.json").write_text('{"command": "simulate"}')
    found = read_provenance(results, None, cohort=cohort)
    assert found.is_simulated
    assert not found.screening
