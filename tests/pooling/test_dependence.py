from __future__ import annotations

import math

import numpy as np
import pytest

from ctbone.interchange import AccuracyTable
from ctbone.pooling.clustering import clusters, one_table_each, unlinked_cohorts
from ctbone.pooling.dependence import examine_dependence, robust_pooled
from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.threelevel import fit_three_level, nested

from .conftest import load_pins, to_counts, to_tables

PHI = np.asarray([1.4, 1.9, 0.6, -0.3, 0.5, 0.7, 0.2, 0.4])


def table(study, *, n=100, cohort="", **covariates):
    ((one,),) = [to_tables([(n - 10, 5, 10, n - 5)])]
    return AccuracyTable(study=study, table=one, cohort=cohort, covariates=covariates)


def rows_of(name):
    pin = load_pins()[name]
    ids = pin["covariates"]["study_id"]
    tables = to_tables(pin["tables"])
    return [
        AccuracyTable(study=f"{name} {i}", table=t, covariates={"study_id": ids[i]})
        for i, t in enumerate(tables)
    ]


def brute_force(counts, phi, *, points=33, reach=6.5):
    """Integrate both levels of one study on a plain grid."""
    grid = np.linspace(-reach, reach, points)
    z = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
    weight = np.exp(-0.5 * (z**2).sum(1)) / (2.0 * np.pi) * (grid[1] - grid[0]) ** 2
    studies = np.asarray([[phi[2], 0.0], [phi[3], phi[4]]])
    within = np.asarray([[phi[5], 0.0], [phi[6], phi[7]]])
    logits = phi[:2] + (z @ studies.T)[:, None, :] + (z @ within.T)[None, :, :]
    total = np.ones(len(z))
    for y, n in zip(counts.events, counts.totals, strict=True):
        inner = (y * logits - n * np.logaddexp(0.0, logits)).sum(-1)
        total *= np.exp(inner) @ weight
    return math.log(total @ weight) + counts.log_coefficients().sum()


@pytest.fixture(scope="module")
def two():
    return to_counts([(9, 4, 3, 12), (5, 1, 4, 15)])


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_the_likelihood_of_a_study_is_the_integral(two, scale):
    phi = PHI * np.asarray([1.0] * 2 + [scale] * 6)
    found = nested(phi, two, np.zeros(2, int), nodes=15)
    assert found.value == pytest.approx(brute_force(two, phi), abs=2e-6)


def test_tables_of_two_studies_multiply(two):
    apart = nested(PHI, two, np.asarray([0, 1]), nodes=15).value
    alone = sum(
        brute_force(Counts(two.events[i : i + 1], two.totals[i : i + 1]), PHI) for i in (0, 1)
    )
    assert apart == pytest.approx(alone, abs=2e-6)
    assert apart != pytest.approx(nested(PHI, two, np.zeros(2, int), nodes=15).value, abs=1e-2)


def test_slope_and_curvature_are_differences(two):
    cluster = np.zeros(2, int)
    here = nested(PHI, two, cluster, nodes=11)
    for i, step in enumerate(1e-5 * np.eye(8)):
        above, below = (nested(PHI + s * step, two, cluster, nodes=11) for s in (1, -1))
        assert here.score[i] == pytest.approx((above.value - below.value) / 2e-5, abs=1e-3)
        np.testing.assert_allclose(
            here.hessian[i], (above.score - below.score) / 2e-5, rtol=1e-2, atol=1e-3
        )


def test_without_a_level_of_studies_it_is_the_bivariate_model(counts):
    known = counts["auditc"]
    fit = fit_bivariate(known)
    phi = np.concatenate([fit.theta[:2], np.zeros(3), fit.theta[2:]])
    found = nested(phi, known, np.arange(len(known)) // 2, nodes=15)
    assert found.value == pytest.approx(fit.log_likelihood, abs=1e-3)


def test_one_table_a_study_cannot_tell_the_levels_apart(counts):
    # Either level then adds to one covariance: the likelihood is that of the bivariate model.
    known = counts["scheidler_lag"]
    fit = fit_bivariate(known)
    found = fit_three_level(known, np.arange(len(known)), fit)
    assert found.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-3)
    total = found.between_studies + found.between_tables
    np.testing.assert_allclose(total, fit.between, rtol=2e-2, atol=1e-3)
    np.testing.assert_allclose(found.mean, fit.mean, rtol=1e-3)


def test_doubled_tables_differ_between_studies_alone(counts):
    known = counts["auditc"]
    twice = Counts(np.tile(known.events, (2, 1)), np.tile(known.totals, (2, 1)))
    cluster = np.tile(np.arange(len(known)), 2)
    found = fit_three_level(twice, cluster, fit_bivariate(twice))
    assert found.has_converged
    assert np.diag(found.between_tables).max() < 1e-3
    assert np.diag(found.between_studies).min() > 0.3
    # What the two halves say twice is worth little more than once.
    naive = fit_bivariate(twice).covariance[0, 0]
    assert found.covariance[0, 0] > 1.5 * naive


def test_robust_errors_of_doubled_tables_are_those_of_half(counts):
    known = counts["auditc"]
    twice = Counts(np.tile(known.events, (2, 1)), np.tile(known.totals, (2, 1)))
    k = len(known)
    single = robust_pooled(known, np.arange(k), fit_bivariate(known), confidence=0.95)
    double = robust_pooled(twice, np.tile(np.arange(k), 2), fit_bivariate(twice), confidence=0.95)
    for margin in ("sensitivity", "specificity"):
        once, again = (getattr(found, margin) for found in (single, double))
        assert [again.lower, again.upper] == pytest.approx([once.lower, once.upper], rel=1e-3)
    # One table a study: close to what the model itself says.
    naive = fit_bivariate(known).covariance[1, 1] ** 0.5
    assert single.se_logit_specificity == pytest.approx(naive, rel=0.4)


