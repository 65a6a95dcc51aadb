"""Which patients a head learns from, and which it is validated with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.cohort import CohortRow
from ctbone.errors import NothingUsable


@dataclass(frozen=True, slots=True)
class Fold:
    """One training: the studies to learn from, and those to validate with, by ``study_uid``."""

    training: frozenset[str]
    validation: frozenset[str]


def split_folds(rows: Sequence[CohortRow], *, folds: int, seed: int) -> tuple[Fold, ...]:
    """Part the studies of train and validation, never those of one patient.

    Args:
        rows: Studies with patches.
        folds: Into how many parts, each validated with once; 0 keeps the cohort's own split.
        seed: What the parts hang on.

    Returns:
        One fold where the cohort's own split stands, else as many as there are parts, each with
        its share of every category.

    Raises:
        NothingUsable: If a part holds no patient.
    """
    if not folds:
        named = (
            frozenset(r.study_uid for r in rows if r.split == split)
            for split in ("train", "validation")
        )
        found: tuple[Fold, ...] = (Fold(*named),)
    else:
        found = _parted(rows, folds, seed)
    for fold in found:
        if not fold.training or not fold.validation:
            told = f"{len(fold.training)} to train on and {len(fold.validation)} to validate with"
            raise NothingUsable(f"expected studies with patches in both parts, found {told}")
    return found


def _parted(rows: Sequence[CohortRow], folds: int, seed: int) -> tuple[Fold, ...]:
    patients: dict[str, list[CohortRow]] = defaultdict(list)
    for row in rows:
        patients[row.patient_id].append(row)
    part_of: dict[str, int] = {}
    dealt = 0
    # Category by category, so that a rare one is not dealt to one part alone.
    for _, members in sorted(_by_category(patients).items()):
        for name in np.random.default_rng((seed, 7)).permutation(sorted(members)):
            part_of[str(name)] = dealt % folds
            dealt += 1
    parts = [
        frozenset(r.study_uid for p, part in part_of.items() if part == k for r in patients[p])
        for k in range(folds)
    ]
    everyone = frozenset(row.study_uid for row in rows)
    return tuple(Fold(everyone - part, part) for part in parts)


def _by_category(patients: dict[str, list[CohortRow]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, rows in patients.items():
        groups[str(rows[0].category or "")].append(name)
    return groups
