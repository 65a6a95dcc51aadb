from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation.measures.prevalence import predictive_values
from ctbone.records import ContingencyTable


def table(tp, fp, fn, tn):
    return ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )


counts = st.tuples(*[st.integers(1, 400)] * 4)


@given(counts=counts, prevalence=st.floats(0.01, 0.99))
def test_estimates_are_those_of_bayes(counts, prevalence):
    tp, fp, fn, tn = counts
    (found,) = predictive_values(table(*counts), prevalences=(prevalence,))
    hit, alarm = prevalence * tp / (tp + fn), (1 - prevalence) * fp / (fp + tn)
    missed, cleared = prevalence * fn / (tp + fn), (1 - prevalence) * tn / (fp + tn)
    assert found.ppv.estimate == pytest.approx(hit / (hit + alarm))
    assert found.npv.estimate == pytest.approx(cleared / (cleared + missed))


@given(counts=counts)
def test_calling_health_the_disease_exchanges_the_values(counts):
    tp, fp, fn, tn = counts
    (one,) = predictive_values(table(tp, fp, fn, tn), prevalences=(0.2,))
    (other,) = predictive_values(table(tn, fn, fp, tp), prevalences=(0.8,))
    expected = (other.npv.estimate, other.npv.lower, other.npv.upper)
    assert (one.ppv.estimate, one.ppv.lower, one.ppv.upper) == pytest.approx(expected)


def test_limits_cover_what_sampling_does():
    rng = np.random.default_rng(3)
    tp, fp = rng.binomial(80, 0.8, 4000), rng.binomial(120, 0.1, 4000)
    true = 0.2 * 0.8 / (0.2 * 0.8 + 0.8 * 0.1)
    held = 0
    for hits, alarms in zip(tp, fp, strict=True):
        cells = table(int(hits), int(alarms), int(80 - hits), int(120 - alarms))
        (found,) = predictive_values(cells, prevalences=(0.2,))
        held += found.ppv.lower <= true <= found.ppv.upper
    # The score of 4,000 trials at 95 % has a standard error of 0.35 %.
    assert held / 4000 == pytest.approx(0.95, abs=0.012)


def test_a_formula_worked_by_hand():
    (found,) = predictive_values(table(45, 10, 5, 40), prevalences=(0.2,))
    # logit = ln(0.25 x 0.9 / 0.2), variance = 0.1 / (0.9 x 50) + 0.8 / (0.2 x 50).
    centre, reach = np.log(1.125), 1.959964 * np.sqrt(0.1 / 45 + 0.8 / 10)
    expected = [1 / (1 + np.exp(-x)) for x in (centre, centre - reach, centre + reach)]
    assert (found.ppv.estimate, found.ppv.lower, found.ppv.upper) == pytest.approx(expected)


def test_an_empty_cell_is_said():
    (found,) = predictive_values(table(9, 0, 1, 20), prevalences=(0.1,))
    assert found.ppv is None
    assert found.npv.estimate > 0.98
    assert found.note.startswith("An empty cell")


@pytest.mark.parametrize("prevalence", [0.0, 1.0, 20.0, float("nan")])
def test_a_prevalence_lies_between_0_and_1(prevalence):
    with pytest.raises(ValueError, match="a prevalence must lie between 0 and 1"):
        predictive_values(table(9, 1, 1, 20), prevalences=(prevalence,))
