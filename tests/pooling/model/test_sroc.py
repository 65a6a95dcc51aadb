from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import logit

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.sroc import (
    _simpson,
    area,
    confidence_region,
    curve,
    partial_area,
    prediction_region,
)


def moved(fit, index, step):
    shift = step * np.eye(5)[index]
    between = fit.between + np.asarray([[shift[2], shift[4]], [shift[4], shift[3]]])
    return replace(fit, mean=fit.mean + shift[:2], between=between)


def delta_se(fit, quantity):
    gradient = np.asarray(
        [(quantity(moved(fit, j, 1e-5)) - quantity(moved(fit, j, -1e-5))) / 2e-5 for j in range(5)]
    )
    return float(np.sqrt(gradient @ fit.covariance @ gradient))


def test_the_area_is_the_integral_of_the_curve(simulated):
    fit = fit_bivariate(simulated)
    expected, _ = quad(lambda spec: curve(fit, np.asarray(spec)), 0.0, 1.0, epsabs=1e-10)
    found = area(fit, 0.95)
    assert found.estimate == pytest.approx(expected, rel=1e-7)
    se = delta_se(fit, lambda f: logit(area(f, 0.95).estimate))
    assert logit(found.upper) - logit(found.lower) == pytest.approx(2 * 1.959964 * se, rel=1e-5)


def test_the_partial_area_is_that_of_the_observed_range(simulated):
    fit = fit_bivariate(simulated)
    found = partial_area(fit, simulated, 0.95)
    observed = simulated.events[:, 1] / simulated.totals[:, 1]
    assert found.specificity == (observed.min(), observed.max())
    inner = (found.specificity[0], min(found.specificity[1], 1 - 1e-12))
    expected, _ = quad(lambda spec: curve(fit, np.asarray(spec)), *inner, epsabs=1e-10)
    assert found.area.estimate == pytest.approx(expected, rel=1e-6)
    width = found.specificity[1] - found.specificity[0]
    assert found.mean_sensitivity.estimate == pytest.approx(expected / width, rel=1e-6)
    se = delta_se(fit, lambda f: logit(partial_area(f, simulated, 0.95).mean_sensitivity.estimate))
    ends = logit([found.mean_sensitivity.lower, found.mean_sensitivity.upper])
    assert ends[1] - ends[0] == pytest.approx(2 * 1.959964 * se, rel=1e-5)


def test_one_patient_without_the_disease_is_an_observed_specificity(simulated):
    events, totals = simulated.events.copy(), simulated.totals.copy()
    events[0, 1] = totals[0, 1] = 1.0
    events[1, 1] = totals[1, 1] = 0.0
    found = partial_area(fit_bivariate(simulated), Counts(events, totals), 0.95)
    assert found.specificity[1] == 1.0
    assert found.specificity[0] == (events[2:, 1] / totals[2:, 1]).min()


@pytest.mark.parametrize("points", [3, 5, 101])
def test_simpsons_weights_integrate_a_cubic_exactly(points):
    x = np.linspace(0.0, 1.0, points)
    found = _simpson(points) @ (4.0 * x**3 + 3.0 * x**2 + 1.0) / (3.0 * (points - 1))
    assert found == pytest.approx(3.0, rel=1e-12)


def test_one_specificity_is_no_range(counts):
    tables = counts["edge_identical_k5"]
    assert partial_area(fit_bivariate(tables), tables, 0.95) is None


def test_one_variance_alone_leaves_no_area(counts):
    tables = counts["edge_tausens0_k8"]
    fit = fit_bivariate(tables)
    assert area(fit, 0.95) is partial_area(fit, tables, 0.95) is None


def test_a_new_study_lies_in_a_wider_region(simulated):
    fit = fit_bivariate(simulated)
    inner, outer = confidence_region(fit, 0.95), prediction_region(fit, 0.95)
    assert (outer.min(0) < inner.min(0)).all()
    assert (inner.max(0) < outer.max(0)).all()


def test_the_confidence_region_holds_its_share():
    # Ellipses of the pooled logits over many reviews of known means: F with k - 2 stands in for
    # the unknown spread.
    rng = np.random.default_rng(11)
    truth, held, reviews = np.asarray([1.5, 2.0]), 0, 30
    for _ in range(reviews):
        logits = rng.multivariate_normal(truth, [[0.4, -0.1], [-0.1, 0.4]], 15)
        totals = rng.integers(60, 300, (15, 2)).astype(float)
        events = rng.binomial(totals.astype(int), 1 / (1 + np.exp(-logits))).astype(float)
        fit = fit_bivariate(Counts(events, totals))
        edge = logit(confidence_region(fit, 0.95)) - fit.mean
        away = truth - fit.mean
        precision = np.linalg.inv(fit.covariance[:2, :2])
        held += away @ precision @ away <= (edge[0] @ precision @ edge[0])
    assert held / reviews > 0.8
