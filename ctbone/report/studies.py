"""The studies of a run, gathered from the tables that it left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ctbone.delimited import MEMBERS, read_rows, to_number, to_truth
from ctbone.errors import Reason
from ctbone.interchange import ResultRow, read_results
from ctbone.report.runs import Run
from ctbone.uids import is_uid

#: What can be said of the density of a patient, the first that is known first.
QUANTITIES = ("bmd_mg_cm3", "t_score", "trabecular_hu")

#: A level less likely than this is given with the one that it would else be, as on pictures.
_SURE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number and the limits that it was given, if any.

    Attributes:
        value: In the unit of its quantity.
        lower: Lower 90 % limit.
        upper: Upper 90 % limit.
    """

    value: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study of a run; what does not apply is empty.

    Attributes:
        study_uid: StudyInstanceUID, as the tables have it.
        status: ``screened`` or ``located``, else ``rejected``.
        result: Its row of results.csv; ``None`` of a run that only localises.
        reason: Why it was rejected.
        detail: The sentence to it.
        stage: Where it was.
        series_uid: SeriesInstanceUID of the series that was read.
        levels: The measured levels.
        measures: Of the patient, by quantity.
        category: Category of the patient.
        flags: What a reader has to know.
        scanner: Which scanner, in a word that names no patient and no place.
        month: Of the study, ``YYYY-MM``.
        vertebrae: Its rows of vertebrae.csv.
    """

    study_uid: str
    status: str
    result: ResultRow | None = None
    reason: str = ""
    detail: str = ""
    stage: str = ""
    series_uid: str = ""
    levels: tuple[str, ...] = ()
    measures: Mapping[str, Measure]
    category: str = ""
    flags: tuple[str, ...] = ()
    scanner: str = ""
    month: str = ""
    vertebrae: tuple[Mapping[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What its files are called: its UID, or a digest of what stands in place of one."""
        if self.is_named_soundly:
            return self.study_uid
        return f"study-{sha256(self.study_uid.encode()).hexdigest()[:16]}"

    @property
    def is_named_soundly(self) -> bool:
        """Whether it has a UID that a file can be named by."""
        return is_uid(self.study_uid)

    @property
    def is_rejected(self) -> bool:
        """Whether it has no result."""
        return self.status == "rejected"

    @property
    def located(self) -> tuple[Mapping[str, str], ...]:
        """Rows of the vertebrae that were found."""
        return tuple(row for row in self.vertebrae if row.get("centroid_z_mm"))


def read_studies(run: Run) -> tuple[Study, ...]:
    """Read the studies of a run that has some.

    Raises:
        ValueError: If a table is missing or not sound.
    """
    levels = _vertebrae(run.folder)
    stages = {row["study_uid"]: row for row in _rows(run.folder / "rejections.csv")}
    if run.command == "screen":
        return tuple(_screened(run.folder, levels, stages))
    wanted = run.stated.get("config", {}).get("levels", [])
    return tuple(_located(levels, stages, wanted=wanted if isinstance(wanted, list) else []))


def members(cell: str) -> tuple[str, ...]:
    """Return the members of a cell that holds several."""
    return tuple(part.strip() for part in cell.split(MEMBERS) if part.strip())


def number_in(row: Mapping[str, str], column: str) -> float | None:
    """Return a number of a row, or ``None`` where it has none there.

    Raises:
        ValueError: If the cell holds something else.
    """
    text = row.get(column, "")
    return to_number(text, name=column) if text else None


def is_measured(row: Mapping[str, str]) -> bool | None:
    """Say whether a vertebra could be measured; ``None`` where nobody asked for it.

    Raises:
        ValueError: If the cell is neither true nor false.
    """
    return to_truth(row.get("evaluable", ""), name="evaluable")


