from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.pooling import bivariate_summary
from ctbone.pooling.summary import carried
from ctbone.records import Interval

from .conftest import to_counts, to_tables

QUANTITIES = ("sensitivity", "specificity", "lr_positive", "lr_negative", "dor")


@pytest.mark.parametrize("name", ["auditc", "telomerase", "scheidler_lag", "scheidler_ct"])
def test_pooled_quantities_are_those_of_the_reference(reference, tables, name):
    summary, expected = bivariate_summary(tables[name]), reference[name]["exact"]
    names = zip(QUANTITIES, ("sens", "spec", "plr", "nlr", "dor"), strict=True)
    for quantity, key in names:
        value = getattr(summary, quantity)
        assert value.estimate == pytest.approx(expected[key]["est"], rel=1e-4)
        assert value.lower == pytest.approx(expected[key]["lo"], rel=1e-3)
        assert value.upper == pytest.approx(expected[key]["hi"], rel=1e-3)


def test_boundaries_are_said(tables):
    notes = " ".join(bivariate_summary(tables["telomerase"]).notes)
    assert "boundary (correlation +-1)" in notes
    assert "empty cell, used as they are, without correction: 1" in notes


def test_few_tables_give_pooled_counts():
    summary = bivariate_summary(to_tables([(18, 17, 4, 25), (18, 43, 2, 99), (15, 12, 7, 19)]))
    assert summary.methods == ("pooled counts", "pooled counts")
    assert summary.fit is None
    assert summary.sensitivity.estimate == pytest.approx(51 / 64)
    assert summary.lr_positive.estimate == pytest.approx((51 / 64) / (72 / 215))
    assert summary.lr_negative.estimate == pytest.approx((13 / 64) / (143 / 215))
    assert summary.dor.estimate == pytest.approx(51 * 143 / (13 * 72))
    assert "3 tables, too few" in summary.notes[0]


def test_four_tables_that_inform_a_margin_are_enough():
    rows = [(18, 17, 4, 25), (18, 43, 2, 99), (15, 12, 7, 19), (11, 7, 2, 22)]
    assert carried(to_counts(rows)) == (True, True)
    assert carried(to_counts(rows[:3])) == (False, False)
    assert carried(to_counts([*rows[:3], (0, 7, 0, 22)])) == (False, True)


def test_a_perfect_margin_leaves_the_other_to_its_model():
    rows = [(10, 3, 0, 20), (15, 9, 0, 30), (8, 1, 0, 12), (22, 14, 0, 40), (5, 4, 0, 9)]
    summary = bivariate_summary(to_tables([*rows, (31, 6, 0, 50)]))
    assert summary.methods == ("pooled counts", "univariate")
    assert summary.sensitivity.estimate == summary.sensitivity.upper == 1.0
    # Clopper and Pearson: the lower limit for n of n is (alpha / 2) to the power 1 / n.
    assert summary.sensitivity.lower == pytest.approx(0.025 ** (1 / 91))
    # The bivariate fit with sensitivity at its limit (independent 21x21 quadrature).
    assert math.log(1 / (1 / summary.specificity.estimate - 1)) == pytest.approx(
        1.4920328, rel=1e-5
    )
    assert summary.lr_negative is None
    assert any("Likelihood ratios" in note for note in summary.notes)


def test_studies_without_one_side_inform_the_other():
    rows = [(0, 3, 0, 27), (18, 5, 4, 40), (25, 2, 6, 31), (11, 7, 2, 22), (30, 9, 8, 61)]
    summary = bivariate_summary(to_tables([*rows, (14, 1, 5, 19), (0, 0, 0, 0)]))
    assert summary.k == 6
    assert summary.specificity.estimate == pytest.approx(200 / 227, rel=1e-4)
    assert summary.notes[:2] == (
        "Tables without any patient, left out: 1.",
        "Tables in which nobody has the condition, silent on sensitivity: 1.",
    )


def test_all_or_nothing_studies_do_not_diverge():
    summary = bivariate_summary(to_tables([(30, 5, 0, 20), (0, 4, 30, 22)] * 3))
    assert_sound(summary)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(0, 3, 0, 27)] * 5, "pooling needs patients with the condition, found none in 5 tables"),
        ([(3, 0, 2, 0)] * 5, "pooling needs patients without the condition"),
        ([], "found none in 0 tables"),
    ],
)
def test_without_one_side_there_is_nothing_to_pool(rows, message):
    with pytest.raises(ValueError, match=message):
        bivariate_summary(to_tables(rows))


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_confidence_is_a_probability(tables, confidence):
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        bivariate_summary(tables["auditc"], confidence=confidence)


def test_wider_confidence_gives_wider_limits(tables):
    narrow = bivariate_summary(tables["auditc"], confidence=0.8).sensitivity
    wide = bivariate_summary(tables["auditc"], confidence=0.99).sensitivity
    assert wide.lower < narrow.lower < narrow.upper < wide.upper
    assert narrow.estimate == pytest.approx(wide.estimate)


def assert_sound(summary):
    for quantity in QUANTITIES:
        value = getattr(summary, quantity)
        if value is None:
            assert summary.notes
            continue
        assert isinstance(value, Interval)
        assert all(map(math.isfinite, (value.estimate, value.lower, value.upper)))


cells = st.one_of(st.integers(0, 4), st.integers(0, 300), st.sampled_from([0, 10**6, 10**10]))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(cells, cells, cells, cells), min_size=1, max_size=9))
def test_any_tables_give_a_sound_answer_or_one_sentence(rows):
    answer = summary_or_sentence(rows)
    if isinstance(answer, str):
        assert answer.startswith("pooling needs")
    else:
        assert_sound(answer)


def summary_or_sentence(rows):
    try:
        return bivariate_summary(to_tables(rows))
    except ValueError as error:
        return str(error)


def test_registries_of_millions_are_pooled_as_samples_of_them():
    # The same proportions seen in ever more patients: the estimates settle and stay.
    rows = [(90, 20, 10, 80), (70, 10, 30, 90), (85, 35, 15, 65), (60, 5, 40, 95), (95, 40, 5, 60)]
    rows += [(80, 15, 20, 85), (75, 8, 25, 92), (88, 25, 12, 75)]
    found = [
        bivariate_summary(to_tables([tuple(scale * n for n in row) for row in rows]))
        for scale in (10_000, 10_000_000)
    ]
    assert [s.methods for s in found] == [("bivariate", "bivariate")] * 2
    for part in ("estimate", "lower", "upper"):
        few, many = (getattr(s.sensitivity, part) for s in found)
        assert many == pytest.approx(few, abs=5e-5)
