"""The values that cross the seams: plain, frozen, and free of any framework.

Positions and directions are patient coordinates, LPS (left, posterior, superior), millimetres.
Attenuation is in Hounsfield units (``_hu``), density in mg/cm3 of K2HPO4 (``_mg_cm3``) unless a
calibration says hydroxyapatite. What the input does not say is ``None``, never a made-up default.

This package is the one road to them; its modules are how they are filed.
"""

from __future__ import annotations

from ctbone.records.accuracy import ContingencyTable, Interval
from ctbone.records.endings import Acquisition, Rejection, ScanLine, ScreeningResult
from ctbone.records.estimates import (
    BinaryAnswer,
    BinaryTarget,
    BmdEstimate,
    BoneCategory,
    CoarseCategory,
    Decision,
    QctScores,
)
from ctbone.records.flags import Flag
from ctbone.records.studies import (
    NIFTI,
    FileFault,
    PixelEncoding,
    SeriesRecord,
    SliceRecord,
    StudyKeys,
    StudyRecord,
)
from ctbone.records.vertebrae import BodyMask, Morphometry, VertebraLocalisation

__all__ = [
    "NIFTI",
    "Acquisition",
    "BinaryAnswer",
    "BinaryTarget",
    "BmdEstimate",
    "BodyMask",
    "BoneCategory",
    "CoarseCategory",
    "ContingencyTable",
    "Decision",
    "FileFault",
    "Flag",
    "Interval",
    "Morphometry",
    "PixelEncoding",
    "QctScores",
    "Rejection",
    "ScanLine",
    "ScreeningResult",
    "SeriesRecord",
    "SliceRecord",
    "StudyKeys",
    "StudyRecord",
    "VertebraLocalisation",
]
