"""The frames of Enhanced and Legacy Converted Enhanced CT as slices of their own.

A multi-frame object says once what all frames share and frame by frame what differs, in functional
groups (DICOM PS3.3, C.7.6.16). After this module a frame is a slice like any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ctbone.errors import UnreadableFile
from ctbone.ingest.parsing import full_header
from ctbone.records import PixelEncoding, SliceRecord

#: Enhanced CT Image Storage and Legacy Converted Enhanced CT Image Storage.
ENHANCED_CT = frozenset({"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})


def split_frames(whole: SliceRecord) -> tuple[SliceRecord, ...]:
    """Return one slice for each frame of a multi-frame file.

    Args:
        whole: What the top level of its header says; the functional groups fill in the rest.

    Raises:
        UnreadableFile: If the file cannot be parsed, or its functional groups are not as many as
            its frames, or a value in them is not of its kind.
    """
    header = full_header(whole.path, number=whole.number)
    shared = _first(header, "SharedFunctionalGroupsSequence")
    frames = list(header.get("PerFrameFunctionalGroupsSequence") or [])
    declared = _number(header.get("NumberOfFrames"), whole.number)
    if not frames or declared != len(frames):
        raise UnreadableFile(
            f"file {whole.number} declares {header.get('NumberOfFrames')} frames "
            f"and describes {len(frames)}"
        )
    encodings: dict[tuple[float | None, float | None, str], PixelEncoding] = {}
    try:
        return tuple(
            _slice(whole, index, (frame, shared), encodings) for index, frame in enumerate(frames)
        )
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise UnreadableFile(
            f"file {whole.number} has a functional group that cannot be read: {error}"
        ) from error


def _slice(
    whole: SliceRecord,
    index: int,
    groups: tuple[Any, Any],
    encodings: dict[tuple[float | None, float | None, str], PixelEncoding],
) -> SliceRecord:
    position = _floats(_value(groups, "PlanePositionSequence", "ImagePositionPatient"), 3)
    orientation = _floats(_value(groups, "PlaneOrientationSequence", "ImageOrientationPatient"), 6)
    spacing = _floats(_value(groups, "PixelMeasuresSequence", "PixelSpacing"), 2)
    thickness = _value(groups, "PixelMeasuresSequence", "SliceThickness")
    acquisition = _value(groups, "FrameContentSequence", "FrameAcquisitionNumber")
    kind = _value(groups, "CTImageFrameTypeSequence", "FrameType")
    return replace(
        whole,
        frame=index,
        position_mm=position or whole.position_mm,
        orientation=orientation or whole.orientation,
        spacing_mm=spacing[::-1] if spacing else whole.spacing_mm,
        slice_thickness_mm=whole.slice_thickness_mm if thickness is None else float(thickness),
        acquisition=whole.acquisition if acquisition is None else int(acquisition),
        instance_number=index + 1,
        image_type=tuple(str(part).upper() for part in kind) if kind else whole.image_type,
        encoding=_encoding(whole.encoding, groups, encodings),
    )


def _encoding(
    whole: PixelEncoding,
    groups: tuple[Any, Any],
    encodings: dict[tuple[float | None, float | None, str], PixelEncoding],
) -> PixelEncoding:
    """Return the encoding with the rescale of a frame, one object for all frames that share it."""
    name = "PixelValueTransformationSequence"
    slope = _value(groups, name, "RescaleSlope")
    intercept = _value(groups, name, "RescaleIntercept")
    unit = _value(groups, name, "RescaleType")
    key = (
        whole.rescale_slope if slope is None else float(slope),
        whole.rescale_intercept if intercept is None else float(intercept),
        whole.rescale_type if unit is None else str(unit).strip().upper(),
    )
    if key not in encodings:
        encodings[key] = replace(
            whole, rescale_slope=key[0], rescale_intercept=key[1], rescale_type=key[2]
        )
    return encodings[key]


def _value(groups: tuple[Any, Any], sequence: str, attribute: str) -> Any:  # noqa: ANN401
    """Return an attribute of a functional group: of the frame before that of all frames."""
    for group in groups:
        item = _first(group, sequence)
        if item is not None and item.get(attribute) not in (None, ""):
            return item.get(attribute)
    return None


def _first(dataset: Any, sequence: str) -> Any:  # noqa: ANN401 - pydicom has no narrower type
    items = dataset.get(sequence) if dataset is not None else None
    return items[0] if items else None


def _floats(values: Any, count: int) -> Any:  # noqa: ANN401 - a tuple of `count` floats, or None
    if values is None:
        return None
    if len(values) != count:
        raise ValueError(f"expected {count} values, found {len(values)}")
    return tuple(float(value) for value in values)


def _number(value: Any, number: int) -> int:  # noqa: ANN401 - whatever the file holds
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise UnreadableFile(f"file {number} has no readable number of frames") from error
