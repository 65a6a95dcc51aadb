"""Studies with their reference results, and the split that each patient belongs to."""

from __future__ import annotations

from ctbone.cohort.plausible import require_plausible, require_unit
from ctbone.cohort.rows import (
    CohortRow,
    DensityRule,
    ReferenceStandard,
    Split,
    read_cohort,
    with_category,
    write_cohort,
)

__all__ = [
    "CohortRow",
    "DensityRule",
    "ReferenceStandard",
    "Split",
    "read_cohort",
    "require_plausible",
    "require_unit",
    "with_category",
    "write_cohort",
]
