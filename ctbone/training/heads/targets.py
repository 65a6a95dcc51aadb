"""What a head should answer for a patient, as a row of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ctbone.cohort import CohortRow
from ctbone.networks import Task
from ctbone.records import BoneCategory

Floats = NDArray[np.float32]

#: Columns of a row of targets: density in mg/cm3, T-score, index of the category and of the site.
#: What is not known is NaN.
BMD, T_SCORE, CATEGORY, DOMAIN = range(4)

#: The column without which an example teaches nothing, by task.
NEEDED: Mapping[Task, int] = MappingProxyType(
    {
        "bmd": BMD,
        "t_score": T_SCORE,
        "category": CATEGORY,
        "ordinal": CATEGORY,
        "binary": CATEGORY,
        "multitask": BMD,
    }
)

#: What cohort.csv calls them.
COLUMNS = ("bmd_mg_cm3", "t_score", "category", "site")

_CATEGORIES = tuple(BoneCategory)


def target_rows(rows: Sequence[CohortRow], *, sites: Sequence[str]) -> Floats:
    """Return the targets of some patients, shape ``(N, 4)``; NaN where nothing is known.

    Args:
        rows: The patients.
        sites: Sites of the training patients, in order; another site has no index.
    """
    return np.array([_targets(row, sites) for row in rows], dtype=np.float32).reshape(-1, 4)


def teaches(row: CohortRow, task: Task) -> bool:
    """Say whether a patient's reference result is one that a head of this task can learn."""
    return bool(np.isfinite(_targets(row, ())[NEEDED[task]]))


def _targets(row: CohortRow, sites: Sequence[str]) -> list[float]:
    category = np.nan if row.category is None else float(_CATEGORIES.index(row.category))
    domain = float(sites.index(row.site)) if row.site in sites else np.nan
    known = [np.nan if value is None else value for value in (row.bmd_mg_cm3, row.t_score)]
    return [*known, category, domain]
