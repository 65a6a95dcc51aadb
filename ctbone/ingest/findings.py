"""What speaks against reading a stack, from its headers alone.

``find`` yields every finding, the weightiest first: what the object is, what it shows, how it is
stored, how its slices lie, how many there are. The first one is the reason; the detail names all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ctbone.errors import Reason
from ctbone.ingest.stack import Stack
from ctbone.ingest.storage import Finding, storage_findings
from ctbone.ingest.tilt import LARGEST_TILT_DEGREES
from ctbone.records import NIFTI, SeriesRecord


@dataclass(frozen=True, kw_only=True)
class SeriesRule:
    """Which series is fit to be read."""

    minimum_slices: int = 10
    """Fewest slices, a design choice: a vertebral body is sampled by six slices of 5 mm, and must
    be seen whole with its neighbours' end plates."""

    minimum_extent_mm: float = 30.0
    """Shortest extent along the normal, mm, a design choice: a lumbar vertebral body is 25 to
    30 mm high, and nothing shorter can show one whole."""

    maximum_thickness_mm: float = 5.0
    """Thickest slices, mm: the larger of nominal thickness and distance between slices. A design
    choice: thicker ones leave too few through the middle of a body."""

    preferred_thickness_mm: tuple[float, float] = (0.6, 3.0)
    """Range of slice thickness that is preferred, mm. A design choice: thinner slices are noisier,
    thicker ones blend end plates into trabecular bone."""

    maximum_tilt_degrees: float = LARGEST_TILT_DEGREES
    """Largest gantry tilt that is corrected, degrees. A design choice: gantries are taken not to
    tilt further."""

    def __post_init__(self) -> None:
        if self.minimum_slices < 2:
            raise ValueError(f"minimum_slices must be at least 2, got {self.minimum_slices}")
        if not self.maximum_thickness_mm > 0.0:
            raise ValueError(f"maximum_thickness_mm must be positive: {self.maximum_thickness_mm}")
        for name in ("minimum_extent_mm", "maximum_tilt_degrees"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if self.maximum_tilt_degrees > LARGEST_TILT_DEGREES:
            raise ValueError(
                f"maximum_tilt_degrees must be at most {LARGEST_TILT_DEGREES:g}, beyond which no "
                f"tilt is corrected, got {self.maximum_tilt_degrees:g}"
            )
        least, most = self.preferred_thickness_mm
        if not 0.0 <= least <= most:
            raise ValueError(
                "preferred_thickness_mm must run from the thinnest to the thickest slice, "
                f"got {least:g} to {most:g} mm"
            )


#: Secondary capture, single-frame and multi-frame.
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

#: Modalities that are named in a detail.
_MODALITIES = frozenset({
    "CR", "CT", "DOC", "DX", "ECG", "KO", "MG", "MR", "NM", "OT", "PR", "PT", "REG", "RF",
    "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "SEG", "SR", "US", "XA", "XC",
})  # fmt: skip

#: Words in ImageType of pictures made from a volume whose values are no attenuation.
_PICTURE_WORDS = frozenset(
    {"MIP", "MINIP", "VRT", "SSD", "VOLREN", "VR", "PROJECTION", "3D", "SUBTRACTION", "PERFUSION"}
)

#: Words in ImageType of maps whose values are no attenuation at one energy.
_MAP_WORDS = frozenset({"IODINE", "VNC", "VUE", "ZEFF", "MATERIAL", "VNCA", "ELECTRON"})

#: Words of BodyPartExamined that say that neither chest nor abdomen nor pelvis is shown.
_ELSEWHERE = re.compile(
    r"HEAD|BRAIN|SKULL|FACE|FACIAL|ORBIT|SINUS|JAW|MAXILLA|MANDIBLE|TEETH|\bEAR\b|\bIAC\b|TEMPORAL"
    r"|NECK|CSPINE|CERVICAL|EXTREMITY|\bLEG\b|KNEE|FOOT|ANKLE|CALCANEUS|TIBIA|THIGH|FEMUR"
    r"|\bARM\b|HAND|WRIST|ELBOW|FINGER|TOE|FOREARM|HUMERUS"
)

#: Words of BodyPartExamined that say that the torso is shown, whatever else is.
_TORSO = re.compile(
    r"CHEST|THORAX|LUNG|ABD|PELV|TRUNK|TORSO|BODY|[TL]SPINE|LUMBAR|LIVER|HEART|CAP"
)

#: Largest angle between the normal and a patient axis at which a stack is named after the plane.
#: A design choice: short of 45 degrees, where two planes are as near.
_LARGEST_ANGLE_DEGREES = 35.0

#: Tilt below which slices stand straight above each other, degrees. A design choice: over 100 mm
#: it moves a voxel by less than 1 mm.
_SMALLEST_TILT_DEGREES = 0.5


def find(series: SeriesRecord, stack: Stack, *, rule: SeriesRule) -> Iterator[Finding]:
    """Yield everything that speaks against a stack, the weightiest first."""
    if not stack.slices:
        yield Finding(
            Reason.NOT_AN_IMAGE, f"no images, an object of modality {_shown(series.modality)}"
        )
        return
    yield from chain(_kind(series, stack), _region(series), storage_findings(stack.slices))
    few = tuple(_amount(stack, rule=rule))
    yield from _geometry(stack, rule=rule, is_short=bool(few))
    yield from few
    thickness = thickness_mm(stack)
    if thickness is not None and thickness > rule.maximum_thickness_mm + 1e-3:
        limit = rule.maximum_thickness_mm
        yield Finding(
            Reason.SLICES_TOO_THICK, f"slices of {thickness:.2f} mm, at most {limit:g} mm allowed"
        )


def thickness_mm(stack: Stack) -> float | None:
    """Return the larger of nominal thickness and distance between slices, mm."""
    nominal = max((s.slice_thickness_mm or 0.0 for s in stack.slices), default=0.0)
    spacing = stack.geometry.spacing_mm if stack.geometry else 0.0
    return round(max(nominal, spacing), 3) or None


def extent_mm(stack: Stack) -> float | None:
    """Return the length of a stack along its normal, with half a slice at either end, mm."""
    geometry = stack.geometry
    if geometry is None or geometry.spacing_mm <= 0.0:
        return None
    between = float(geometry.positions_mm[-1] - geometry.positions_mm[0])
    return round(between + geometry.spacing_mm, 2)


def is_axial(stack: Stack) -> bool:
    """Return whether the normal points along the body, or near it."""
    return stack.geometry is not None and _nearest_axis(stack.geometry.normal) == 2


def is_marked_derived(stack: Stack) -> bool:
    """Return whether ImageType calls the slices derived or secondary."""
    marks = {mark for item in stack.slices[:1] for mark in item.image_type[:2]}
    return not marks.isdisjoint({"DERIVED", "SECONDARY"})


def _nearest_axis(normal: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int | None:
    axis = int(np.argmax(abs(normal)))
    limit = math.cos(math.radians(_LARGEST_ANGLE_DEGREES))
    return axis if abs(normal[axis]) >= limit else None


def _kind(series: SeriesRecord, stack: Stack) -> Iterator[Finding]:
    """Yield what makes a series something else than attenuation of a patient."""
    types = {item.image_type for item in stack.slices}
    words = {word for parts in types for part in parts for word in re.split(r"[ _]+", part)}
    if series.sop_class_uid.startswith(_SECONDARY_CAPTURE):
        yield Finding(Reason.SECONDARY_CAPTURE, "secondary capture")
    elif series.modality != "CT":
        yield Finding(Reason.NOT_CT, f"modality is {_shown(series.modality)}")
    if words & {"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW"}:
        yield Finding(Reason.LOCALIZER, "localizer")
    elif named := sorted(words & (_PICTURE_WORDS | _MAP_WORDS)):
        yield Finding(Reason.NOT_PRIMARY, f"values are no attenuation: {', '.join(named)}")
    kinds = {(s.encoding.samples_per_pixel, s.encoding.photometric) for s in stack.slices}
    if kinds - {(1, "MONOCHROME2"), (1, "")}:
        yield Finding(Reason.NOT_PRIMARY, "a picture, not MONOCHROME2 with one sample a pixel")


def _shown(modality: str) -> str:
    """Return a modality if it is a known one: hostile files put any text there."""
    return modality if modality in _MODALITIES else "an unknown one"


def _region(series: SeriesRecord) -> Iterator[Finding]:
    part = series.body_part.replace("_", " ")
    elsewhere = _ELSEWHERE.search(part)
    if elsewhere and not _TORSO.search(part):
        yield Finding(Reason.NOT_TORSO, f"body part examined is {elsewhere[0]}")


def _geometry(stack: Stack, *, rule: SeriesRule, is_short: bool) -> Iterator[Finding]:
    """Yield what is wrong with where the slices lie."""
    geometry = stack.geometry
    if geometry is None:
        yield Finding(Reason.IRREGULAR_GEOMETRY, stack.fault)
        return
    if len(stack.slices) > 1 and geometry.spacing_mm <= 0.0 and stack.contradicting:
        yield Finding(
            Reason.DUPLICATE_POSITIONS, f"all {len(stack.slices)} slices claim one position"
        )
    if geometry.gaps:
        missing = sum(gap.missing for gap in geometry.gaps)
        widest = max(gap.length_mm for gap in geometry.gaps)
        yield Finding(
            Reason.MISSING_SLICES,
            f"{missing} missing: a step of {widest:.2f} mm among {geometry.spacing_mm:.2f} mm",
        )
    if geometry.is_irregular:
        yield Finding(Reason.IRREGULAR_GEOMETRY, "the slices do not form one straight, even row")
    yield from _direction(stack, rule=rule, is_short=is_short)


def _direction(stack: Stack, *, rule: SeriesRule, is_short: bool) -> Iterator[Finding]:
    """Yield what is wrong with the tilt and the plane.

    A tilt is corrected by shifting slices in their plane; in a stack too short to be read anyway
    it is the weightier thing to know.
    """
    geometry = stack.geometry
    if geometry is None:
        return
    tilt = geometry.tilt_degrees
    if tilt > rule.maximum_tilt_degrees or (is_short and tilt > _SMALLEST_TILT_DEGREES):
        yield Finding(Reason.IRREGULAR_GEOMETRY, f"gantry tilt of {tilt:.1f} degrees")
    is_patient = stack.slices[0].encoding.transfer_syntax_uid != NIFTI
    if is_patient and _nearest_axis(geometry.normal) is None:
        yield Finding(Reason.NOT_ORTHOGONAL, "slices are neither axial, coronal nor sagittal")


def _amount(stack: Stack, *, rule: SeriesRule) -> Iterator[Finding]:
    """Yield whether there are too few slices, counting each position once."""
    repeated = (
        sum(len(shared) - 1 for shared in stack.geometry.duplicates) if stack.geometry else 0
    )
    count = len(stack.slices) - repeated
    extent = extent_mm(stack)
    if count < rule.minimum_slices:
        yield Finding(Reason.TOO_FEW_SLICES, f"{count} of at least {rule.minimum_slices} slices")
    elif extent is not None and extent < rule.minimum_extent_mm:
        yield Finding(
            Reason.TOO_FEW_SLICES,
            f"{extent:g} mm long, at least {rule.minimum_extent_mm:g} mm needed",
        )
