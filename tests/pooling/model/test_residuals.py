from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, chi2, multivariate_normal

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.models import fit_model, information, predicted_effects
from ctbone.pooling.model.residuals import standardised_residuals, study_weights
from tests.pooling.conftest import to_counts


def test_predicted_effects_are_posterior_means_on_a_grid(simulated):
    fit = fit_bivariate(simulated)
    effects, spread = predicted_effects(simulated, fit)
    u = np.linspace(-4, 4, 161)
    grid = np.stack(np.meshgrid(u, u, indexing="ij"), -1).reshape(-1, 2)
    prior = multivariate_normal([0, 0], fit.between).pdf(grid)
    for i in (0, 5):
        seen = binom.pmf(simulated.events[i], simulated.totals[i], expit(fit.mean + grid)).prod(1)
        weight = prior * seen / (prior * seen).sum()
        mean = weight @ grid
        np.testing.assert_allclose(effects[i], mean, atol=1e-5)
        posterior = (grid - mean).T @ ((grid - mean) * weight[:, None])
        np.testing.assert_allclose(spread[i], fit.between - posterior, atol=1e-5)


def test_residuals_are_standard_normal_under_the_model():
    rng = np.random.default_rng(3)
    between = np.asarray([[0.8, -0.3], [-0.3, 0.6]])
    logits = rng.multivariate_normal([1.2, 1.6], between, 150)
    totals = rng.integers(30, 200, (150, 2)).astype(float)
    counts = Counts(rng.binomial(totals.astype(int), expit(logits)).astype(float), totals)
    found = standardised_residuals(counts, fit_bivariate(counts))
    both = np.asarray([[r.sensitivity, r.specificity] for r in found])
    np.testing.assert_allclose(both.mean(0), 0.0, atol=0.2)
    np.testing.assert_allclose(both.std(0), 1.0, atol=0.15)
    p = np.asarray([r.p for r in found])
    assert 0.4 < p.mean() < 0.6
    assert found[0].p == pytest.approx(chi2.sf(found[0].distance, 2))


def test_an_odd_study_stands_out(simulated):
    events = simulated.events.copy()
    events[4] = 0.1 * simulated.totals[4] // 1
    found = standardised_residuals(
        Counts(events, simulated.totals), fit_bivariate(Counts(events, simulated.totals))
    )
    assert max(found, key=lambda r: r.distance).index == 4
    assert found[4].p < 0.02


def test_on_a_line_one_degree_of_freedom_is_left(counts):
    fit = fit_bivariate(counts["telomerase"])
    found = standardised_residuals(counts["telomerase"], fit)
    assert {r.df for r in found} == {1}
    # At a correlation of -1 both margins tell the same.
    for r in found:
        assert r.sensitivity == pytest.approx(-r.specificity, abs=1e-6)
        assert r.distance == pytest.approx(r.sensitivity**2, rel=1e-4)


def test_without_variance_there_are_no_residuals(counts):
    fit = fit_bivariate(counts["edge_identical_k5"])
    first = standardised_residuals(counts["edge_identical_k5"], fit)[0]
    assert first.sensitivity is first.specificity is first.distance is first.p is None
    assert first.df == 0


@pytest.mark.parametrize("model", ["exact", "laplace", "normal_ml", "normal_reml"])
def test_weights_are_shares_of_the_whole(counts, model):
    tables = counts["auditc"]
    fit = fit_model(tables, model=model)
    weights = study_weights(tables, fit)
    np.testing.assert_allclose(weights.sum(0), 100.0)
    assert (weights >= 0.0).all()
    # The information that is decomposed is nearly that behind the standard errors.
    covariance = np.linalg.inv(information(tables, fit).sum(0))
    np.testing.assert_allclose(np.diag(covariance), np.diag(fit.covariance)[:2], rtol=0.1)


def test_equal_studies_weigh_the_same_and_larger_ones_more(counts):
    tables = counts["edge_identical_k5"]
    weights = study_weights(tables, fit_bivariate(tables))
    np.testing.assert_allclose(weights, 20.0)
    # Without variance between studies weights are those of the patients.
    scale = np.asarray([1, 1, 1, 1, 6])[:, None]
    uneven = Counts(tables.events * scale, tables.totals * scale)
    np.testing.assert_allclose(study_weights(uneven, fit_bivariate(uneven))[-1], 60.0)


def test_normal_weights_are_those_of_the_matrices(counts):
    tables = counts["ascus"]
    hits, misses = tables.events, tables.totals - tables.events
    fit = fit_model(tables, model="normal_reml")
    known = np.linalg.inv(fit.between + (1 / hits + 1 / misses)[:, :, None] * np.eye(2))
    total = np.linalg.inv(known.sum(0))
    expected = [100 * np.diag(total @ one @ total) / np.diag(total) for one in known]
    np.testing.assert_allclose(study_weights(tables, fit), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("correction", "corrected"), [("single", [1, 0, 0, 0, 0]), ("all", [1] * 5)]
)
def test_normal_weights_take_the_correction_that_is_asked_for(correction, corrected):
    rows = [(18, 0, 4, 25), (9, 3, 2, 31), (30, 5, 6, 44), (12, 2, 5, 60), (22, 7, 3, 38)]
    tables = to_counts(rows)
    fit = fit_model(tables, model="normal_reml", correction=correction)
    half = 0.5 * np.asarray(corrected)[:, None]
    hits, misses = tables.events + half, tables.totals - tables.events + half
    known = np.linalg.inv(fit.between + (1 / hits + 1 / misses)[:, :, None] * np.eye(2))
    total = np.linalg.inv(known.sum(0))
    expected = [100 * np.diag(total @ one @ total) / np.diag(total) for one in known]
    found = study_weights(tables, fit, correction=correction)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
