from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.evaluation import Case
from ctbone.evaluation.assessment import AssessmentOptions, assess
from ctbone.evaluation.files.evaluation_json import (
    comparison_document,
    threshold_document,
    to_document,
)
from ctbone.evaluation.measures.comparison import compare
from ctbone.evaluation.measures.thresholds import choose_threshold, report_threshold
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule
from tests.evaluation.conftest import make_reference, make_result
from tests.evaluation.measures.test_thresholds import simulated
from tests.evaluation.test_assessment import with_probabilities

TARGET = BoneCategory.OSTEOPOROSIS
densities = st.sampled_from([15.0, 50.0, 80.0, 81.5, 120.0, 120.5, 240.0]) | st.floats(5, 250)

ACR = AssessmentOptions(rule=shipped_rule("acr_qct"))


def written(document):
    return json.loads(json.dumps(document, allow_nan=False))


@settings(deadline=None, max_examples=60)
@given(
    pairs=st.lists(st.tuples(densities, st.none() | densities), max_size=12), sure=st.booleans()
)
def test_whatever_the_patients_no_number_is_none(pairs, sure):
    cases = [
        Case(reference=make_reference(i, a), result=make_result(i, b))
        for i, (a, b) in enumerate(pairs)
    ]
    cases = with_probabilities(cases) if sure else cases
    document = written(to_document(assess("all", cases, options=ACR)))
    assert document["patients"] == len(cases)
    for target in document["targets"].values():
        counted = sum(target[cell] for cell in ("tp", "fp", "fn", "tn"))
        assert counted + document["nonevaluable"] == len(cases)


def test_the_document_holds_what_the_assessment_holds():
    found = assess("all", with_probabilities(simulated(60, 1)), options=ACR)
    document = written(to_document(found))
    told, target = found.targets[TARGET], document["targets"]["osteoporosis"]
    assert target["f1"]["estimate"] == told.accuracy.f1.estimate
    assert target["auc_bootstrap"]["lower"] == told.bootstrap.percentile.lower
    assert target["calibration_slope"]["upper"] == told.calibration.slope.upper
    assert target["intention_to_diagnose"]["tp"] == told.table.true_positives
    assert len(target["cutoffs"]["rows"]) == 25
    assert len(target["decision_curve"]["points"]) == 30
    assert document["density"]["lower_limit"]["estimate"] == found.density.lower_limit.estimate
    assert document["density"]["proportional"]["slope"]["estimate"] == pytest.approx(
        found.density.proportional.slope.estimate
    )
    assert document["precision_note"].startswith("No patient has two densities")
    assert document["weighted_kappa"] == document["agreement"]["linear_kappa"]
    rules = [change["rule"]["name"] for change in document["reference_changes"]]
    assert rules[:2] == ["acr_qct", "east_asian_qct"]


def test_a_threshold_names_no_patient():
    threshold = choose_threshold(simulated(60, 1), TARGET, sensitivity=0.9)
    document = written(
        threshold_document(report_threshold(threshold, simulated(60, 2, start=500)))
    )
    assert document["wanted_sensitivity"] == 0.9
    assert document["validation"]["tp"] == threshold.table.true_positives
    assert "chosen_on" not in json.dumps(document)
    assert "p7" not in repr(threshold)


def test_a_comparison_is_written_whole():
    document = written(comparison_document(compare(simulated(60, 1), simulated(60, 1))))
    told = document["targets"]["osteoporosis"]
    assert told["sensitivity"]["p_mid"] == 1.0
    assert told["auc"]["p_value"] is None
    assert document["patients"] == 60
