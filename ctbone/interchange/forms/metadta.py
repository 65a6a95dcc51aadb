"""MetaDTA and MetaBayesDTA, web applications: author, year, TP, FN, FP and TN, in this order.

The header is that of the application's own examples, letter case included: six columns, then the
seven of QUADAS-2 where the tables carry any of them, then covariates. Rows are sorted by author
and each author stands once, so a study with several tables is numbered, and its own name is kept
in a column ``study``. A year that the tables do not state is taken from the name of the study.
Every count, study and covariate is held, and read back with the year as a covariate; numbered
studies are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.interchange.forms.cells import Written, capitals, further, numbered
from ctbone.interchange.tables import AccuracyTable

COLUMNS = ("author", "year", "TP", "FN", "FP", "TN")

#: Risk of bias and concerns about applicability: patient selection, index test, reference
#: standard, flow and timing (Whiting, Ann Intern Med 2011;155:529).
QUADAS = ("rob_PS", "rob_IT", "rob_RS", "rob_FT", "ac_PS", "ac_IT", "ac_RS")

#: Low, high, unclear, as MetaDTA codes them.
_CODES = frozenset({"1", "2", "3"})

_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target, sorted by author."""
    kept = sorted(tables, key=lambda item: item.study)
    authors = numbered(item.study for item in kept)
    rest = _rest(kept)
    if authors != [item.study for item in kept]:
        rest = {"study": [item.study for item in kept], **rest}
    quality = _quality(rest)
    columns = (*COLUMNS, *quality, *rest)
    cells = quality | rest
    rows = (
        {"author": authors[i], "year": _year(item), **capitals(item)}
        | {column: cells[column][i] for column in cells}
        for i, item in enumerate(kept)
    )
    path = write_rows(out / f"{name}.csv", columns, rows)
    return Written(paths=(path,), notes=_notes(quality))


def _rest(tables: Sequence[AccuracyTable]) -> dict[str, list[str]]:
    """Return the further columns without the year, which has a place of its own."""
    columns = tuple(column for column in COLUMNS if column != "year")
    rest = further(tables, columns, study="author")
    return {name: cells for name, cells in rest.items() if name != "year"}


def _quality(rest: dict[str, list[str]]) -> dict[str, list[str]]:
    """Take the columns of QUADAS-2 out of the rest: all seven, or none where there is none."""
    found = {name.casefold(): name for name in rest}
    if not any(column.casefold() in found for column in QUADAS):
        return {}
    empty = [""] * len(next(iter(rest.values())))
    return {column: rest.pop(found.get(column.casefold(), ""), empty) for column in QUADAS}


def _year(item: AccuracyTable) -> str:
    found = _YEAR.search(item.study)
    return item.covariates.get("year") or (found.group() if found else "")


def _notes(quality: dict[str, list[str]]) -> tuple[str, ...]:
    odd = sorted({cell for cells in quality.values() for cell in cells} - _CODES)
    if not odd:
        return ()
    shown = ", ".join(repr(cell[:20]) for cell in odd[:5])
    return (f"MetaDTA codes QUADAS-2 as 1 (low), 2 (high) and 3 (unclear); found also {shown}.",)
