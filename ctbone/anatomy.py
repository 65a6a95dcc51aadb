"""Vertebral levels in cranio-caudal order, and the numbers that other data sets give them.

A level is valued by its label in VerSe masks (Sekuboyina et al., Medical Image Analysis 2021;73),
which ctbone's own masks use too: C1 to C7 are 1 to 7, T1 to T12 8 to 19, L1 to L5 20 to 24, L6 25,
S1 26 and the supernumerary T13 28. Values therefore do not sort cranio-caudally; ``order`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Literal


class VertebralLevel(IntEnum):
    """A vertebral level, valued by its label in VerSe and ctbone masks.

    Example:
        >>> VertebralLevel["L1"]
        <VertebralLevel.L1: 20>
        >>> VertebralLevel.T13.order < VertebralLevel.L1.order
        True
    """

    C1 = 1
    C2 = 2
    C3 = 3
    C4 = 4
    C5 = 5
    C6 = 6
    C7 = 7
    T1 = 8
    T2 = 9
    T3 = 10
    T4 = 11
    T5 = 12
    T6 = 13
    T7 = 14
    T8 = 15
    T9 = 16
    T10 = 17
    T11 = 18
    T12 = 19
    L1 = 20
    L2 = 21
    L3 = 22
    L4 = 23
    L5 = 24
    L6 = 25
    S1 = 26
    T13 = 28

    @property
    def order(self) -> float:
        """Rank from cranial to caudal; T13 lies between T12 and L1."""
        return 19.5 if self is VertebralLevel.T13 else float(self)


#: Names of the levels that a patient can be measured in: where vertebral density is read from CT.
MeasuredLevel = Literal["T12", "L1", "L2", "L3", "L4"]


def require_levels(names: Sequence[str]) -> None:
    """Refuse a choice of levels that names none, or one of them twice.

    Raises:
        ValueError: If it does; a level counted twice would weigh double in the mean of a patient.
    """
    if not names:
        raise ValueError("levels must name at least one level, got none")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"levels must name each level once, got {', '.join(twice)} twice")


#: How a label map numbers its vertebrae.
Numbering = Literal["verse", "totalsegmentator"]

_V = VertebralLevel

#: TotalSegmentator v2 class map, task ``total``: S1 26, then upwards from L5 27 to C1 50.
_TOTALSEGMENTATOR = {26: _V.S1} | {label: _V(51 - label) for label in range(27, 51)}

#: Label number to level, by numbering scheme.
LABELS: Mapping[Numbering, Mapping[int, VertebralLevel]] = MappingProxyType(
    {
        "verse": MappingProxyType({int(level): level for level in VertebralLevel}),
        "totalsegmentator": MappingProxyType(_TOTALSEGMENTATOR),
    }
)

#: SNOMED CT codes of the levels that results are reported for (pydicom 3.0.2, CID 7609).
SNOMED_CT: Mapping[VertebralLevel, str] = MappingProxyType(
    {_V.T12: "23215003", _V.L1: "66794005", _V.L2: "14293000", _V.L3: "36470004"}
)
