"""What changes when tables of one study, or of one cohort, are not taken for independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import t_value, z_value
from ctbone.interchange import AccuracyTable
from ctbone.pooling.clustering import RULE, clusters, one_table_each
from ctbone.pooling.homogeneity import upper_tail
from ctbone.pooling.model.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.model.fitting import NODES
from ctbone.pooling.model.intervals import from_logit, likelihood_ratios
from ctbone.pooling.model.likelihood import Array, Counts, marginal
from ctbone.pooling.model.threelevel import fit_three_level
from ctbone.pooling.summary import FEWEST_TABLES, SummaryAccuracy, bivariate_summary, carried
from ctbone.records import Interval

#: Fewer studies than this with several tables cannot tell the two levels apart.
_FEWEST_REPEATED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Pooled accuracy with other standard errors, or from another model.

    Attributes:
        sensitivity: Pooled sensitivity.
        specificity: Pooled specificity.
        lr_positive: Positive likelihood ratio.
        lr_negative: Negative likelihood ratio.
        dor: Diagnostic odds ratio.
        se_logit_sensitivity: Standard error of the mean logit of sensitivity.
        se_logit_specificity: The same of specificity.
    """

    sensitivity: Interval
    specificity: Interval
    lr_positive: Interval
    lr_negative: Interval
    dor: Interval
    se_logit_sensitivity: float
    se_logit_specificity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeLevel:
    """The model with tables within studies.

    Attributes:
        pooled: What it gives.
        between_studies: Variances of the logits of sensitivity and of specificity between
            studies, and their covariance.
        between_tables: The same between tables of one study.
        log_likelihood: With the binomial coefficients.
        chi2: Twice the gain over the model without a level of studies.
        df: Its three variance components.
        p: Probability of that without a level of studies; too large, since they lie at the edge.
    """

    pooled: Pooled
    between_studies: tuple[float, float, float]
    between_tables: tuple[float, float, float]
    log_likelihood: float
    chi2: float
    df: int
    p: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dependence:
    """The analysis again, without taking tables of one study for independent.

    Attributes:
        studies: Studies, or groups of them that share a cohort.
        repeated: Names of those with several tables.
        rule: How the table was chosen where one was kept.
        kept: Which tables were kept, by index.
        one_each: Pooled accuracy of the tables kept; ``None`` where they cannot be pooled.
        robust: The same estimates with cluster-robust limits; ``None`` without a model.
        three_level: The model with tables within studies; ``None`` where the data do not carry it.
        notes: What a reader has to know, a sentence each.
    """

    studies: int
    repeated: tuple[str, ...]
    rule: str
    kept: tuple[int, ...]
    one_each: SummaryAccuracy | None
    robust: Pooled | None
    three_level: ThreeLevel | None
    notes: tuple[str, ...]


def examine_dependence(
    tables: Sequence[AccuracyTable], *, confidence: float = 0.95, fit: BivariateFit | None = None
) -> Dependence | None:
    """Pool again in three ways that respect which tables belong together.

    Args:
        tables: Tables of one target, none of them empty.
        confidence: Of the intervals.
        fit: The exact bivariate model of the same tables; fitted here without.

    Returns:
        ``None`` where every study, and every cohort, gives one table.
    """
    cluster = clusters(tables)
    sizes = np.bincount(cluster)
    if len(sizes) == len(tables):
        return None
    counts = Counts.from_tables([item.table for item in tables])
    kept = one_table_each(tables, cluster)
    one_each, notes = _pool_kept([tables[i] for i in kept], confidence)
    few = _too_few(sizes)
    robust, deep = None, None
    if len(sizes) >= FEWEST_TABLES and (whole := fit or _fitted(counts)) is not None:
        robust = robust_pooled(counts, cluster, whole, confidence=confidence)
        deep = None if few else three_level(counts, cluster, whole, confidence=confidence)
        if deep is None and not few:
            few = "The three-level model has no finite maximum on these tables."
    return Dependence(
        studies=len(sizes),
        repeated=_repeated(tables, cluster, sizes),
        rule=RULE,
        kept=kept,
        one_each=one_each,
        robust=robust,
        three_level=deep,
        notes=(*notes, *_robust_notes(len(sizes), robust), *([few] if few else [])),
    )


