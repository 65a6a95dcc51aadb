"""Attenuation beside reference density: the pairs that a scanner's line is fitted to.

Either a table lists them, or they follow from a screened cohort: the mean trabecular attenuation
of L1 and L2 as the HU line measured it, against the reference density of the same patient, which
is the mean of the same two bodies. A line has one pair of that kind of a patient, so that the
scatter about it is that of patients and not of single vertebrae, and its pairs err on their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from typing import NamedTuple

from ctbone.cohort import CohortRow, Split, read_cohort
from ctbone.delimited import MEMBERS, read_rows, to_number, to_truth
from ctbone.records import Flag

COLUMNS = ("scanner", "hu", "bmd_mg_cm3")

#: Tube potentials that CT is made at, kilovolts: a design choice, with room on either side.
LEAST_KVP, MOST_KVP = 40.0, 200.0

#: The bodies that attenuation and reference density of a screened patient are the means of.
LEVELS = ("L1", "L2")

#: Reference standards whose density is one: beside DXA and HU it decides nothing.
_DENSITOMETRIC = frozenset({"QCT", "simulated"})

_CORRECTED = frozenset({Flag.CORRECTED_KV.value, Flag.CORRECTED_CONTRAST.value})


class Scanner(NamedTuple):
    """What has a line of its own.

    Attributes:
        name: Of the scanner.
        kvp: Tube potential, kilovolts; ``None`` when unknown.
    """

    name: str
    kvp: float | None


#: Attenuation (HU) and density (mg/cm3) of each pair, by scanner.
Pairs = Mapping[Scanner, list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class ScreenedPairs:
    """Pairs of a screened cohort.

    Attributes:
        pairs: By scanner: the maker that the headers name, and the site of the cohort.
        left_out: How many studies of the asked splits give no pair, by the reason.
    """

    pairs: Pairs
    left_out: Mapping[str, int]


def read_pairs(path: Path) -> Pairs:
    """Read a table of pairs, a row a measurement.

    Raises:
        ValueError: If the table lacks a column, or a cell is no number.
    """
    pairs: dict[Scanner, list[tuple[float, float]]] = defaultdict(list)
    for where, row in _placed(path, COLUMNS):
        if not row["scanner"]:
            raise ValueError(f"{where}: expected the name of a scanner, found an empty cell")
        scanner = Scanner(row["scanner"], _kvp(row, where))
        pairs[scanner].append((_number(row, "hu", where), _number(row, "bmd_mg_cm3", where)))
    return pairs


def pair_screened(
    *,
    vertebrae: Path,
    results: Path,
    cohort: Path,
    splits: tuple[Split, ...],
    together: str = "",
) -> ScreenedPairs:
    """Pair what the HU line measured in a cohort with its reference densities.

    Left out are studies with an agent or whose attenuation was corrected, since a line is of
    attenuation as it was measured, those where L1 or L2 was not measured, and all but one of a
    patient on one scanner: that nearest to its reference in time, of those the earliest, and
    where dates do not tell them apart the first of the cohort.

    Args:
        vertebrae: vertebrae.csv of the run.
        results: results.csv of it, for how each series was acquired.
        cohort: cohort.csv.
        splits: Splits whose studies are paired.
        together: What all scanners and tube potentials are called that are to have one line; by
            default each has its own.

    Raises:
        ValueError: If a table lacks a column, or a cell is not what its column holds.
    """
    attenuations, acquired = _attenuations(vertebrae), _acquired(results)
    found_of: dict[tuple[Scanner, str], list[_Measured]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for row in read_cohort(cohort):
        if row.split not in splits:
            continue
        found, series = attenuations.get(row.study_uid, {}), acquired.get(row.study_uid)
        if row.bmd_mg_cm3 is None or row.reference_standard not in _DENSITOMETRIC:
            left_out["without_reference_density"] += 1
        elif series is None or not all(level in found for level in LEVELS):
            left_out["not_measured"] += 1
        elif why := series.against:
            left_out[why] += 1
        else:
            mean = sum(found[level] for level in LEVELS) / len(LEVELS)
            scanner = Scanner(together, None) if together else series.scanner(row.site)
            measured = _Measured(row, (mean, row.bmd_mg_cm3))
            found_of[scanner, row.patient_id].append(measured)
    return _one_a_patient(found_of, left_out)


class _Measured(NamedTuple):
    """A study that gives a pair."""

    row: CohortRow
    pair: tuple[float, float]

    @property
    def rank(self) -> tuple[float, date]:
        """How far it lies from its reference, days, and when it was made; least comes first."""
        made, compared = self.row.study_date, self.row.reference_date
        apart = inf if made is None or compared is None else abs((made - compared).days)
        return apart, made or date.max


def _one_a_patient(
    found: Mapping[tuple[Scanner, str], Sequence[_Measured]], left_out: Counter[str]
) -> ScreenedPairs:
    pairs: dict[Scanner, list[tuple[float, float]]] = defaultdict(list)
    for (scanner, _), studies in found.items():
        pairs[scanner].append(min(studies, key=lambda study: study.rank).pair)
    others = sum(map(len, found.values())) - len(found)
    return ScreenedPairs(pairs, left_out + Counter(another_of_the_patient=others))


def _attenuations(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Return the trabecular attenuation of each level that was measured, by study."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for where, row in _placed(path, ("study_uid", "level", "trabecular_hu")):
        if row["trabecular_hu"]:
            levels, level = found[row["study_uid"]], row["level"]
            if level in levels:
                raise ValueError(
                    f"{where}: a study must have each level once, {level} is repeated"
                )
            levels[level] = _number(row, "trabecular_hu", where)
    return found


class _Series(NamedTuple):
    """How a series was acquired."""

    where: str
    cells: Mapping[str, str]
    is_enhanced: bool

    @property
    def against(self) -> str:
        """Why it gives no pair; nothing where it gives one."""
        if self.is_enhanced:
            return "contrast_enhanced"
        return "corrected" if _CORRECTED & set(self.cells["flags"].split(MEMBERS)) else ""

    def scanner(self, site: str) -> Scanner:
        """Return the scanner of a site that it was acquired by."""
        words = " ".join(word for word in (self.cells["manufacturer"], site) if word)
        return Scanner(words or "unnamed scanner", _kvp(self.cells, self.where))


def _acquired(path: Path) -> Mapping[str, _Series]:
    columns = ("study_uid", "manufacturer", "kvp", "contrast", "flags")
    found: dict[str, _Series] = {}
    for where, row in _placed(path, columns):
        if row["study_uid"] in found:
            raise ValueError(f"{where}: a study must stand once, that of this line is repeated")
        is_enhanced = to_truth(row["contrast"], name=f"{where}: contrast")
        found[row["study_uid"]] = _Series(where, row, bool(is_enhanced))
    return found


def _placed(path: Path, required: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the rows of a table, each with where it stands."""
    for line, row in read_rows(path, required=required):
        yield f"{path.name}, line {line}", row


def _kvp(row: Mapping[str, str], where: str) -> float | None:
    if not row.get("kvp"):
        return None
    kvp = _number(row, "kvp", where)
    if not LEAST_KVP <= kvp <= MOST_KVP:
        expected = f"between {LEAST_KVP:g} and {MOST_KVP:g} kilovolts"
        raise ValueError(f"{where}: kvp must lie {expected}, got {kvp:g}")
    return kvp


def _number(row: Mapping[str, str], column: str, where: str) -> float:
    return to_number(row[column], name=f"{where}: {column}")
