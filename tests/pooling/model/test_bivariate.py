from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.model.bivariate import fit_bivariate, fit_margin
from ctbone.pooling.model.likelihood import Counts, marginal

NAMES = ("auditc", "telomerase", "scheidler_lag", "scheidler_ct")


def found(fit):
    return {
        "mu_logit_sens": fit.mean[0],
        "mu_logit_spec": fit.mean[1],
        "tau2_sens": fit.between[0, 0],
        "tau2_spec": fit.between[1, 1],
        "rho": fit.correlation,
        "loglik": fit.log_likelihood,
        "se_mu_sens": fit.covariance[0, 0] ** 0.5,
        "se_mu_spec": fit.covariance[1, 1] ** 0.5,
        "se_tau2_sens": fit.covariance[2, 2] ** 0.5,
        "se_tau2_spec": fit.covariance[3, 3] ** 0.5,
    }


@pytest.mark.parametrize("name", NAMES)
def test_estimates_are_those_of_the_reference(reference, tables, name):
    fit, expected = fit_bivariate(Counts.from_tables(tables[name])), reference[name]["exact"]
    for quantity, value in found(fit).items():
        assert value == pytest.approx(expected[quantity], rel=1e-4), quantity
    at_edge = ("correlation +-1",) if expected["boundary"] == ["|rho|=1"] else ()
    assert fit.boundary == at_edge


@pytest.mark.parametrize("name", NAMES)
def test_one_node_is_the_laplace_approximation_of_glmer(reference, tables, name):
    expected = reference[name]["glmer_laplace"]
    counts = Counts.from_tables(tables[name])
    # At glmer's own estimates, up to its correlation, which is not pinned: the best one.
    sd_sens, sd_spec = expected["tau2_sens"] ** 0.5, expected["tau2_spec"] ** 0.5
    values = [
        marginal(
            np.tile(
                [
                    expected["mu_logit_sens"],
                    expected["mu_logit_spec"],
                    sd_sens,
                    r * sd_spec,
                    (1 - r * r) ** 0.5 * sd_spec,
                ],
                (len(counts), 1),
            ),
            counts,
            nodes=1,
        ).value.sum()
        for r in np.linspace(-1, 1, 401)
    ]
    assert max(values) == pytest.approx(expected["loglik"], abs=1e-3)


def test_the_order_of_studies_plays_no_part(tables):
    forward = fit_bivariate(Counts.from_tables(tables["auditc"]))
    backward = fit_bivariate(Counts.from_tables(tables["auditc"][::-1]))
    np.testing.assert_allclose(forward.mean, backward.mean, rtol=1e-6)
    np.testing.assert_allclose(forward.between, backward.between, rtol=1e-5)


def test_identical_studies_have_no_variance(tables):
    counts = Counts.from_tables([tables["auditc"][0]] * 5)
    fit = fit_bivariate(counts)
    assert fit.boundary == ("variance of sensitivity 0", "variance of specificity 0")
    assert fit.correlation is None
    p = counts.events.sum(0) / counts.totals.sum(0)
    np.testing.assert_allclose(fit.mean, np.log(p / (1 - p)), rtol=1e-6)
    # With no variance the standard error is that of the pooled proportion.
    expected = 1 / (counts.totals.sum(0) * p * (1 - p))
    np.testing.assert_allclose(np.diag(fit.covariance)[:2], expected, rtol=1e-6)


def test_a_margin_alone_agrees_with_glmer(tables):
    # lme4 1.1-31, glmer(cbind(tp, fn) ~ 1 + (1 | study), nAGQ = 25) on the AUDIT-C tables.
    fit = fit_margin(Counts.from_tables(tables["auditc"]), 0)
    assert fit.mean == pytest.approx(2.589735974862578, rel=1e-4)
    assert fit.variance == pytest.approx(2.866644882616014, rel=1e-3)


@pytest.mark.slow
def test_every_set_agrees(every_set):
    checked = 0
    for name, tables, known in every_set:
        expected = known["python_exact"]["aghq"]
        # Perfect margins diverge; there 21 nodes are not exact: see the notes beside the pins.
        if "perfect" in name or name == "edge_zero_cells_k6":
            continue
        counts = Counts.from_tables([t for t in tables if t.diseased + t.healthy])
        for quantity, value in found(fit_bivariate(counts)).items():
            if expected[quantity] is not None:
                where = f"{name} {quantity}"
                assert value == pytest.approx(expected[quantity], rel=1e-4, abs=1e-9), where
        checked += 1
    assert checked > 30
