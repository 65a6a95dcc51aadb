"""Which patients a head learns from, and which it is validated with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ctbone.cohort import CohortRow
from ctbone.errors import NothingUsable

#: Fewest sites that can be parted.
_LEAST_SITES = 2


@dataclass(frozen=True, slots=True)
class Fold:
    """One training: the studies to learn from, and those to validate with, by ``study_uid``."""

    training: frozenset[str]
    validation: frozenset[str]


def split_folds(
    rows: Sequence[CohortRow], *, folds: int | Literal["site"], seed: int, origin: str
) -> tuple[Fold, ...]:
    """Part the studies of train and validation, never those of one patient.

    Args:
        rows: Studies with patches.
        folds: Into how many parts, each validated with once; 0 keeps the cohort's own split, and
            ``"site"`` makes a part of each site.
        seed: What the parts hang on.
        origin: File of the cohort, and what became of its studies, for who has to mend it.

    Returns:
        One fold where the cohort's own split stands, else as many as there are parts, each with
        its share of every category, unless it is a site.

    Raises:
        NothingUsable: If a part holds no patient, or there is one site only.
    """
    if not folds:
        named = (
            frozenset(r.study_uid for r in rows if r.split == split)
            for split in ("train", "validation")
        )
        found: tuple[Fold, ...] = (Fold(*named),)
    elif folds == "site":
        found = _by_site(rows)
    else:
        found = _parted(rows, folds, seed)
    for fold in found:
        if not fold.training or not fold.validation:
            told = f"{len(fold.training)} to train on and {len(fold.validation)} to validate with"
            raise NothingUsable(
                f"expected studies with patches in both parts, found {told}, of {origin}"
            )
    return found


def _by_site(rows: Sequence[CohortRow]) -> tuple[Fold, ...]:
    """Part the sites; a patient of several sites is validated with at the first by name."""
    site_of: dict[str, str] = {}
    for row in sorted(rows, key=lambda one: one.site):
        site_of.setdefault(row.patient_id, row.site)
    sites = sorted(set(site_of.values()))
    if len(sites) < _LEAST_SITES:
        raise NothingUsable(f"expected patients of two sites to part them by, found {sites}")
    parts = [frozenset(r.study_uid for r in rows if site_of[r.patient_id] == s) for s in sites]
    return _left_out(rows, parts)


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
    return _left_out(rows, parts)


def _left_out(rows: Sequence[CohortRow], parts: Sequence[frozenset[str]]) -> tuple[Fold, ...]:
    everyone = frozenset(row.study_uid for row in rows)
    return tuple(Fold(everyone - part, part) for part in parts)


def _by_category(patients: dict[str, list[CohortRow]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, rows in patients.items():
        groups[str(rows[0].category or "")].append(name)
    return groups
