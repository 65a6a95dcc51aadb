"""From the rows of a spreadsheet to references, or why a row is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar, cast, get_args

from ctbone.cohort import CohortRow, Split, require_plausible, require_unit, with_category
from ctbone.densitometry import from_hydroxyapatite
from ctbone.ingest import link_key, pseudonym
from ctbone.linkage import cells
from ctbone.linkage.cells import Refused, is_missing
from ctbone.linkage.dates import is_calendar_cell
from ctbone.linkage.fields import Fields
from ctbone.linkage.mapping import Sheet
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference, RefusedRow
from ctbone.linkage.spreadsheets import RawRow

_T = TypeVar("_T")

#: Areal densities that a person can have, g/cm2: a young reference is about 1.0, its standard
#: deviation 0.11. A design choice.
_LEAST_G_CM2, _MOST_G_CM2 = 0.1, 3.0

#: Digits that identifiers with leading zeros have at most. A design choice, for a hint alone.
_MOST_DIGITS = 10


def read_references(
    rows: Sequence[RawRow], sheet: Sheet, *, key: bytes, today: date
) -> list[Reference | RefusedRow]:
    """Read every row of one spreadsheet.

    Args:
        rows: Its rows.
        sheet: How they are read.
        key: Site key of the pseudonyms.
        today: Last day that a date can be.

    Raises:
        ValueError: If dates are written in no style that was named, or all densities are in
            another unit than was named.
    """
    _require_one_kind_of_date(rows, sheet)
    found = [_read(Fields(row, sheet, today), key=key) for row in rows]
    _require_unit(found)
    return found


def lost_zeros(patient: str, *, key: bytes) -> tuple[str, ...]:
    """Return the digests of a number with leading zeros, which a spreadsheet takes away."""
    if not patient.isdigit():
        return ()
    widths = range(len(patient) + 1, _MOST_DIGITS + 1)
    return tuple(link_key(patient.zfill(width), kind="patient", key=key) for width in widths)


def _require_one_kind_of_date(rows: Iterable[RawRow], sheet: Sheet) -> None:
    """Refuse a column in which a workbook knows some dates for dates and others for text.

    A spreadsheet that reads dates in the other order makes dates of those that it can, with day
    and month swapped, and leaves the rest as text: no style reads both right.
    """
    if sheet.date_style not in ("day_first", "month_first"):
        return
    name = (sheet.columns.date or "").strip().lower()
    lines: dict[bool, int] = {}
    for row in rows:
        cell = row.cells.get(name)
        if not is_missing(cell, sheet.words) and (is_calendar_cell(cell) or isinstance(cell, str)):
            lines.setdefault(is_calendar_cell(cell), row.line)
        if len(lines) == 2:
            raise ValueError(
                f"spreadsheet {row.file}: expected dates of examination all as dates or all as "
                f"text, found a date in line {lines[True]} and text in line {lines[False]}; days "
                "and months of such dates may be swapped"
            )


def _require_unit(found: Sequence[Reference | RefusedRow]) -> None:
    """Refuse densities that are all so small, or so large, that they are in another unit."""
    if not found:
        return
    references = [row for row in found if isinstance(row, Reference)]
    densities = [row.bmd_mg_cm3 for row in references if row.bmd_mg_cm3 is not None]
    name = f"spreadsheet {found[0].place.file}"
    require_unit(name, densities)
    wrong = [row for row in found if isinstance(row, RefusedRow) and row.detail == "bmd"]
    wrong = [row for row in wrong if row.reason is LinkReason.IMPLAUSIBLE_VALUE]
    if wrong and not references:
        raise ValueError(
            f"{name}: expected densities in the bmd_unit of its sheet, found none in all "
            f"{len(wrong)} rows that have one; is it another unit?"
        )


def _read(row: Fields, *, key: bytes) -> Reference | RefusedRow:
    patient = ""
    try:
        patient = row.identifier("patient_id", digits=row.sheet.patient_id_digits)
        return _reference(row, patient, key=key)
    except Refused as refused:
        return RefusedRow(
            place=row.place,
            reason=refused.reason,
            patient=link_key(patient, kind="patient", key=key),
            patient_id=pseudonym(patient, key=key) if patient else "",
            detail=refused.detail,
        )


def _reference(row: Fields, patient: str, *, key: bytes) -> Reference:
    if not patient:
        raise Refused(LinkReason.NO_PATIENT_ID)
    region, found = _region(row), _result(row)
    reference = Reference(
        place=row.place,
        patient=link_key(patient, kind="patient", key=key),
        other_patients=lost_zeros(patient, key=key),
        patient_id=pseudonym(patient, key=key),
        day=row.day("date"),
        study_uid=row.identifier("study_uid"),
        accession=link_key(row.identifier("accession"), kind="accession", key=key),
        standard=found.reference_standard,
        bmd_mg_cm3=found.bmd_mg_cm3,
        t_score=found.t_score,
        category=found.category,
        density_rule=found.density_rule,
        region=region,
    )
    if reference.day is None and not reference.names_study:
        raise Refused(LinkReason.NO_DATE)
    return _with_circumstances(reference, row)


def _with_circumstances(reference: Reference, row: Fields) -> Reference:
    """Add what a row says of the patient and the examination beside the result."""
    age, birth = next(iter(row.numbers("age")), None), row.day("birth_date")
    if birth is not None and reference.day is not None and birth >= reference.day:
        raise Refused(LinkReason.IMPOSSIBLE_DATE, "birth_date")
    _require_plausible("age_years", age)
    words = row.sheet.words
    return replace(
        reference,
        site=_site(row),
        sex=row.word(lambda cell: cells.sex(cell, words), "sex"),
        age_years=age,
        birth=birth,
        contrast=row.truth("contrast"),
        implant=row.truth("implant"),
        split=_split(row),
    )


def _result(row: Fields) -> CohortRow:
    """Return the result as a row of a cohort would hold it, which checks and completes it."""
    sheet = row.sheet
    density, t_score = _density(row), min(row.numbers("t_score"), default=None)
    category = row.word(lambda cell: cells.category(cell, sheet.words), "category")
    # A T-score decides where a DXA gave it; of any other method it is no result by itself.
    if density is None and category is None and (t_score is None or sheet.standard != "DXA"):
        is_areal = sheet.is_areal and row.numbers("bmd")
        raise Refused(LinkReason.AREAL_DENSITY_ONLY if is_areal else LinkReason.NO_RESULT)
    _require_plausible("bmd_mg_cm3", density)
    _require_plausible("t_score", t_score)
    make = partial(
        CohortRow,
        patient_id="unknown",
        study_uid="unknown",
        path="",
        study_date=None,
        sex=None,
        age_years=None,
        site="",
        split="train",
        reference_standard=sheet.standard or "HU",
        reference_date=None,
        bmd_mg_cm3=density,
        t_score=t_score,
        category=category,
        density_rule=sheet.density_rule,
    )
    return with_category(_try(make, Refused(LinkReason.CATEGORY_DISAGREES)))


def _density(row: Fields) -> float | None:
    """Return the density of a volume, mg/cm3 of K2HPO4; that of an area is only checked."""
    found = row.numbers("bmd")
    if not found:
        return None
    mean = sum(found) / len(found)
    if row.sheet.is_areal:
        if not _LEAST_G_CM2 <= mean <= _MOST_G_CM2:
            raise Refused(LinkReason.IMPLAUSIBLE_VALUE, "bmd")
        return None
    density = mean * 1000.0 if row.sheet.bmd_unit == "g/cm3" else mean
    if row.sheet.bmd_phantom == "hydroxyapatite":
        density = from_hydroxyapatite(density)
    # No scanner resolves a millionth, and 0.12 g/cm3 are 120 mg/cm3.
    return round(density, 6)


def _region(row: Fields) -> str:
    """Return the region of a row; empty where the file does not part them.

    A region that is not asked for is nothing that is wrong with a row: any word will do.
    """
    if row.sheet.columns.region is None:
        return ""
    try:
        regions = row.sheet.regions
        found = row.word(lambda cell: cells.one_of(cell, regions, name="region"), "region")
    except Refused:
        found = None
    if found is None:
        raise Refused(LinkReason.OTHER_REGION)
    return found


def _site(row: Fields) -> str:
    sheet = row.sheet
    if sheet.columns.site is None:
        return sheet.site
    return row.word(lambda cell: cells.one_of(cell, sheet.sites, name="site"), "site") or ""


def _split(row: Fields) -> Split | None:
    if row.sheet.columns.split is None:
        return None
    found = row.word(lambda cell: cells.one_of(cell, get_args(Split), name="split"), "split")
    if found is None:
        raise Refused(LinkReason.UNKNOWN_WORD, "split")
    return cast("Split", found)


def _require_plausible(name: str, value: float | None) -> None:
    shown = {"age_years": "age", "bmd_mg_cm3": "bmd"}.get(name, name)
    _try(partial(require_plausible, {name: value}), Refused(LinkReason.IMPLAUSIBLE_VALUE, shown))


def _try(make: Callable[[], _T], otherwise: Refused) -> _T:
    try:
        return make()
    except ValueError:
        raise otherwise from None
