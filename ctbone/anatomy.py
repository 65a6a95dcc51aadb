"""Vertebral levels in cranio-caudal order, and what other data sets and DICOM call them.

A level is valued by its label in VerSe masks (Sekuboyina et al., Medical Image Analysis 2021;73),
which ctbone's own masks use too: C1 to C7 are 1 to 7, T1 to T12 8 to 19, L1 to L5 20 to 24, L6 25,
S1 26 and the supernumerary T13 28. Values therefore do not sort cranio-caudally; ``order`` does.

``LABELS`` is the one table of numbers; whatever reads or writes label maps asks it. Sources, each
read in its own repository:

* VerSe: README of anjany/verse. Its 26 is the sacrum as a whole, and not outlined in its data.
* TotalSegmentator: ``map_to_binary.py`` of wasserth/TotalSegmentator (Apache-2.0), class maps
  ``total_v1`` (104 classes) and ``total`` (117 classes, since version 2). It knows no L6 or T13.
* MONAI: ``metadata.json`` of ``wholeBody_ct_segmentation`` in Project-MONAI/model-zoo
  (Apache-2.0), trained on the 104 classes and numbered like them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Literal, NamedTuple


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


def to_levels(names: Iterable[str]) -> tuple[VertebralLevel, ...]:
    """Return levels by their names.

    Raises:
        KeyError: If a name is that of none.

    Example:
        >>> to_levels(["T13", "L1"])
        (<VertebralLevel.T13: 28>, <VertebralLevel.L1: 20>)
    """
    return tuple(VertebralLevel[name] for name in names)


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


#: How a label map numbers its vertebrae. ``totalsegmentator`` is version 2, as the name always
#: meant here. nnU-Net has no numbers of its own: each of its data sets says what they mean.
Numbering = Literal[
    "verse",
    "totalsegmentator",
    "totalsegmentator_v1",
    "totalsegmentator_v2",
    "monai",
    "nnunet",
]

_V = VertebralLevel

#: Of 104 classes, upwards from L5 18 to C1 41.
_OF_104 = MappingProxyType({label: _V(42 - label) for label in range(18, 42)})

#: Of 117 classes, S1 26 and upwards from L5 27 to C1 50.
_OF_117 = MappingProxyType({26: _V.S1} | {label: _V(51 - label) for label in range(27, 51)})

#: Label number to level, by numbering scheme; empty for nnU-Net.
LABELS: Mapping[Numbering, Mapping[int, VertebralLevel]] = MappingProxyType(
    {
        "verse": MappingProxyType({int(level): level for level in VertebralLevel}),
        "totalsegmentator": _OF_117,
        "totalsegmentator_v1": _OF_104,
        "totalsegmentator_v2": _OF_117,
        "monai": _OF_104,
        "nnunet": MappingProxyType({}),
    }
)


def structure_name(level: VertebralLevel) -> str:
    """Return what TotalSegmentator and MONAI call a vertebra, in class maps and file names.

    Example:
        >>> structure_name(VertebralLevel.L1)
        'vertebrae_L1'
    """
    return f"vertebrae_{level.name}"


class Code(NamedTuple):
    """A coded concept as DICOM writes it: value, coding scheme and meaning."""

    value: str
    scheme: str
    meaning: str


#: SNOMED CT codes of the vertebrae: DICOM PS3.16, CID 7603, as in pydicom 3.0.2; that of S1, which
#: the context group lacks, as in TotalSegmentator's ``totalsegmentator_snomed_mapping.csv`` and in
#: HL7's CodeX guide to radiation therapy.
SNOMED_CT: Mapping[VertebralLevel, str] = MappingProxyType(
    {
        _V.C1: "14806007",
        _V.C2: "39976000",
        _V.C3: "113205007",
        _V.C4: "5329002",
        _V.C5: "36978003",
        _V.C6: "36054005",
        _V.C7: "87391001",
        _V.T1: "64864005",
        _V.T2: "53733008",
        _V.T3: "1626008",
        _V.T4: "73071006",
        _V.T5: "56401006",
        _V.T6: "45296009",
        _V.T7: "62487009",
        _V.T8: "11068009",
        _V.T9: "82687006",
        _V.T10: "7610001",
        _V.T11: "12989004",
        _V.T12: "23215003",
        _V.L1: "66794005",
        _V.L2: "14293000",
        _V.L3: "36470004",
        _V.L4: "11994002",
        _V.L5: "49668003",
        _V.S1: "65985001",
    }
)

#: Stands for the supernumerary levels, for which neither source has a code: the spine that they
#: belong to (DICOM PS3.16, CID 4).
_REGIONS = MappingProxyType(
    {
        _V.T13: Code("122495006", "SCT", "Thoracic spine"),
        _V.L6: Code("122496007", "SCT", "Lumbar spine"),
    }
)

#: A vertebral body, whichever (SNOMED CT, in both sources of ``SNOMED_CT`` for S1), and bone as a
#: tissue (DICOM PS3.16, CID 7166).
VERTEBRAL_BODY = Code("3572006", "SCT", "Vertebral body")
BONE_TISSUE = Code("3138006", "SCT", "Bone")


def anatomic_region(level: VertebralLevel) -> Code:
    """Return the code of a vertebra; of its part of the spine for T13 and L6, which have none.

    Example:
        >>> anatomic_region(VertebralLevel.L1)
        Code(value='66794005', scheme='SCT', meaning='L1 vertebra')
    """
    if level in _REGIONS:
        return _REGIONS[level]
    return Code(SNOMED_CT[level], "SCT", f"{level.name} vertebra")
