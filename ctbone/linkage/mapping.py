"""How a spreadsheet is read: the columns it has, its words, its dates and its units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal

from ctbone.cohort import DensityRule
from ctbone.densitometry import Phantom

#: How dates are written; ``excel_serial`` counts days as Excel does, ``_1904`` as old Macs did.
DateStyle = Literal[
    "iso", "dicom", "day_first", "month_first", "excel_serial", "excel_serial_1904"
]

#: Units of density: of volumes by QCT, and of areas by DXA.
BmdUnit = Literal["mg/cm3", "g/cm3", "g/cm2"]

#: What text that is neither UTF-8 nor UTF-16 may be in.
Encoding = Literal["cp1252", "cp1250", "latin-1", "gb18030", "shift_jis"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Names of the columns that are read, in any letter case; what is not named is not read."""

    patient_id: str = "patient_id"
    """PatientID as it stands in the DICOM headers; compared in memory, never written."""

    date: str | None = None
    """Date of the densitometry."""

    study_uid: str | None = None
    """StudyInstanceUID of the CT that a row belongs to, where that is known."""

    accession: str | None = None
    """AccessionNumber of the CT that a row belongs to, where that is known."""

    sex: str | None = None
    """Sex."""

    age: str | None = None
    """Age at the densitometry, years; needed where headers give none."""

    birth_date: str | None = None
    """Date of birth; only an age is made of it."""

    region: str | None = None
    """Region of the body, where a file has a row a region."""

    site: str | None = None
    """Site, where one file holds several."""

    bmd: tuple[str, ...] = ()
    """Density; of several columns (L1, L2) the mean of those that are filled."""

    t_score: tuple[str, ...] = ()
    """T-score; of several columns (spine, hip) the lowest."""

    category: str | None = None
    """Normal, osteopenia or osteoporosis."""

    contrast: str | None = None
    """Whether the CT was made with contrast agent, yes or no."""

    implant: str | None = None
    """Whether there is an implant in the lumbar spine, yes or no."""

    split: str | None = None
    """Split that was decided beforehand, as cohort.csv calls it; all rows must have one."""

    def __post_init__(self) -> None:
        names = list(self.names())
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"columns must name each column once, got {twice} more than once")

    def names(self) -> Iterator[str]:
        """Yield every column that is read, in lower case."""
        for item in fields(self):
            value = getattr(self, item.name)
            for name in value if isinstance(value, tuple) else (value,):
                if name is not None:
                    yield name.strip().lower()


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the cells of a spreadsheet say, in any letter case."""

    female: tuple[str, ...] = ("f", "female")
    """Words for female."""

    male: tuple[str, ...] = ("m", "male")
    """Words for male."""

    other_sex: tuple[str, ...] = ("o", "other")
    """Words for any other sex."""

    normal: tuple[str, ...] = ("normal",)
    """Words for normal bone density."""

    osteopenia: tuple[str, ...] = ("osteopenia",)
    """Words for osteopenia."""

    osteoporosis: tuple[str, ...] = ("osteoporosis",)
    """Words for osteoporosis."""

    positive: tuple[str, ...] = ("yes", "y", "true", "1", "x")
    """Words for yes."""

    negative: tuple[str, ...] = ("no", "n", "false", "0")
    """Words for no."""

    missing: tuple[str, ...] = ("na", "n/a", "#n/a", "nan", "null", "-", "?", "unknown")
    """Words for a value that is not known, in any column; an empty cell is one without them."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """How one spreadsheet is read."""

    standard: Literal["QCT", "DXA", "HU"] | None = None
    """The method of its results: it decides what they mean."""

    site: str = ""
    """Site of all its rows."""

    sites: tuple[str, ...] = ()
    """Sites that a column of sites may name, in any letter case; any other word is refused."""

    regions: tuple[str, ...] = ()
    """Regions whose rows are read, where a column names them; of one date the lowest T-score
    counts."""

    columns: Columns = field(default_factory=Columns)
    """Names of its columns."""

    words: Words = field(default_factory=Words)
    """What its cells say."""

    date_style: DateStyle | None = None
    """How its dates are written. Without one, ISO 8601 and cells that Excel knows for dates are
    read, and a file with any other date is refused."""

    decimal_comma: bool = False
    """Whether numbers have a decimal comma; three digits after one are refused if not said."""

    bmd_unit: BmdUnit | None = None
    """Unit of its densities."""

    bmd_phantom: Phantom = "k2hpo4"
    """What its densities by QCT are equivalent to; those of hydroxyapatite are converted."""

    density_rule: DensityRule | None = None
    """Cut-offs that its categories were read from densities by; those of the ACR if not said."""

    patient_id_digits: int | None = None
    """Digits of an identifier: shorter numbers are filled up with the leading zeros that a
    spreadsheet took away."""

    encoding: Encoding | None = None
    """What a CSV file is in that is neither UTF-8 nor UTF-16."""

    worksheet: int = 1
    """Which worksheet of a workbook, counted from 1."""

    def __post_init__(self) -> None:
        if self.standard is None:
            raise ValueError("standard must say what the results were measured by, got nothing")
        if self.worksheet < 1:
            raise ValueError(f"worksheet must be at least 1, got {self.worksheet}")
        if self.patient_id_digits is not None and not 1 <= self.patient_id_digits <= 64:
            found = self.patient_id_digits
            raise ValueError(f"patient_id_digits must lie between 1 and 64, got {found}")
        _require_columns(self.columns)
        _require_lists(self)
        _require_unit(self)

    @property
    def is_areal(self) -> bool:
        """Whether its densities are those of an area, which no density of a volume is."""
        return self.bmd_unit == "g/cm2"


def _require_columns(columns: Columns) -> None:
    """Refuse columns that say neither when nor what."""
    if not (columns.date or columns.study_uid or columns.accession):
        raise ValueError("columns must name a date, a study_uid or an accession, got none")
    if not (columns.bmd or columns.t_score or columns.category):
        raise ValueError("columns must name a bmd, a t_score or a category, got none")


def _require_lists(sheet: Sheet) -> None:
    """Refuse a column of words without the words that it may hold, and the reverse."""
    if sheet.site and sheet.columns.site:
        raise ValueError("give either a site or a column of sites, got both")
    if bool(sheet.columns.site) != bool(sheet.sites):
        raise ValueError("a column of sites and the sites that it may name belong together")
    if bool(sheet.columns.region) != bool(sheet.regions):
        raise ValueError("a column of regions and the regions to read belong together")


def _require_unit(sheet: Sheet) -> None:
    """Refuse densities of a unit that their method does not give."""
    if not sheet.columns.bmd:
        return
    if sheet.bmd_unit is None:
        raise ValueError("bmd_unit must be mg/cm3, g/cm3 or g/cm2 where bmd is read, got nothing")
    expected = {"QCT": ("mg/cm3", "g/cm3"), "DXA": ("g/cm2",)}.get(sheet.standard or "", ())
    if sheet.bmd_unit not in expected:
        wanted = " or ".join(expected) or "no density"
        raise ValueError(f"{sheet.standard} gives {wanted}, got a bmd_unit of {sheet.bmd_unit}")
