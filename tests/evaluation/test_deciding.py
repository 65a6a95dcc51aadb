from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation.deciding import deciding_rule
from ctbone.evaluation.provenance import Provenance
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule
from ctbone.runs import to_plain

from .conftest import make_result

NOBODY = Provenance()


def screened(rule=None):
    return Provenance(screening={"command": "screen", "config": {"rule": rule}})


def test_the_rule_is_told_by_the_categories():
    rows = [make_result(i, value) for i, value in enumerate((60.0, 130.0, None))]
    assert deciding_rule(rows, NOBODY).name == "acr_qct"


def test_rules_that_both_fit_are_told_by_the_screening_alone():
    rows = [make_result(1, 130.0), make_result(2, 100.0)]
    assert deciding_rule(rows, NOBODY) is None
    assert deciding_rule(rows, screened()).name == "acr_qct"
    assert deciding_rule(rows, screened("east_asian_qct.yaml")).name == "east_asian_qct"
    assert deciding_rule(rows, screened("ours.yaml")) is None


def test_a_rule_of_ones_own_is_known_by_its_recorded_cut_offs():
    ours = replace(shipped_rule("acr_qct"), name="ours", osteoporosis_below=50.0)
    rows = [make_result(1, 130.0), make_result(2, 60.0, category=BoneCategory.OSTEOPENIA)]
    record = {"command": "screen", "config": {"rule": "ours.yaml"}, "rule": to_plain(ours)}
    assert deciding_rule(rows, Provenance(screening=record)) == ours
    assert deciding_rule([*rows, make_result(3, 60.0)], Provenance(screening=record)) is None
    assert deciding_rule([make_result(4, None)], Provenance(screening=record)) is None


@pytest.mark.parametrize("found", ["acr_qct", 3, {"name": "ours"}, ["ours"]])
def test_what_is_no_record_of_a_rule_tells_none(found):
    told = Provenance(screening={"command": "screen", "rule": found})
    assert told.recorded_rule is None
    assert deciding_rule([make_result(1, 60.0)], told).name == "acr_qct"


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": "probabilities"},
        {"quantity": "trabecular_hu"},
        {"category": BoneCategory.NORMAL},
    ],
)
def test_a_rule_that_does_not_fit_is_none(changes):
    assert deciding_rule([make_result(1, 60.0, **changes)], screened()) is None


def test_results_by_several_quantities_have_no_one_rule():
    rows = [
        make_result(1, 60.0),
        make_result(2, 60.0, quantity="trabecular_hu", trabecular_hu=50.0),
    ]
    assert deciding_rule(rows, screened()) is None
