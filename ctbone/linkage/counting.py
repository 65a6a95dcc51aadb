"""What a cohort holds, counted as the first table of a paper has it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import get_args

from ctbone.cohort import CohortRow, Split
from ctbone.pages import Cell, Row, Table

#: Ages before and after which decades are not told apart, years: there are few of such, so that
#: whoever knows one of them would know the row.
_YOUNGEST, _OLDEST = 40, 80
_YOUNG = f"below {_YOUNGEST}"

_CATEGORIES = ("normal", "osteopenia", "osteoporosis")

_NOT_KNOWN = "not known"

_SEXES = {"F": "women", "M": "men", "O": "other", None: _NOT_KNOWN}

_ALL = "all"


def splits_of(rows: Sequence[CohortRow]) -> tuple[Split, ...]:
    """Return the splits that have a row, in the order in which they are used."""
    found = {row.split for row in rows}
    return tuple(split for split in get_args(Split) if split in found)


def category_of(row: CohortRow) -> str:
    """Return the category of a row in words."""
    return row.category.value if row.category else "no category"


def characteristics(rows: Sequence[CohortRow]) -> Iterator[Table]:
    """Yield a table for each characteristic, with a column for each split."""
    yield _sizes(rows)
    for title, group, order in (
        ("Reference category", category_of, _CATEGORIES),
        ("Site", lambda row: row.site or _NOT_KNOWN, ()),
        ("Sex", lambda row: _SEXES[row.sex], tuple(_SEXES.values())),
        ("Age at the CT, years", _decade, (_YOUNG,)),
        ("Reference standard", lambda row: row.reference_standard, ()),
    ):
        yield _groups(title, rows, group, order)
    yield _quantities(rows)


def _columns(rows: Sequence[CohortRow]) -> dict[str, Sequence[CohortRow]]:
    """Return the rows of each split by its name in words, and all of them."""
    parts = {split: [row for row in rows if row.split == split] for split in splits_of(rows)}
    return {split.replace("_", " "): part for split, part in parts.items()} | {_ALL: rows}


def _table(title: str, rows: Sequence[CohortRow], cells: Sequence[Row], note: str = "") -> Table:
    heads = ("", *_columns(rows))
    return Table(title=title, columns=heads, rows=tuple(cells), note=note, sortable=False)


def _sizes(rows: Sequence[CohortRow]) -> Table:
    parts = _columns(rows).values()
    patients = [len({row.patient_id for row in part}) for part in parts]
    lines: tuple[Row, ...] = (
        ("patients", *map(_count, patients)),
        ("studies", *(_count(len(part)) for part in parts)),
    )
    return _table("Patients and studies", rows, lines)


def _groups(
    title: str,
    rows: Sequence[CohortRow],
    group: Callable[[CohortRow], str],
    order: Sequence[str],
) -> Table:
    """Return how many studies of each group there are, with shares of their split."""
    found = {group(row) for row in rows}
    names = [*(name for name in order if name in found), *sorted(found - set(order))]
    parts = [Counter(map(group, part)) for part in _columns(rows).values()]
    lines: list[Row] = [
        (name, *(_share(part[name], part.total()) for part in parts)) for name in names
    ]
    return _table(title, rows, lines, "Studies, and percent of those of the split.")


def _quantities(rows: Sequence[CohortRow]) -> Table:
    quantities: tuple[tuple[str, Callable[[CohortRow], float | None]], ...] = (
        ("age at the CT, years", lambda row: row.age_years),
        ("days from CT to reference", _days),
        ("density, mg/cm\u00b3", lambda row: row.bmd_mg_cm3),
        ("T-score", lambda row: row.t_score),
    )
    lines: list[Row] = []
    for name, value in quantities:
        parts = [
            [v for row in part if (v := value(row)) is not None]
            for part in _columns(rows).values()
        ]
        if parts[-1]:
            lines.append((name, *(_spread(part, digits=name == "T-score") for part in parts)))
    return _table(
        "Quantities", rows, lines, "Median (least to most), of the studies that have it."
    )


def _days(row: CohortRow) -> float | None:
    if row.study_date is None or row.reference_date is None:
        return None
    return (row.reference_date - row.study_date).days


def _decade(row: CohortRow) -> str:
    if row.age_years is None:
        return _NOT_KNOWN
    if row.age_years < _YOUNGEST:
        return _YOUNG
    if row.age_years >= _OLDEST:
        return f"{_OLDEST} and above"
    start = 10 * math.floor(row.age_years / 10)
    return f"{start} to {start + 9}"


def _count(count: int) -> Cell:
    return Cell(str(count), count)


def _share(count: int, total: int) -> Cell:
    percent = f" ({100 * count / total:.0f} %)" if total else ""
    return Cell(f"{count}{percent}", count)


def _spread(values: Sequence[float], *, digits: bool) -> Cell:
    if not values:
        return Cell("none")
    spec = ".1f" if digits else ".0f"
    middle = median(values)
    return Cell(f"{middle:{spec}} ({min(values):{spec}} to {max(values):{spec}})", middle)