def other_reading(row: Mapping[str, str]) -> str:
    """Return the level that a vertebra may be instead; empty where its own is sure.

    Raises:
        ValueError: If its probability is no number.
    """
    confidence = number_in(row, "confidence")
    is_sure = confidence is None or confidence >= _SURE
    unsure = row.get("reason") == Reason.LEVEL_UNCERTAIN or not is_sure
    return row.get("runner_up", "") if unsure else ""


Rows = Mapping[str, Sequence[Mapping[str, str]]]


def _rows(path: Path) -> list[dict[str, str]]:
    return [cells for _, cells in read_rows(path, required=("study_uid",))]


def _vertebrae(folder: Path) -> Rows:
    path, found = folder / "vertebrae.csv", dict[str, list[Mapping[str, str]]]()
    for line, row in read_rows(path, required=("study_uid",)):
        try:
            is_measured(row)
        except ValueError as fault:
            raise ValueError(f"{path.name}, line {line}: {fault}") from None
        found.setdefault(row["study_uid"], []).append(row)
    return found


def _screened(
    folder: Path, levels: Rows, stages: Mapping[str, Mapping[str, str]]
) -> Iterator[Study]:
    path = folder / "results.csv"
    for row in read_results(path):
        rows = tuple(levels.get(row.study_uid, ()))
        yield Study(
            study_uid=row.study_uid,
            status=row.status,
            result=row,
            reason=row.reason or "",
            detail=row.detail,
            stage=stages.get(row.study_uid, {}).get("stage", ""),
            series_uid=row.series_uid,
            levels=tuple(level.name for level in row.levels),
            measures=_measures(row, rows),
            category=row.category or "",
            flags=row.flags,
            scanner=row.scanner or _maker(row),
            month=row.study_month,
            vertebrae=rows,
        )


def _maker(row: ResultRow) -> str:
    """Say what is known of a scanner that the header does not tell from others of its maker."""
    kvp = "" if row.kvp is None else f"{row.kvp:g} kV"
    return " ".join(part for part in (row.manufacturer, kvp) if part)


def _measures(row: ResultRow, rows: Sequence[Mapping[str, str]]) -> dict[str, Measure]:
    found = {}
    if row.bmd_mg_cm3 is not None:
        limits = (row.bmd_lower_mg_cm3, row.bmd_upper_mg_cm3)
        found["bmd_mg_cm3"] = Measure(value=row.bmd_mg_cm3, lower=limits[0], upper=limits[1])
    if row.t_score is not None:
        limits = (row.t_score_lower, row.t_score_upper)
        found["t_score"] = Measure(value=row.t_score, lower=limits[0], upper=limits[1])
    hu = row.trabecular_hu
    if hu is None:
        hu = _mean_hu(rows, [level.name for level in row.levels])
    if hu is not None:
        found["trabecular_hu"] = Measure(value=hu)
    return found


def _mean_hu(rows: Sequence[Mapping[str, str]], levels: Sequence[str]) -> float | None:
    known = [number_in(row, "trabecular_hu") for row in rows if row.get("level") in levels]
    values = [value for value in known if value is not None]
    return sum(values) / len(values) if values else None


def _located(
    levels: Rows, stages: Mapping[str, Mapping[str, str]], *, wanted: Sequence[str]
) -> Iterator[Study]:
    for uid in dict.fromkeys((*levels, *stages)):
        rows, refused = tuple(levels.get(uid, ())), stages.get(uid, {})
        measured = [row for row in rows if is_measured(row)]
        names = tuple(row["level"] for row in measured if row.get("level") in wanted)
        hu = None if refused else _mean_hu(measured, names)
        yield Study(
            study_uid=uid,
            status="rejected" if refused else "located",
            reason=refused.get("reason", ""),
            detail=refused.get("detail", ""),
            stage=refused.get("stage", ""),
            series_uid=rows[0].get("series_uid", "") if rows else "",
            levels=() if refused else names,
            measures={} if hu is None else {"trabecular_hu": Measure(value=hu)},
            flags=tuple(
                dict.fromkeys(flag for row in rows for flag in members(row.get("flags", "")))
            ),
            vertebrae=rows,
        )
