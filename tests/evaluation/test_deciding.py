from __future__ import annotations

import pytest

from ctbone.evaluation.deciding import deciding_rule
from ctbone.evaluation.provenance import Provenance
from ctbone.records import BoneCategory

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
