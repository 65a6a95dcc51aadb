"""From spreadsheets of reference results and an export to a cohort that accounts for all."""

from __future__ import annotations

from ctbone.linkage.command import cohort
from ctbone.linkage.configuration import CohortConfig, Eligibility, LinkRule, SplitRule
from ctbone.linkage.mapping import Columns, Sheet, Words
from ctbone.linkage.reasons import LinkReason

__all__ = [
    "CohortConfig",
    "Columns",
    "Eligibility",
    "LinkReason",
    "LinkRule",
    "Sheet",
    "SplitRule",
    "Words",
    "cohort",
]
