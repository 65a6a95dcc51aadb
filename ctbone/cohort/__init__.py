"""Studies with their reference results, and the split that each patient belongs to."""

from __future__ import annotations

from ctbone.cohort.rows import CohortRow, Split, read_cohort, write_cohort

__all__ = ["CohortRow", "Split", "read_cohort", "write_cohort"]
