"""What a fitted model says beyond the pooled values."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.components import (
    HsrocComponents,
    VarianceComponents,
    hsroc_components,
    variance_components,
)
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.prediction import prediction_interval, student_intervals
from ctbone.pooling.model.profile import ProfileInterval, profile_intervals
from ctbone.pooling.model.residuals import Residual, standardised_residuals, study_weights
from ctbone.pooling.model.sroc import PartialArea, partial_area
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One fitted model, in detail.

    Attributes:
        variances: Variance components with their errors.
        hsroc: Parameters of the hierarchical model with theirs; ``None`` where one variance alone
            is zero.
        partial_area: Area under the curve over the observed specificities; ``None`` without one.
        profile: Profile likelihood limits of the pooled values, by name; empty for other models
            than the exact one.
        student: The pooled values with limits by Student's t, by name.
        residuals: Standardised residuals of the tables.
        weights: Percent that each table weighs in pooled sensitivity and in pooled specificity.
        prediction: Where sensitivity and specificity of a further study are expected.
    """

    variances: VarianceComponents
    hsroc: HsrocComponents | None
    partial_area: PartialArea | None
    profile: dict[str, ProfileInterval]
    student: dict[str, Interval]
    residuals: tuple[Residual, ...]
    weights: tuple[tuple[float, float], ...]
    prediction: tuple[Interval, Interval]


def describe_fit(counts: Counts, fit: BivariateFit, *, confidence: float) -> Detail:
    """Work out what a fit says of its parameters and of each table.

    Args:
        counts: What the studies saw; those that were fitted.
        fit: The fit.
        confidence: Of the limits.
    """
    weights = study_weights(counts, fit)
    return Detail(
        variances=variance_components(fit, confidence),
        hsroc=hsroc_components(fit, confidence),
        partial_area=partial_area(fit, counts, confidence),
        profile=_profile(counts, fit, confidence),
        student=student_intervals(fit, confidence),
        residuals=standardised_residuals(counts, fit),
        weights=tuple((float(sens), float(spec)) for sens, spec in weights),
        prediction=(
            prediction_interval(fit, 0, confidence),
            prediction_interval(fit, 1, confidence),
        ),
    )


def _profile(counts: Counts, fit: BivariateFit, confidence: float) -> dict[str, ProfileInterval]:
    if fit.model != "exact":
        return {}
    found = profile_intervals(counts, fit, confidence=confidence)
    return {str(name): interval for name, interval in found.items()}
