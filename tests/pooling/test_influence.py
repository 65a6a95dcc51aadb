from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.models import fit_model


def test_each_fit_is_that_of_the_others(simulated):
    fit = fit_bivariate(simulated)
    found = leave_one_out(simulated, fit)
    assert [one.index for one in found] == list(range(12))
    for index in (0, 7):
        cold = fit_bivariate(simulated.take(np.arange(12) != index))
        assert found[index].log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-8)
        moved = fit.mean - cold.mean
        expected = moved @ np.linalg.inv(fit.covariance[:2, :2]) @ moved / 2
        assert found[index].cooks_distance == pytest.approx(expected, rel=1e-4)
        moved = np.asarray([*moved, *(fit.between - cold.between)[[0, 1, 0], [0, 1, 1]]])
        expected = moved @ np.linalg.inv(fit.covariance) @ moved / 5
        assert found[index].cooks_distance_all == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["telomerase", "edge_tausens0_k8", "edge_identical_k5"])
def test_a_boundary_can_be_left_and_is_not_counted(counts, name):
    tables = counts[name]
    found = leave_one_out(tables, fit_bivariate(tables))
    assert all(one.has_converged for one in found)
    assert np.isfinite([one.cooks_distance_all for one in found]).all()
    for one in found:
        cold = fit_bivariate(tables.take(np.arange(len(tables)) != one.index))
        assert one.log_likelihood == pytest.approx(cold.log_likelihood, abs=2e-5)


@pytest.mark.parametrize("model", ["laplace", "normal_ml", "normal_reml"])
def test_the_model_of_the_fit_is_kept(simulated, model):
    fit = fit_model(simulated, model=model)
    found = leave_one_out(simulated, fit)
    cold = fit_model(simulated.take(np.arange(12) != 3), model=model)
    assert found[3].log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-7)
