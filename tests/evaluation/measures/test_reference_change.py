from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation import Case, tabulate
from ctbone.evaluation.measures.reference_change import change_reference, reference_rules
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule
from tests.evaluation.conftest import make_reference, make_result

from .test_thresholds import simulated

TARGET = BoneCategory.OSTEOPOROSIS


def test_the_rule_of_the_cohort_changes_nothing():
    cases = simulated(80, 1)
    found = change_reference(cases)
    assert [f.rule.name for f in found][:2] == ["acr_qct", "east_asian_qct"]
    assert (found[0].matrix, found[0].changed, found[0].left_out) == (tabulate(cases), 0, 0)
    assert not any(f.rule.quantity == "t_score" for f in found)


def test_a_lower_line_has_fewer_diseased_patients():
    densities = [(45, 60), (50, 60), (55, 60), (79, 60), (100, 60), (150, 60)]
    cases = [
        Case(reference=make_reference(i, a), result=make_result(i, b))
        for i, (a, b) in enumerate(densities)
    ]
    found = {f.rule.name: f for f in change_reference(cases)}
    assert found["acr_qct"].tables[TARGET].diseased == 4
    # At 50 the value itself is osteoporosis by that rule.
    assert found["east_asian_qct"].tables[TARGET].diseased == 2
    assert found["east_asian_qct"].changed == 2
    assert found["70 and 120 mg/cm3"].tables[TARGET].diseased == 3
    assert found["80 and 110 mg/cm3"].matrix.counts[0] == (0, 0, 1)


def test_t_scores_decide_for_dxa_alone():
    def case(number, t_score, standard="DXA"):
        category = shipped_rule("dxa_t_score").category(t_score) if standard == "DXA" else None
        reference = make_reference(
            number,
            90,
            reference_standard=standard,
            t_score=t_score,
            category=category or BoneCategory.OSTEOPENIA,
        )
        return Case(reference=reference, result=make_result(number, 60))

    cases = [case(0, -2.7), case(1, -2.2), case(2, -0.5), case(3, -3.0, "QCT")]
    found = {f.rule.name: f for f in change_reference(cases)}
    assert found["dxa_t_score"].tables[TARGET].diseased == 1
    milder = found["T-score -2 and -1"]
    assert (milder.tables[TARGET].diseased, milder.changed, milder.left_out) == (2, 1, 1)
    assert found["acr_qct"].left_out == 3


def test_patients_without_a_result_stay_in_the_matrix():
    cases = simulated(10, 2)
    cases[0] = Case(reference=cases[0].reference, result=make_result(0, None))
    assert sum(change_reference(cases)[0].matrix.nonevaluable) == 1


def test_attenuation_is_no_reference_measurement():
    with pytest.raises(ValueError, match="a reference rule must cut one of"):
        change_reference(simulated(5, 1), rules=[shipped_rule("hu_l1")])


def test_every_rule_has_a_name_of_its_own():
    names = [rule.name for rule in reference_rules()]
    assert len(set(names)) == len(names)
    assert replace(reference_rules()[2], name="acr_qct", osteoporosis_below=80.0) == (
        shipped_rule("acr_qct")
    )
