"""Columns beside the counts: which are compared as groups, which as numbers, and which not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.interchange import AccuracyTable
from ctbone.interchange.tables import COVARIATES, STUDY_NUMBERS
from ctbone.plurals import counted
from ctbone.pooling.summary import FEWEST_TABLES

Kind = Literal["groups", "number"]

#: What an empty cell is called, in lower case. "none" is not among them: it is what an answer to
#: "contrast" or "augmentation" can be.
MISSING = frozenset({"", ".", "-", "na", "n/a", "nan", "nr", "null", "unknown"})

#: More different numbers than this make a column one of numbers, unless it is chosen otherwise.
_HANDFUL = 5

#: Beyond this a square overflows; no covariate is so large.
_LARGEST = 1e100

#: Tables that a slope asks for: as many as two groups do.
FEWEST_FOR_SLOPE = 2 * FEWEST_TABLES


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Covariate:
    """One column, on the tables that state it.

    Attributes:
        name: Of the column.
        kind: Whether its values name groups or are numbers.
        stated: Which tables state it, shape ``(k,)``.
        labels: What those tables state, one spelling for equal numbers and for texts that differ
            in letter case or white space alone: the first.
    """

    name: str
    kind: Kind
    stated: NDArray[np.bool_]
    labels: tuple[str, ...]

    @property
    def values(self) -> NDArray[np.float64]:
        """The numbers, for a column of numbers."""
        return np.asarray([float(label) for label in self.labels])

    @property
    def sizes(self) -> dict[str, int]:
        """Tables a group, by name."""
        return dict(sorted(Counter(self.labels).items()))


def choose(
    tables: Sequence[AccuracyTable],
    *,
    names: Sequence[str] | None = None,
    numeric: Sequence[str] = (),
) -> tuple[Covariate, ...]:
    """Read the columns that at least one table states, those of the review first.

    Args:
        tables: Tables of one target.
        names: Columns to read; all of them without.
        numeric: Columns to take as numbers. Without, a column is one of numbers when all its
            stated cells are and more than five of them differ.

    Raises:
        ValueError: If a column that is to be taken as numbers holds something else.
    """
    chosen = [n for n in columns(tables) if names is None or n in names or n in numeric]
    read = (_read(tables, name, is_numeric=name in numeric) for name in chosen)
    return tuple(covariate for covariate in read if covariate.labels)


def columns(tables: Iterable[AccuracyTable]) -> tuple[str, ...]:
    """Return the names of all covariates, those of the review first in its order.

    A column that numbers the studies is none.
    """
    found = dict.fromkeys(name for table in tables for name in table.covariates)
    for name in STUDY_NUMBERS:
        found.pop(name, None)
    return (*(n for n in COVARIATES if n in found), *(n for n in found if n not in COVARIATES))


def require_columns(tables: Iterable[AccuracyTable], names: Iterable[str]) -> None:
    """Refuse names of covariates that no table has.

    Raises:
        ValueError: If there is one.
    """
    there = columns(tables)
    for name in names:
        if name not in there:
            if not there:
                raise ValueError(f"the tables have no covariates, and {name!r} was asked for")
            raise ValueError(f"expected covariates among {list(there)}, got {name!r}")


def _read(tables: Sequence[AccuracyTable], name: str, *, is_numeric: bool) -> Covariate:
    cells = [table.covariates.get(name, "").strip() for table in tables]
    stated = np.asarray([cell.lower() not in MISSING for cell in cells], bool)
    labels = _spelled_alike([c for c, has in zip(cells, stated, strict=True) if has])
    text = [label for label in labels if not _is_number(label)]
    if is_numeric and text:
        raise ValueError(f"expected numbers in the covariate {name}, found {text[0][:40]!r}")
    are_many = not text and len({float(label) for label in labels}) > _HANDFUL
    kind: Kind = "number" if is_numeric or are_many else "groups"
    return Covariate(name=name, kind=kind, stated=stated, labels=labels)


def _spelled_alike(cells: Iterable[str]) -> tuple[str, ...]:
    first: dict[float | str, str] = {}
    keys = ((float(c) if _is_number(c) else " ".join(c.casefold().split()), c) for c in cells)
    return tuple(first.setdefault(key, cell) for key, cell in keys)


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < _LARGEST
    except ValueError:
        return False


def obstacle(covariate: Covariate) -> str:
    """Say why a covariate cannot be compared; nothing where it can."""
    if len(set(covariate.labels)) == 1:
        lost = "slope" if covariate.kind == "number" else "comparison"
        return f"{covariate.name} is {covariate.labels[0]!r} wherever it is stated: no {lost}."
    return _no_slope(covariate) if covariate.kind == "number" else _no_groups(covariate)


def _no_slope(covariate: Covariate) -> str:
    name, k = covariate.name, len(covariate.labels)
    if k < FEWEST_FOR_SLOPE:
        return f"{name}: {counted(k, 'table')} state it, a slope asks for {FEWEST_FOR_SLOPE}."
    return ""


def _no_groups(covariate: Covariate) -> str:
    name, sizes = covariate.name, covariate.sizes
    if len(sizes) == len(covariate.labels):
        return f"{name} differs in all tables that state it: it forms no groups."
    if len(large_groups(covariate)) < 2:
        few = f"fewer than two groups of at least {FEWEST_TABLES} tables"
        return f"{name}: {few}, no comparison ({_sizes(sizes)})."
    return ""


def large_groups(covariate: Covariate) -> tuple[str, ...]:
    """Return the groups with as many tables as a model of their own would need."""
    return tuple(name for name, size in covariate.sizes.items() if size >= FEWEST_TABLES)


def remarks(covariates: Sequence[Covariate], k: int) -> tuple[str, ...]:
    """Say how the columns that can be compared were taken, a sentence a fact."""
    usable = [c for c in covariates if not obstacle(c)]
    numbers = [c.name for c in usable if c.kind == "number"]
    said = [f"Taken as numbers, by a slope: {', '.join(numbers)}."] if numbers else []
    part = [f"{c.name} ({len(c.labels)} of {k})" for c in usable if len(c.labels) < k]
    if part:
        said.append(f"Compared among the tables that state it: {', '.join(part)}.")
    small = [f"{c.name} ({_sizes(_small(c))})" for c in usable if c.kind == "groups" and _small(c)]
    if small:
        few = f"Groups of fewer than {FEWEST_TABLES} tables, left out of the comparison"
        said.append(f"{few}: {'; '.join(small)}.")
    said += [
        f"{', '.join(names)} divide the tables alike: their tests are one and the same."
        for names in _alike(usable)
    ]
    return tuple(said)


def _small(covariate: Covariate) -> dict[str, int]:
    return {name: n for name, n in covariate.sizes.items() if n < FEWEST_TABLES}


def _sizes(sizes: dict[str, int]) -> str:
    shown = [f"{name} {size}" for name, size in list(sizes.items())[:6]]
    return ", ".join(shown + (["..."] if len(sizes) > 6 else []))


def _alike(covariates: Iterable[Covariate]) -> list[list[str]]:
    """Return the names of columns that put the tables into the same groups."""
    found: dict[tuple[int, ...], list[str]] = {}
    for covariate in covariates:
        if covariate.kind == "number":
            continue
        cells = iter(covariate.labels)
        order = {label: i + 1 for i, label in enumerate(dict.fromkeys(covariate.labels))}
        partition = tuple(order[next(cells)] if has else 0 for has in covariate.stated)
        found.setdefault(partition, []).append(covariate.name)
    return [names for names in found.values() if len(names) > 1]
