from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, multivariate_normal, norm

from ctbone.pooling.model.likelihood import Counts, marginal
from ctbone.records import ContingencyTable

THETA = np.asarray([1.2, 2.0, 0.8, -0.5, 0.6])
TABLES = [
    ContingencyTable(true_positives=18, false_positives=17, false_negatives=4, true_negatives=25),
    ContingencyTable(true_positives=9, false_positives=0, false_negatives=2, true_negatives=31),
    ContingencyTable(true_positives=0, false_positives=3, false_negatives=0, true_negatives=8),
]


def value(theta, nodes=21):
    counts = Counts.from_tables(TABLES)
    return marginal(np.tile(theta, (len(counts), 1)), counts, nodes=nodes)


def test_cells_are_those_of_the_tables():
    counts = Counts.from_tables(TABLES)
    assert counts.cells.tolist() == [[18, 25, 4, 17], [9, 31, 2, 0], [0, 8, 0, 3]]
    assert counts.has_empty_cell.tolist() == [False, True, True]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_integral_is_that_of_plain_integration(index):
    table = TABLES[index]
    m1, m2, a, b, c = THETA

    # The integrand dies out at both ends: equal steps are as exact as any rule.
    z = np.linspace(-8, 8, 401)
    z1, z2 = np.meshgrid(z, z, indexing="ij")
    seen = binom.pmf(table.true_positives, table.diseased, expit(m1 + a * z1))
    seen = seen * binom.pmf(table.true_negatives, table.healthy, expit(m2 + b * z1 + c * z2))
    expected = (seen * norm.pdf(z1) * norm.pdf(z2)).sum() * (z[1] - z[0]) ** 2
    assert value(THETA).value[index] == pytest.approx(np.log(expected), rel=1e-8)


def test_score_and_hessian_are_the_slopes_of_the_value():
    step = 1e-5
    here = value(THETA, nodes=31)
    for j, shift in enumerate(np.eye(5) * step):
        up, down = value(THETA + shift, nodes=31), value(THETA - shift, nodes=31)
        slope = (up.value - down.value) / (2 * step)
        bend = (up.score - down.score) / (2 * step)
        np.testing.assert_allclose(here.score[:, j], slope, atol=2e-6)
        np.testing.assert_allclose(here.hessian[:, j, :], bend, atol=2e-6)


def test_a_study_without_patients_adds_nothing():
    empty = ContingencyTable(
        true_positives=0, false_positives=0, false_negatives=0, true_negatives=0
    )
    found = marginal(THETA[None, :], Counts.from_tables([empty]), nodes=21)
    np.testing.assert_allclose(found.value, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.score, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.hessian, 0.0, atol=1e-12)


def test_huge_counts_and_large_spreads_stay_finite():
    table = ContingencyTable(
        true_positives=9_000_000_000, false_positives=0, false_negatives=1, true_negatives=7
    )
    counts = Counts.from_tables([table])
    found = marginal(np.asarray([[3.0, 1.0, 9.0, -4.0, 0.1]]), counts, nodes=21)
    assert np.isfinite(found.value).all()
    assert np.isfinite(found.hessian).all()


def test_the_likelihood_of_millions_is_taken_from_a_reference(monkeypatch):
    rng = np.random.default_rng(4)
    totals = rng.integers(0, 300, (40, 2)).astype(float)
    events = rng.binomial(totals.astype(int), 0.7).astype(float)
    events[:4], events[4:8] = totals[:4], 0.0
    theta = np.tile(THETA, (40, 1))
    plain = marginal(theta, Counts(events, totals), nodes=21)
    monkeypatch.setattr("ctbone.pooling.model.counts._MANY", 1.0)
    shifted = marginal(theta, Counts(events, totals), nodes=21)
    for part in ("value", "score", "hessian"):
        np.testing.assert_allclose(getattr(shifted, part), getattr(plain, part), atol=1e-9)


def test_a_thousand_million_patients_hide_no_slope():
    counts = Counts(np.asarray([[8e8, 9e8]]), np.asarray([[1e9, 1e9]]))
    here = marginal(THETA[None], counts, nodes=21)
    # So many patients show their study's own logits: what is left is the density of those.
    logits = np.log([8e8 / 2e8, 9e8 / 1e8])
    a, b, c = THETA[2:]
    between = np.asarray([[a * a, a * b], [a * b, b * b + c * c]])
    expected = np.linalg.solve(between, logits - THETA[:2])
    np.testing.assert_allclose(here.score[0, :2], expected, rtol=1e-5)
    density = multivariate_normal(THETA[:2], between).logpdf(logits)
    # A binomial of n near its peak integrates over the proportion to 1 / (n + 1).
    jacobian = -np.log(0.8 * 0.2 * 0.9 * 0.1)
    assert here.value[0] == pytest.approx(density + jacobian - 2.0 * np.log(1e9), abs=1e-4)
