from __future__ import annotations

from scipy.stats import binomtest

from ctbone.pooling.model.intervals import study_intervals
from ctbone.records import ContingencyTable


def table(tp, fp, fn, tn):
    names = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    return ContingencyTable(**dict(zip(names, (tp, fp, fn, tn), strict=True)))


def test_the_limits_of_a_study_are_exact():
    sens, spec = study_intervals(table(18, 3, 2, 30), 0.9)
    for found, (events, total) in ((sens, (18, 20)), (spec, (30, 33))):
        known = binomtest(events, total).proportion_ci(0.9, method="exact")
        assert abs(found.lower - known.low) < 1e-9
        assert abs(found.upper - known.high) < 1e-9


def test_a_margin_of_nobody_has_none():
    assert study_intervals(table(0, 1, 0, 9), 0.95)[0] is None
    assert study_intervals(table(5, 0, 1, 0), 0.95)[1] is None