def test_robust_errors_by_hand(counts):
    from ctbone.pooling.model.likelihood import marginal

    known = counts["scheidler_lag"]
    fit, cluster = fit_bivariate(known), np.arange(len(known)) // 3
    at = marginal(np.tile(fit.theta, (len(known), 1)), known, nodes=21)
    scores = np.stack([at.score[cluster == c].sum(0) for c in range(cluster.max() + 1)])
    bread = np.linalg.inv(-at.hessian.sum(0))
    number = len(scores)
    sandwich = bread @ scores.T @ scores @ bread * number / (number - 1)
    found = robust_pooled(known, cluster, fit, confidence=0.95)
    assert found.se_logit_sensitivity == pytest.approx(sandwich[0, 0] ** 0.5, rel=1e-6)
    sens, spec = found.sensitivity.estimate, found.specificity.estimate
    assert found.lr_positive.estimate == pytest.approx(sens / (1 - spec))
    assert found.lr_negative.estimate == pytest.approx((1 - sens) / spec)
    assert found.dor.estimate == pytest.approx(sens * spec / ((1 - sens) * (1 - spec)))


@pytest.mark.parametrize("name", ["saq", "iaq", "ascus"])
def test_sets_with_several_tables_a_study(name):
    rows = rows_of(name)
    found = examine_dependence(rows)
    ids = [row.covariates["study_id"] for row in rows]
    assert found.studies == len(set(ids)) == len(found.kept) == found.one_each.k
    assert len(found.repeated) == sum(ids.count(i) > 1 for i in set(ids))
    deep = found.three_level
    naive = fit_bivariate(to_counts(load_pins()[name]["tables"]))
    # A level more can only raise the likelihood, up to the rounding of fewer nodes.
    assert deep.log_likelihood > naive.log_likelihood - 1e-3
    assert 0.0 <= deep.p <= 1.0
    for pooled in (found.robust, deep.pooled):
        assert 0.0 < pooled.sensitivity.lower < pooled.sensitivity.upper < 1.0


def test_who_belongs_together():
    rows = [
        table("A"),
        table("B", cohort="Hospital 1"),
        table("C", cohort="hospital 1 "),
        table("A"),
        table("D", cohort="internal_test"),
        table("E", cohort="internal_test"),
        table("F", study_id="7"),
        table("G", study_id="7"),
    ]
    assert clusters(rows).tolist() == [0, 1, 1, 0, 2, 3, 4, 4]
    chain = [table("A", cohort="x"), table("B"), table("B", cohort="x")]
    assert clusters(chain).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "cohort",
    [
        "external_test, main",
        "External test,  Main",
        "internal_test",
        "internal_test , main",
        "Internal-Test, main",
        "internal test; main",
    ],
)
def test_parts_of_a_study_and_sites_of_its_own_link_no_studies(cohort):
    rows = [table(name, cohort=cohort) for name in ("Hospital A", "Hospital B", "Hospital C")]
    assert clusters(rows).tolist() == [0, 1, 2]
    same = [table("A", cohort=cohort, study_id="1"), table("B", cohort=cohort, study_id="1")]
    assert clusters(same).tolist() == [0, 0]
    assert unlinked_cohorts(same) == ()


def test_cohorts_that_may_be_one_are_named():
    rows = [
        table("A", cohort="external_test, main"),
        table("B", cohort="External_test, main"),
        table("A", cohort="external_test, north"),
        table("C", cohort="internal_test"),
        table("D", cohort="internal_test"),
    ]
    assert unlinked_cohorts(rows) == ("external_test, main",)
    spaced = [table("A", cohort="external_test , main"), table("B", cohort="external-test, main")]
    assert unlinked_cohorts(spaced) == ("external_test , main",)


def test_neither_letter_case_nor_white_space_tells_studies_apart():
    names = ("Ahn 2021", "AHN 2021", "Berg  2022", "Berg 2022", "Ahn 2022")
    assert clusters([table(name) for name in names]).tolist() == [0, 0, 1, 1, 2]
    numbered = [table("A", study_id="Ahn 1"), table("B", study_id="AHN 1")]
    assert clusters(numbered).tolist() == [0, 0]
    ids = ("1", "1.0", "01.00", "1.5", "v1.0")
    apart = [table(str(i), study_id=number) for i, number in enumerate(ids)]
    assert clusters(apart).tolist() == [0, 0, 1, 2, 3]


def test_the_table_kept_is_chosen_without_its_results():
    rows = [
        table("A", n=500, validation="internal"),
        table("A", n=100, validation="external"),
        table("A", n=200, validation="External"),
        table("B", n=80),
        table("B", n=90),
        table("B", n=90),
    ]
    assert one_table_each(rows, clusters(rows)) == (2, 4)


def test_independent_tables_have_nothing_to_examine():
    assert examine_dependence([table("A"), table("B")]) is None


def test_too_few_studies_are_said():
    rows = [table(study, n=60 + 9 * i) for i, study in enumerate("AABCDEFG")]
    found = examine_dependence(rows)
    assert found.three_level is None
    assert found.robust is not None
    assert any("1 of 7 studies give several tables" in note for note in found.notes)
    assert any("themselves uncertain" in note for note in found.notes)
    alone = examine_dependence([table("A"), table("A")])
    assert (alone.robust, alone.three_level) == (None, None)
    assert any("No cluster-robust limits" in note for note in alone.notes)
