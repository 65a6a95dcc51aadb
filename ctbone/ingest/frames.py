"""Frames of multi-frame CT as slices.

A frame takes each attribute from its own functional group, else from the shared one, else from
the top level of the data set (DICOM PS3.3, C.7.6.16).
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ctbone.ingest.attributes import Attributes, Sextuple, Triple
from ctbone.ingest.fallback import hostile, parse
from ctbone.records import SliceRecord

if TYPE_CHECKING:
    from pydicom import Dataset

#: Enhanced CT and Legacy Converted Enhanced CT.
MULTI_FRAME = frozenset({"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})

#: More frames than any CT object holds; a header that claims more lies.
_MOST_FRAMES = 65536


def frame_slices(like: SliceRecord, shared: Attributes) -> tuple[SliceRecord, ...]:
    """Return one slice for each frame of a multi-frame CT object.

    Args:
        like: The file as one slice: what its top level says.
        shared: The attributes of that top level.

    Raises:
        UnreadableFile: If the functional groups do not parse, or contradict NumberOfFrames.
    """
    dataset = parse(like.path, stop_before_pixels=True)
    with hostile("functional groups that describe every frame"):
        return tuple(_frames(dataset, like, shared))


def _frames(dataset: Dataset, like: SliceRecord, shared: Attributes) -> list[SliceRecord]:
    count = int(dataset.get("NumberOfFrames", 1) or 1)
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if not 1 <= count <= _MOST_FRAMES or len(own) != count:
        raise ValueError(f"NumberOfFrames is {count}, and {len(own)} frames are described")
    common = (dataset.get("SharedFunctionalGroupsSequence") or [None])[0]
    return [
        _frame(_Groups(own=group, shared=common, top=dataset), like, shared, index)
        for index, group in enumerate(own)
    ]


class _Groups:
    """The functional groups that hold for one frame."""

    def __init__(self, *, own: Dataset, shared: Dataset | None, top: Dataset) -> None:
        self._levels = (own, shared)
        self._top = top

    def find(self, macro: str, name: str) -> Any:  # noqa: ANN401 - DICOM values have many types
        """Return an attribute of a macro, from the frame, the shared groups or the top level."""
        for level in self._levels:
            items = level.get(macro) if level is not None else None
            if items and items[0].get(name) is not None:
                return items[0].get(name)
        return self._top.get(name)

    def numbers(self, macro: str, name: str, count: int) -> tuple[float, ...] | None:
        """Return an attribute as finite numbers, or ``None``."""
        found = self.find(macro, name)
        if found is None or found == "":
            return None
        listed = tuple(float(v) for v in (found if count > 1 else [found]))
        return listed if len(listed) == count and all(map(math.isfinite, listed)) else None

    def number(self, macro: str, name: str) -> float | None:
        """Return an attribute as one finite number, or ``None``."""
        found = self.numbers(macro, name, 1)
        return found[0] if found else None

    def text(self, macro: str, name: str) -> str:
        """Return an attribute as text, empty where there is none."""
        return _text(self.find(macro, name))


def _frame(groups: _Groups, like: SliceRecord, shared: Attributes, index: int) -> SliceRecord:
    spacing = groups.numbers("PixelMeasuresSequence", "PixelSpacing", 2)
    values = "PixelValueTransformationSequence"
    frame_type = groups.text("CTImageFrameTypeSequence", "FrameType").upper()
    acquisition = groups.find("FrameContentSequence", "FrameAcquisitionNumber")
    return replace(
        like,
        frame=index,
        instance_number=index + 1,
        position_mm=cast(
            "Triple | None", groups.numbers("PlanePositionSequence", "ImagePositionPatient", 3)
        ),
        orientation=cast(
            "Sextuple | None",
            groups.numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6),
        ),
        spacing_mm=(spacing[1], spacing[0]) if spacing else None,
        kernel=groups.text("CTReconstructionSequence", "ConvolutionKernel"),
        kvp=groups.number("CTXRayDetailsSequence", "KVP"),
        phase=_phase(groups),
        anatomy=_anatomy(groups),
        slice_thickness_mm=groups.number("PixelMeasuresSequence", "SliceThickness"),
        acquisition=like.acquisition if acquisition is None else int(acquisition),
        image_type=tuple(frame_type.split("\\")) if frame_type else like.image_type,
        encoding=replace(
            shared.encoding,
            rescale_slope=groups.number(values, "RescaleSlope"),
            rescale_intercept=groups.number(values, "RescaleIntercept"),
            rescale_type=groups.text(values, "RescaleType").upper(),
        ),
    )


def _phase(groups: _Groups) -> tuple[int | None, str]:
    content = "FrameContentSequence"
    index = groups.find(content, "TemporalPositionIndex")
    return None if index is None else int(index), groups.text(content, "StackID")


def _anatomy(groups: _Groups) -> str:
    """Return what the region that a frame shows is called (DICOM PS3.3, C.7.6.16.2.8)."""
    regions = groups.find("FrameAnatomySequence", "AnatomicRegionSequence")
    return _text(regions[0].get("CodeMeaning")).upper() if regions else ""


def _text(found: object) -> str:
    """Return a value as it stands in a file, where backslashes part several."""
    if isinstance(found, MutableSequence):
        return "\\".join(map(str, found))
    return "" if found is None else str(found)
