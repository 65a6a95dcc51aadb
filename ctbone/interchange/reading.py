"""2x2 tables from any of the forms that programs of meta-analysis keep them in.

* A delimited file or a Stata file (``.dta``) with the columns ``tp, fp, fn, tn``, in any order and
  letter case, and a column that names the study: a row a table. A file that has these columns and
  those of the long form is read by these.
* The long form of lme4, ``study, sens, spec, n, true``: two rows a table (``forms.lme4``).

Counts are whole numbers of patients; a count that is absent, fractional, negative or text is
refused, never repaired. Workbooks (.xlsx) are not read: their sheets can be saved as CSV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ctbone.delimited import read_rows
from ctbone.interchange.counts import to_count
from ctbone.interchange.forms import lme4, stata
from ctbone.interchange.forms.cells import STUDY_COLUMNS, numbered, own_names
from ctbone.interchange.tables import COUNTS, TITLES, AccuracyTable
from ctbone.records import ContingencyTable

#: Columns that are no covariates.
_KNOWN = frozenset({*COUNTS, *TITLES, "n", ""})

_Rows = Sequence[tuple[int, Mapping[str, str]]]


def read_tables(path: Path) -> tuple[AccuracyTable, ...]:
    """Read the 2x2 tables of a file in any form that ``ctbone export`` writes, and their kin.

    The columns ``target``, ``model``, ``cohort``, ``unit`` and ``n_nonevaluable`` are taken where
    they stand, ``n`` is compared with the sum of the counts, and every other column is a
    covariate. Names of columns come in lower case, as do targets.

    The column of studies is the first of ``STUDY_COLUMNS`` that the file has. Where that is
    ``author`` and one author stands in rows of several years, each year is a study of its own,
    and is added to the name.

    Raises:
        ValueError: If the file holds no tables, or a row is not one; the message names the file,
            the line and the column, what was expected and what was found.
    """
    rows = _rows(path)
    if not rows:
        raise ValueError(f"{path.name}: expected at least one table below the header, found none")
    study = _study_column(rows[0][1], path.name)
    if not set(COUNTS) <= rows[0][1].keys():
        rows = lme4.pair(rows, study=study, name=path.name)
    dated = _dated(rows) if study == "author" else frozenset[str]()
    apart = _KNOWN | {study} | _numbering(rows, study)
    return tuple(
        _table(cells, (study, dated, apart), f"{path.name}, line {line}") for line, cells in rows
    )


def _rows(path: Path) -> _Rows:
    read = stata.read_rows if path.suffix.lower() == ".dta" else read_rows
    return read(path, required=tuple(COUNTS), instead=lme4.REQUIRED)


def _study_column(columns: Iterable[str], name: str) -> str:
    found = list(columns)
    if study := next((column for column in STUDY_COLUMNS if column in found), None):
        return study
    shown = [column[:40] for column in found[:30]]
    raise ValueError(
        f"{name}: expected a column that names the study, such as study or author, found {shown}"
    )


def _dated(rows: _Rows) -> frozenset[str]:
    """Return the authors of several years."""
    years: dict[str, set[str]] = {}
    for _, cells in rows:
        years.setdefault(cells["author"], set()).add(cells.get("year", ""))
    return frozenset(author for author, found in years.items() if len(found) > 1)


def _numbering(rows: _Rows, study: str) -> frozenset[str]:
    """Return ``author`` where it repeats the studies, those of several tables numbered."""
    authors, studies = ([cells.get(name, "") for _, cells in rows] for name in ("author", study))
    is_one = studies != authors == numbered(studies)
    return frozenset({"author"} if is_one else ())


def _table(
    cells: Mapping[str, str], how: tuple[str, frozenset[str], frozenset[str]], where: str
) -> AccuracyTable:
    study, dated, apart = how
    if not cells[study]:
        raise ValueError(f"{where}: expected the name of a study in {study}, found an empty cell")
    name = f"{cells[study]} {cells['year']}" if cells[study] in dated else cells[study]
    missed, own = cells.get("n_nonevaluable"), own_names(cells)
    further = {c: text for c, text in cells.items() if c not in apart}
    return AccuracyTable(
        study=name.strip(),
        table=_counts(cells, where),
        cohort=cells.get("cohort", ""),
        model=cells.get("model", ""),
        # Neither letter case nor white space tells two conditions apart.
        target=" ".join(cells.get("target", "").lower().split()),
        n_nonevaluable=to_count(cells, "n_nonevaluable", where) if missed else 0,
        unit=cells.get("unit") or "patient",
        covariates={own.get(c, c): text for c, text in further.items()},
    )


def _counts(cells: Mapping[str, str], where: str) -> ContingencyTable:
    counts = {name: to_count(cells, name, where) for name in COUNTS}
    if cells.get("n") and (stated := to_count(cells, "n", where)) != sum(counts.values()):
        wanted = f"expected the sum of tp, fp, fn and tn, {sum(counts.values())}, in n"
        raise ValueError(f"{where}: {wanted}, found {stated}")
    return ContingencyTable(**{COUNTS[name]: count for name, count in counts.items()})
