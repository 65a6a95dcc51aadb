"""All that is said about differences between studies, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.pooling.heterogeneity import (
    Homogeneity,
    Spread,
    ThresholdEffect,
    ZhouDendukuri,
    homogeneity,
    midas_joint,
    spread,
    threshold_effect,
    variation,
    zhou_dendukuri,
)
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.likelihood import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much the studies differ.

    Attributes:
        sensitivity: Pearson's test of sensitivity.
        specificity: Pearson's test of specificity.
        variation: Likelihood-ratio test of no variation at all; ``None`` without a model.
        midas_joint: The joint test that MIDAS prints; likewise.
        zhou_dendukuri: I2 after Zhou and Dendukuri; likewise.
        spread_sensitivity: What its variance amounts to; ``None`` where that is zero.
        spread_specificity: The same of specificity.
        threshold: Signs of thresholds that differ between studies.
    """

    sensitivity: Homogeneity
    specificity: Homogeneity
    variation: Homogeneity | None
    midas_joint: Homogeneity | None
    zhou_dendukuri: ZhouDendukuri | None
    spread_sensitivity: Spread | None
    spread_specificity: Spread | None
    threshold: ThresholdEffect


def examine_heterogeneity(
    counts: Counts, fit: BivariateFit | None, exact: BivariateFit | None, *, confidence: float
) -> Heterogeneity:
    """Test and measure the differences between studies.

    Args:
        counts: What the studies saw.
        fit: The model whose variances are reported; ``None`` where there is none.
        exact: The exact model, whose likelihood is tested; likewise.
        confidence: Of the limits.
    """
    return Heterogeneity(
        sensitivity=homogeneity(counts, 0, confidence=confidence),
        specificity=homogeneity(counts, 1, confidence=confidence),
        variation=variation(counts, exact, confidence=confidence) if exact else None,
        midas_joint=midas_joint(counts, exact, confidence=confidence) if exact else None,
        zhou_dendukuri=zhou_dendukuri(counts, fit) if fit else None,
        spread_sensitivity=spread(fit, 0, confidence=confidence) if fit else None,
        spread_specificity=spread(fit, 1, confidence=confidence) if fit else None,
        threshold=threshold_effect(counts, fit),
    )