def robust_pooled(
    counts: Counts, cluster: NDArray[np.intp], fit: BivariateFit, *, confidence: float
) -> Pooled:
    """Return the estimates of a fit with limits that allow any dependence within clusters.

    The sandwich of Liang and Zeger (Biometrika 1986;73:13) times C / (C - 1), and Student's
    distribution with C - 1 degrees of freedom, for C clusters.
    """
    at = marginal(np.tile(fit.theta, (len(counts), 1)), counts, nodes=NODES)
    free = [0, 1] if not fit.theta[2:].any() else [0, 1, *(2 + np.flatnonzero(fit.theta[2:]))]
    number = int(cluster.max()) + 1
    score = np.eye(number)[:, cluster] @ at.score[:, free]
    bread = np.linalg.pinv(-at.hessian.sum(0)[np.ix_(free, free)], hermitian=True)
    meat = score.T @ score * number / (number - 1.0)
    covariance = (bread @ meat @ bread)[:2, :2]
    wider = t_value(confidence, number - 1) / z_value(confidence)
    return _pooled(fit.mean, covariance, confidence, wider=wider)


def three_level(
    counts: Counts, cluster: NDArray[np.intp], fit: BivariateFit, *, confidence: float
) -> ThreeLevel | None:
    """Fit the model with tables within studies; ``None`` where it has no finite maximum."""
    found = fit_three_level(counts, cluster, fit)
    if not found.has_converged:
        return None
    chi2 = max(2.0 * (found.log_likelihood - fit.log_likelihood), 0.0)
    return ThreeLevel(
        pooled=_pooled(found.mean, found.covariance, confidence),
        between_studies=_parts(found.between_studies),
        between_tables=_parts(found.between_tables),
        log_likelihood=found.log_likelihood,
        chi2=chi2,
        df=3,
        p=upper_tail(chi2, 3),
    )


def _parts(covariance: Array) -> tuple[float, float, float]:
    return float(covariance[0, 0]), float(covariance[1, 1]), float(covariance[0, 1])


def _pooled(mean: Array, covariance: Array, confidence: float, *, wider: float = 1.0) -> Pooled:
    errors = np.sqrt(np.diag(covariance))
    sens, spec = (
        from_logit(float(m), wider * float(e), confidence)
        for m, e in zip(mean, errors, strict=True)
    )
    positive, negative, odds = likelihood_ratios(mean, wider**2 * covariance, confidence)
    return Pooled(
        sensitivity=sens,
        specificity=spec,
        lr_positive=positive,
        lr_negative=negative,
        dor=odds,
        se_logit_sensitivity=float(errors[0]),
        se_logit_specificity=float(errors[1]),
    )


def _repeated(
    tables: Sequence[AccuracyTable], cluster: NDArray[np.intp], sizes: NDArray[np.intp]
) -> tuple[str, ...]:
    """Name each group of several tables by the study of its first."""
    return tuple(tables[int(np.argmax(cluster == c))].study for c in np.flatnonzero(sizes > 1))


def _fitted(counts: Counts) -> BivariateFit | None:
    fit = fit_bivariate(counts) if all(carried(counts)) else None
    return fit if fit is not None and fit.has_converged else None


def _pool_kept(
    tables: Sequence[AccuracyTable], confidence: float
) -> tuple[SummaryAccuracy | None, tuple[str, ...]]:
    try:
        found = bivariate_summary([item.table for item in tables], confidence=confidence)
    except ValueError as error:
        return None, (f"With one table a study: {error}.",)
    return found, tuple(f"With one table a study: {note}" for note in found.notes)


def _too_few(sizes: NDArray[np.intp]) -> str:
    repeated = int((sizes > 1).sum())
    if len(sizes) >= FEWEST_TABLES and repeated >= _FEWEST_REPEATED:
        return ""
    return (
        f"No three-level model: {repeated} of {len(sizes)} studies give several tables (it asks "
        f"for {_FEWEST_REPEATED} of at least {FEWEST_TABLES})."
    )


def _robust_notes(studies: int, robust: Pooled | None) -> tuple[str, ...]:
    if robust is None:
        return ("No cluster-robust limits: they ask for a bivariate model and four studies.",)
    if studies >= 10:
        return ()
    return (f"Cluster-robust limits from {studies} studies are themselves uncertain.",)
