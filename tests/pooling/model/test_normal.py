from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ctbone.pooling import bivariate_summary
from ctbone.pooling.model.models import fit_model
from ctbone.pooling.model.normal import empirical_logits, fit_normal
from ctbone.pooling.model.sroc import area, confidence_region
from tests.pooling.conftest import to_counts, to_tables

WITH_EMPTY = [(18, 0, 4, 25), (9, 3, 2, 31), (30, 5, 6, 44), (12, 2, 5, 60), (22, 7, 3, 38)]


def test_half_a_patient_goes_where_it_is_asked_to():
    counts = to_counts(WITH_EMPTY)
    single, every = (empirical_logits(counts, choice) for choice in ("single", "all"))
    assert single.corrected.tolist() == [True, False, False, False, False]
    assert every.corrected.all()
    np.testing.assert_allclose(single.logits[0], np.log([18.5 / 4.5, 25.5 / 0.5]))
    np.testing.assert_allclose(single.logits[1], np.log([9 / 2, 31 / 3]))
    np.testing.assert_allclose(every.within[1], [1 / 9.5 + 1 / 2.5, 1 / 31.5 + 1 / 3.5])
    whole = to_counts(WITH_EMPTY[1:])
    assert not empirical_logits(whole, "all").corrected.any()


def test_one_patient_is_seen():
    data = empirical_logits(to_counts([(1, 1, 0, 19), (9, 0, 2, 1)]), "single")
    assert data.seen.tolist() == [[1, 1], [1, 1]]
    np.testing.assert_allclose(data.logits[:, 0], np.log([1.5 / 0.5, 9.5 / 2.5]))
    np.testing.assert_allclose(data.logits[1, 1], np.log(1.5 / 0.5))


def test_a_study_without_diseased_says_nothing_of_sensitivity():
    rows = [*WITH_EMPTY[1:], (14, 1, 5, 19)]
    silent = fit_normal(to_counts([*rows, (0, 4, 0, 40)]), model="normal_ml")
    data = empirical_logits(to_counts([*rows, (0, 4, 0, 40)]), "single")
    assert not data.corrected.any()
    assert data.seen[-1].tolist() == [0, 1]

    # Written out study by study.
    def loss(theta):
        m, factor = theta[:2], np.asarray([[theta[2], 0.0], [theta[3], theta[4]]])
        total = 0.0
        for logit, within, seen in zip(data.logits, data.within, data.seen, strict=True):
            has = seen > 0
            v = (factor @ factor.T + np.diag(within))[np.ix_(has, has)]
            r = (logit - m)[has]
            total += 0.5 * (np.log(np.linalg.det(v)) + r @ np.linalg.solve(v, r))
        return total + 0.5 * data.seen.sum() * np.log(2 * np.pi)

    found = minimize(
        loss,
        silent.theta + 0.05,
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000},
    )
    assert silent.log_likelihood == pytest.approx(-found.fun, abs=1e-8)


def test_reml_takes_the_higher_of_two_peaks(pins):
    # metafor, from its one start, ends on the lower peak of this set.
    entry = pins["edge_zero_cells_k6"]
    fit = fit_normal(to_counts(entry["tables"]), correction="all")
    assert fit.log_likelihood > entry["r"]["metafor_rmamv_reml_all"]["loglik"] + 0.1


def test_reml_spreads_wider_than_ml(simulated):
    reml, ml = (fit_normal(simulated, model=f"normal_{kind}") for kind in ("reml", "ml"))
    assert (np.diag(reml.between) > np.diag(ml.between)).all()
    assert (reml.model, ml.model) == ("normal_reml", "normal_ml")


@pytest.mark.parametrize("model", ["laplace", "normal_ml", "normal_reml"])
def test_every_model_serves_what_comes_after(simulated, model):
    exact, other = (fit_model(simulated, model=kind) for kind in ("exact", model))
    np.testing.assert_allclose(other.mean, exact.mean, atol=0.3)
    assert area(other, 0.95).estimate == pytest.approx(area(exact, 0.95).estimate, abs=0.05)
    assert np.isfinite(confidence_region(other, 0.95)).all()


@pytest.mark.parametrize(
    ("correction", "note"),
    [
        ("single", "four cells (each has an empty one): 1 of 5."),
        ("all", "four cells (as one of them has an empty cell): 5 of 5."),
    ],
)
def test_the_correction_is_counted_in_a_note(correction, note):
    summary = bivariate_summary(to_tables(WITH_EMPTY), model="normal_reml", correction=correction)
    assert summary.model == "normal_reml"
    assert any(note in said for said in summary.notes)
    assert not any("without correction" in said for said in summary.notes)


def test_few_tables_are_not_modelled_by_any_model():
    for model in ("laplace", "normal_ml", "normal_reml"):
        summary = bivariate_summary(to_tables(WITH_EMPTY[:3]), model=model)
        assert summary.methods == ("pooled counts", "pooled counts")
        assert summary.model == model


def test_a_margin_alone_is_said_to_be_exact():
    perfect = [(tp + fn, fp, 0, tn) for tp, fp, fn, tn in WITH_EMPTY]
    summary = bivariate_summary(to_tables(perfect), model="normal_ml")
    assert summary.methods == ("pooled counts", "univariate")
    assert summary.notes[-1].startswith("The normal_ml model does not hold here")


def test_only_normal_models_are_fitted_here(simulated):
    with pytest.raises(ValueError, match="normal_ml or normal_reml, got exact"):
        fit_normal(simulated, model="exact")
