"""confusion_matrices.csv: 2x2 tables in the form that a meta-analysis consumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ctbone.delimited import write_rows
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

#: The columns of counts, and what a contingency table calls them.
COUNTS = MappingProxyType(
    {
        "tp": "true_positives",
        "fp": "false_positives",
        "fn": "false_negatives",
        "tn": "true_negatives",
    }
)

#: Columns that number the study where the column of studies tells its tables apart.
STUDY_NUMBERS = ("study_id", "studyid")

#: Characters of a name that a sentence shows.
_SHOWN = 60

#: What a table is called beside its study and its counts, in the order of the columns.
TITLES = ("target", "model", "cohort", "n_nonevaluable", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTable:
    """A 2x2 table and what it is a table of.

    Attributes:
        study: Name of the study, as a forest plot shows it.
        table: The counts.
        cohort: Which patients; tables of one cohort are not independent.
        model: Name of the index test.
        target: The condition: ``osteoporosis``, ``osteopenia``, ``normal``, or ``low_bone_mass``
            for osteopenia and osteoporosis together; empty when unnamed. Files are read in lower
            case.
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


def count_cells(table: ContingencyTable) -> dict[str, int]:
    """Return the counts of a table by the names of their columns."""
    return {name: getattr(table, cell) for name, cell in COUNTS.items()}


def write_tables(path: Path, tables: Iterable[AccuracyTable]) -> Path:
    """Write confusion_matrices.csv and return its path; covariates of one's own come last."""
    kept = tuple(tables)
    own = dict.fromkeys(name for table in kept for name in table.covariates)
    columns = (*TABLE_COLUMNS, *(name for name in own if name not in TABLE_COLUMNS))
    return write_rows(path, columns, (_row(table) for table in kept))


def repeated_tables(tables: Iterable[AccuracyTable]) -> tuple[str, ...]:
    """Return a sentence for each table that stands more than once, alike in every cell.

    Two tables of one study can agree in all that is stated, so nothing is left out; a row that was
    pasted twice is the likelier story, and whoever pools the tables should look.
    """
    counts = Counter((t.study, t.target, str(t)) for t in tables)
    return tuple(
        f"{study[:_SHOWN]!r}: {count} tables{_about(target)} agree in every cell and count as so "
        "many; is one of them a copy?"
        for (study, target, _), count in counts.items()
        if count > 1
    )


def _about(target: str) -> str:
    return f" of {target[:_SHOWN]!r}" if target else ""


def _row(item: AccuracyTable) -> dict[str, object]:
    names = ("study", "cohort", "model", "target", "n_nonevaluable", "unit")
    own: dict[str, object] = {name: getattr(item, name) for name in names}
    return {
        **item.covariates,
        **own,
        **count_cells(item.table),
        "n": item.table.diseased + item.table.healthy,
    }
