"""What the forms share: counts, what else a table states, and headers that never clash.

Beside its own columns each form carries what the tables state of themselves (target, model,
cohort, patients without a result, unit) and their covariates, under their own names. A covariate
whose name the form needs for itself is numbered, ``names_2``; one that no table states is left
out, since an empty column reads back as nothing. Columns that number the studies get their own
name back when they are read (``own_names``), since tables are linked by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.interchange.naming import unique
from ctbone.interchange.tables import (
    COUNTS,
    STUDY_NUMBERS,
    TITLES,
    AccuracyTable,
    count_cells,
)

#: What other programs call the column of studies. Where a file has several of them, the first one
#: in this order names the study and the others are covariates.
STUDY_COLUMNS = ("study", "studynames", "study_id", "studyid", "names", "author", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an export wrote.

    Attributes:
        paths: The files.
        notes: What a reader of them has to know, a sentence each.
    """

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def capitals(item: AccuracyTable) -> dict[str, object]:
    """Return the four counts by their names in capitals."""
    return {name.upper(): count for name, count in count_cells(item.table).items()}


def titles(item: AccuracyTable) -> dict[str, str]:
    """Return what a table says of itself beside its study; what goes without saying is empty."""
    missed = str(item.n_nonevaluable) if item.n_nonevaluable else ""
    unit = "" if item.unit == "patient" else item.unit
    values = (item.target, item.model, item.cohort, missed, unit)
    return dict(zip(TITLES, values, strict=True))


def further(
    tables: Sequence[AccuracyTable], columns: Iterable[str], *, study: str
) -> dict[str, list[str]]:
    """Return the columns that follow those of a form, by header, with a cell a table.

    Args:
        tables: The tables of one file.
        columns: Those of the form.
        study: The one of them that names the study; what would be read in its place is numbered.
    """
    titled = [titles(item) for item in tables]
    found = {name: [cells[name] for cells in titled] for name in TITLES}
    kept = {name: cells for name, cells in found.items() if any(cells)}
    earlier = STUDY_COLUMNS[: STUDY_COLUMNS.index(study)]
    taken = {name.casefold() for name in (*columns, *earlier, *COUNTS, *TITLES, "n", "")}
    for name in dict.fromkeys(name for item in tables for name in item.covariates):
        cells = [item.covariates.get(name, "") for item in tables]
        if any(cells):
            kept[unique(name.strip(), taken)] = cells
    return kept


def own_names(columns: Iterable[str]) -> dict[str, str]:
    """Return the columns that number the studies and were numbered themselves, with their names.

    Example:
        >>> own_names(["names", "study_id_2"])
        {'study_id_2': 'study_id'}
    """
    found = set(columns)
    named = {f"{name}_2": name for name in STUDY_NUMBERS if name not in found}
    return {column: name for column, name in named.items() if column in found}


def write_wide(path: Path, columns: Sequence[str], tables: Sequence[AccuracyTable]) -> Path:
    """Write a row a table: the column of studies first, the counts, and what else is stated."""
    rest = further(tables, columns, study=columns[0].lower())
    rows = (
        {columns[0]: item.study, **capitals(item)} | {name: rest[name][i] for name in rest}
        for i, item in enumerate(tables)
    )
    return write_rows(path, (*columns, *rest), rows)


def write_with_script(
    out: Path, name: str, tables: Sequence[AccuracyTable], *, columns: Sequence[str], script: str
) -> Written:
    """Write a row a table, and beside it the script in R that reads it.

    Args:
        out: Folder for both files.
        name: Of both, without their endings.
        tables: Those of one target.
        columns: Of the form, that of the studies first.
        script: Its text; ``{data}`` stands for the name of the file of data.
    """
    data = write_wide(out / f"{name}.csv", columns, tables)
    lines = script.format(data=data.name).splitlines()
    return Written(paths=(data, write_script(out / f"{name}.R", lines)))


def numbered(names: Iterable[str]) -> list[str]:
    """Number the names that stand more than once, so that each stands once.

    Example:
        >>> numbered(["Abel", "Abel", "Zhao"])
        ['Abel', 'Abel (2)', 'Zhao']
    """
    given = list(names)
    taken, found = set(given), list[str]()
    for name in given:
        chosen, number = name, 1
        while chosen in found or (number > 1 and chosen in taken):
            number += 1
            chosen = f"{name} ({number})"
        found.append(chosen)
    return found


def write_script(path: Path, lines: Iterable[str]) -> Path:
    """Write a script in UTF-8 and return its path."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
