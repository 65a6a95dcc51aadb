"""The figures of one target, by name."""

from __future__ import annotations

from ctbone.evaluation.assessment import TargetAccuracy
from ctbone.records import Interval

#: The figures of a table, in the order of accuracy.csv.
QUANTITIES = (
    "sensitivity", "specificity", "ppv", "npv", "accuracy", "lr_positive", "lr_negative", "dor",
    "auc", "auc_bootstrap", "auc_bca", "balanced_accuracy", "f1", "youden", "prevalence", "brier",
    "calibration_intercept", "calibration_slope",
)  # fmt: skip

#: Figures that other records than the accuracy of the table hold, and where.
ELSEWHERE = {
    "auc": ("", "auc"),
    "auc_bootstrap": ("bootstrap", "percentile"),
    "auc_bca": ("bootstrap", "bca"),
    "brier": ("calibration", "brier"),
    "calibration_intercept": ("calibration", "intercept"),
    "calibration_slope": ("calibration", "slope"),
}

#: Figures that count studies, not patients.
RESAMPLED = ("auc_bootstrap", "auc_bca")


def quantity(found: TargetAccuracy, name: str) -> Interval | None:
    """Return one of ``QUANTITIES``."""
    if name in ELSEWHERE:
        holder, inner = ELSEWHERE[name]
        held = getattr(found, holder) if holder else found
        value: Interval | None = getattr(held, inner) if held else None
        return value
    of_table: Interval | None = getattr(found.accuracy, name)
    return of_table
