"""confusion_matrices.csv and its kin: 2x2 tables in the form that a meta-analysis consumes.

Any delimited file with the columns ``tp, fp, fn, tn`` (in any letter case) and a column that names
the study is read. Counts are whole numbers of patients; a count that is absent, fractional,
negative or text is refused, never repaired.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ctbone.delimited import read_rows, write_rows
from ctbone.records import ContingencyTable

#: The seven covariates of the review that the tables are made for.
COVARIATES = (
    "validation",
    "backbone",
    "dimensionality",
    "plane",
    "input",
    "window",
    "reference_standard",
)

TABLE_COLUMNS = (
    "study", "cohort", "model", "target", "tp", "fp", "fn", "tn", "n", "n_nonevaluable", "unit",
    *COVARIATES,
)  # fmt: skip

#: What other programs call the column of studies, in the order in which one is taken.
STUDY_COLUMNS = ("study", "studynames", "study_id", "studyid", "names", "author", "id")

#: More patients than live on Earth is a slip of the keyboard.
MAX_COUNT = 10_000_000_000

#: The columns of counts, and what a contingency table calls them.
COUNTS = MappingProxyType(
    {
        "tp": "true_positives",
        "fp": "false_positives",
        "fn": "false_negatives",
        "tn": "true_negatives",
    }
)

# Spreadsheets and Stata write whole numbers with a fraction of zeros.
_WHOLE = re.compile(r"[0-9]+(\.0*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTable:
    """A 2x2 table and what it is a table of.

    Attributes:
        study: Name of the study, as a forest plot shows it.
        table: The counts.
        cohort: Which patients; tables of one cohort are not independent.
        model: Name of the index test.
        target: The condition: ``osteoporosis``, ``osteopenia``, ``normal``; empty when unnamed.
            Files are read in lower case.
        n_nonevaluable: Patients without a result of the index test, outside the counts.
        unit: What was counted.
        covariates: Further columns, by name.
    """

    study: str
    table: ContingencyTable
    cohort: str = ""
    model: str = ""
    target: str = ""
    n_nonevaluable: int = 0
    unit: str = "patient"
    covariates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.study:
            raise ValueError("a table needs the name of its study")
        if self.n_nonevaluable < 0:
            raise ValueError(f"n_nonevaluable must not be negative, got {self.n_nonevaluable}")


def write_tables(path: Path, tables: Iterable[AccuracyTable]) -> Path:
    """Write confusion_matrices.csv and return its path; covariates of one's own come last."""
    kept = tuple(tables)
    own = dict.fromkeys(name for table in kept for name in table.covariates)
    columns = (*TABLE_COLUMNS, *(name for name in own if name not in TABLE_COLUMNS))
    return write_rows(path, columns, (_row(table) for table in kept))


def read_tables(path: Path) -> tuple[AccuracyTable, ...]:
    """Read the 2x2 tables of any delimited file that names its counts and studies.

    Raises:
        ValueError: If the file holds no tables, or a row is not one; the message names the file,
            the line and the column, what was expected and what was found.
    """
    rows = read_rows(path, required=tuple(COUNTS))
    if not rows:
        raise ValueError(f"{path.name}: expected at least one table below the header, found none")
    study = next((name for name in STUDY_COLUMNS if name in rows[0][1]), None)
    if study is None:
        found = list(rows[0][1])[:30]
        raise ValueError(f"{path.name}: expected a column that names the study, found {found}")
    return tuple(_table(cells, study, f"{path.name}, line {line}") for line, cells in rows)


def duplicated_studies(tables: Iterable[AccuracyTable]) -> tuple[str, ...]:
    """Return the studies that give several tables of one target: they are not independent."""
    counts = Counter((table.study, table.target) for table in tables)
    return tuple(sorted({study for (study, _), count in counts.items() if count > 1}))


def _row(item: AccuracyTable) -> dict[str, object]:
    counts = {name: getattr(item.table, cell) for name, cell in COUNTS.items()}
    names = ("study", "cohort", "model", "target", "n_nonevaluable", "unit")
    own: dict[str, object] = {name: getattr(item, name) for name in names}
    return {**item.covariates, **own, **counts, "n": item.table.diseased + item.table.healthy}


def _table(cells: Mapping[str, str], study: str, where: str) -> AccuracyTable:
    counts = {cell: _count(cells, name, where) for name, cell in COUNTS.items()}
    if not cells[study]:
        raise ValueError(f"{where}: expected the name of a study in {study}, found an empty cell")
    known = {study, *COUNTS, "n", "n_nonevaluable", "cohort", "model", "target", "unit", ""}
    missed = cells.get("n_nonevaluable")
    return AccuracyTable(
        study=cells[study],
        table=ContingencyTable(**counts),
        cohort=cells.get("cohort", ""),
        model=cells.get("model", ""),
        # Letter case tells no two conditions apart.
        target=cells.get("target", "").lower(),
        n_nonevaluable=_count(cells, "n_nonevaluable", where) if missed else 0,
        unit=cells.get("unit") or "patient",
        covariates={name: text for name, text in cells.items() if name not in known},
    )


def _count(cells: Mapping[str, str], name: str, where: str) -> int:
    text = cells[name]
    # The longest honest count has eleven digits; more would only strain the conversion.
    if _WHOLE.fullmatch(text) and len(text.partition(".")[0].lstrip("0")) <= len(str(MAX_COUNT)):
        count = int(text.partition(".")[0].lstrip("0") or "0")
        if count <= MAX_COUNT:
            return count
    found = f"{text[:40]!r}" if text else "an empty cell"
    raise ValueError(f"{where}: expected a whole number of patients in {name}, found {found}")
