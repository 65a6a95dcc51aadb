from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctbone.interchange import AccuracyTable
from ctbone.pooling.analysis import analyse, analyse_targets
from ctbone.pooling.document import to_document
from ctbone.pooling.fagan import update
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.sroc import area, confidence_region, curve, prediction_region
from ctbone.pooling.moderators.subgroups import Choice
from ctbone.records import Interval

from .conftest import to_tables


@pytest.fixture(scope="module")
def ascus(pins):
    pin = pins["ascus"]
    return [
        AccuracyTable(
            study=f"{pin['covariates']['study_id'][i]} {i // 10}",
            table=table,
            covariates={name: cells[i] for name, cells in pin["covariates"].items()},
        )
        for i, table in enumerate(to_tables(pin["tables"]))
    ]


def named(tables):
    return [AccuracyTable(study=f"S{i}", table=table) for i, table in enumerate(tables)]


@pytest.fixture(scope="module")
def analysed(ascus):
    return analyse(ascus)


NAMES = ("auditc", "telomerase", "scheidler_lag", "scheidler_ct")


@pytest.fixture(scope="module")
def fits(tables):
    counts = {name: Counts.from_tables(tables[name]) for name in NAMES}
    return {name: (counts[name], fit_bivariate(counts[name])) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_area_under_the_curve(reference, fits, name):
    auc, expected = area(fits[name][1], 0.95), reference[name]["auc"]
    assert auc.estimate == pytest.approx(expected["est"], rel=1e-4)
    if expected["lo"] is not None:
        assert auc.lower == pytest.approx(expected["lo"], rel=1e-3)
        assert auc.upper == pytest.approx(expected["hi"], rel=1e-3)


def test_the_curve_passes_below_one_and_falls_with_specificity(fits):
    sensitivity = curve(fits["auditc"][1], np.asarray([0.05, 0.5, 0.95]))
    # Independent 21x21 quadrature fit, metandi's HSROC curve.
    np.testing.assert_allclose(sensitivity, [0.9999987, 0.99713102, 0.13545027], rtol=1e-4)


def test_the_prediction_region_holds_the_confidence_region(fits):
    fit = fits["auditc"][1]
    inner, outer = confidence_region(fit, 0.95), prediction_region(fit, 0.95)
    # Independent 21x21 quadrature fit; corners of both regions.
    assert inner[:, 0].min() == pytest.approx(0.772367, abs=1e-3)
    assert outer[:, 0].min() == pytest.approx(0.101983, abs=1e-3)
    assert outer[:, 1].max() == pytest.approx(0.955278, abs=1e-3)


def test_leaving_one_out_is_fitting_the_others(fits):
    counts, fit = fits["auditc"]
    found = leave_one_out(counts, fit)
    assert len(found) == len(counts)
    # Independent 21x21 quadrature fit without the first study.
    assert found[0].sensitivity == pytest.approx(0.9300880067, rel=1e-5)
    cold = fit_bivariate(counts.take(np.arange(len(counts)) != 5))
    assert found[5].specificity == pytest.approx(1 / (1 + np.exp(-cold.mean[1])), rel=1e-6)


def test_fagan_multiplies_odds():
    step = update(0.2, Interval(4.0, 2.0, 8.0), Interval(0.25, 0.1, 0.5))
    assert step.positive.estimate == pytest.approx(0.5)
    assert step.negative.estimate == pytest.approx(0.25 * 0.25 / (1 + 0.25 * 0.25))
    with pytest.raises(ValueError, match="prior probability must lie between 0 and 1, got 1"):
        update(1.0, Interval(4.0, 2.0, 8.0), Interval(0.25, 0.1, 0.5))


def test_an_analysis_says_what_it_cannot_say(tables):
    rows = [AccuracyTable(study="S", table=t) for t in tables["auditc"][:3]]
    found = analyse(rows)
    assert (found.auc, found.heterogeneity.midas_joint) == (None, None)
    assert (found.influence, found.subgroups) == ((), {})
    assert any("too few" in note for note in found.notes)
    assert any("as if independent; several come from S" in note for note in found.notes)


def test_cohorts_of_one_name_are_several_and_said_to_be(tables):
    rows = [
        AccuracyTable(study=f"Hospital {i}", table=t, cohort="external_test, main")
        for i, t in enumerate(tables["auditc"][:4])
    ]
    found = analyse(rows)
    assert found.dependence is None
    (note,) = (text for text in found.notes if "study_id" in text)
    assert "call a cohort 'external_test, main'; they count as different patients" in note


def test_the_parts_of_an_analysis_are_those_of_one_fit(analysed):
    assert analysed.detail.variances.var_logit_sensitivity.estimate == pytest.approx(
        analysed.summary.fit.between[0, 0]
    )
    assert len(analysed.weights) == len(analysed.detail.residuals) == len(analysed.tables) == 20
    assert sum(sens for sens, _ in analysed.weights) == pytest.approx(100.0)
    lower = analysed.detail.profile["sensitivity"].lower
    assert lower == pytest.approx(analysed.summary.sensitivity.lower, abs=0.05)
    assert analysed.homogeneity[0].q == analysed.heterogeneity.sensitivity.q
    assert analysed.dependence.studies == 10
    assert list(analysed.subgroups) == ["repc"]


def test_every_note_is_a_sentence(analysed):
    assert all(note.rstrip().endswith(".") and "nan" not in note for note in analysed.notes)
    joint = [note for note in analysed.notes if note.startswith("The joint I2 that MIDAS prints")]
    assert joint[0].startswith("The joint I2 that MIDAS prints is 99 % (near 100 %")
    assert "is 74 %." in joint[0]


@pytest.mark.parametrize("model", ["laplace", "normal_ml", "normal_reml"])
def test_another_model_gives_the_pooled_values_and_the_exact_one_the_tests(ascus, analysed, model):
    other = analyse(ascus, model=model)
    assert other.summary.sensitivity.estimate != analysed.summary.sensitivity.estimate
    assert other.subgroups["repc"].chi2 == pytest.approx(analysed.subgroups["repc"].chi2)
    assert other.heterogeneity.midas_joint.q == pytest.approx(analysed.heterogeneity.midas_joint.q)
    assert other.profile == {}
    assert other.student["dor"].estimate == pytest.approx(other.summary.dor.estimate)
    assert any("those of the exact model" in note for note in other.notes)


def test_every_target_in_one_call(ascus, tables):
    lone = replace(ascus[0], target="normal", table=to_tables([(0, 2, 0, 9)])[0])
    rows = [
        *(replace(row, target="osteopenia") for row in ascus),
        *(replace(row, target="other") for row in named(tables["auditc"])),
        *(replace(row, target="osteoporosis") for row in ascus[:10]),
        lone,
    ]
    found = analyse_targets(rows, choice=Choice(names=("repc",)))
    assert [a.target for a in found.analyses] == ["osteoporosis", "osteopenia", "other"]
    assert found.refused == (
        "normal: pooling needs patients with the condition, found none in 1 table",
    )
    # A target without the column is pooled all the same.
    assert [list(a.subgroups) for a in found.analyses] == [[], ["repc"], []]
    with pytest.raises(ValueError, match="expected covariates among"):
        analyse_targets(rows, choice=Choice(names=("year",)))


def test_midas_is_given_where_it_is_asked_for(ascus, tables):
    assert analyse(ascus, compat="midas").compat.model.nodes == 7
    perfect = named(tables["edge_perfect_sens_k6"])
    found = analyse(perfect, compat="midas")
    assert found.compat is None
    assert "MIDAS is not reproduced: its model has no maximum on these tables." in found.notes


cells = st.one_of(st.integers(0, 4), st.integers(0, 300), st.sampled_from([0, 10**6, 10**10]))
texts = st.sampled_from(["", "a", "b", "1", "2", "3.5", "nan", "1e400"])


@st.composite
def hostile(draw):
    """Draw tables with empty cells, giants, repeated studies and covariates of any kind."""
    rows = draw(st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=12))
    return [
        AccuracyTable(
            study=draw(st.sampled_from(["A", "B", "C", f"S{i}"])),
            table=table,
            covariates={"x": draw(texts), "y": str(i * i)},
        )
        for i, table in enumerate(to_tables(rows))
    ]


@pytest.mark.slow
# ``benchmarks.hostile`` pools 10,000 such tables.
@settings(deadline=None, max_examples=7, suppress_health_check=list(HealthCheck))
@given(rows=hostile(), model=st.sampled_from(["exact", "laplace", "normal_ml", "normal_reml"]))
def test_any_tables_give_a_document_or_one_sentence(rows, model):
    found = analysis_or_sentence(rows, model)
    if isinstance(found, str):
        assert found.startswith("pooling needs")
        return
    json.dumps(to_document(found), allow_nan=False)
    assert all(note.endswith(".") for note in found.notes)


def analysis_or_sentence(rows, model):
    try:
        return analyse(rows, model=model, compat="midas")
    except ValueError as error:
        return str(error)


def test_many_names_do_not_fill_a_note(tables):
    rows = [
        AccuracyTable(study=f"Study {i // 2}", table=table)
        for i, table in enumerate(tables["ascus"])
    ]
    (note,) = (text for text in analyse(rows).notes if "as if independent" in text)
    assert "come from 10 studies" in note
    assert "Study 5 and 4 others. Beside" in note
