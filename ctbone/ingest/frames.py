"""Slices that share a file: frames of multi-frame CT, planes of NIfTI.

A frame takes each attribute from its own functional group, else from the shared one, else from
the top level of the data set (DICOM PS3.3, C.7.6.16). A plane of a NIfTI file lies along the third
array axis; its affine is converted from RAS to LPS here.
"""

from __future__ import annotations

import hashlib
import math
import warnings
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ctbone.errors import UnreadableFile
from ctbone.ingest.attributes import Attributes, Sextuple, Triple, derived_uid
from ctbone.ingest.fallback import hostile, parse
from ctbone.records import NIFTI, PixelEncoding, SliceRecord

if TYPE_CHECKING:
    from pydicom import Dataset

#: Enhanced CT and Legacy Converted Enhanced CT.
MULTI_FRAME = frozenset({"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})

#: More frames than any CT object holds; a header that claims more lies.
_MOST_FRAMES = 65536


def is_nifti(name: str) -> bool:
    """Return whether a file is named as NIfTI files are."""
    return name.lower().endswith((".nii", ".nii.gz"))


def nifti_digest(path: Path) -> str:
    """Return the SHA-256 of a NIfTI file, after a look at its header.

    Raises:
        UnreadableFile: If it is no NIfTI file of one volume.
    """
    _nifti_header(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def nifti_planes(path: Path, number: int) -> tuple[SliceRecord, ...]:
    """Return one slice for each plane along the third array axis.

    Raises:
        UnreadableFile: If it is no NIfTI file of one volume.
    """
    header, affine = _nifti_header(path)
    columns, rows, planes = (int(n) for n in header.get_data_shape()[:3])
    lps = None if affine is None else np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    steps = np.ones(2) if lps is None else np.linalg.norm(lps[:3, :2], axis=0)
    is_placed = lps is not None and bool(np.all(np.isfinite(lps))) and bool(np.all(steps > 0.0))
    cosines = (lps[:3, :2] / steps).T.ravel().tolist() if lps is not None and is_placed else None
    blank = SliceRecord(
        number=number,
        path=path,
        frame=0,
        sop_instance_uid="",
        position_mm=None,
        orientation=cast("Sextuple | None", tuple(cosines) if cosines else None),
        spacing_mm=(float(steps[0]), float(steps[1])) if is_placed else None,
        rows=rows,
        columns=columns,
        slice_thickness_mm=None,
        acquisition=None,
        instance_number=None,
        image_type=(),
        encoding=_nifti_encoding(header),
        pixel_offset=None,
        pixel_length=None,
    )
    return tuple(
        replace(
            blank,
            frame=k,
            instance_number=k + 1,
            position_mm=_plane_position(lps, k) if lps is not None and is_placed else None,
        )
        for k in range(planes)
    )


def _plane_position(lps: np.ndarray[Any, Any], k: int) -> tuple[float, float, float]:
    x, y, z = (lps[:3, 2] * k + lps[:3, 3]).tolist()
    return (x, y, z)


def _nifti_header(path: Path) -> tuple[Any, np.ndarray[Any, Any] | None]:
    """Return the header and the affine to RAS; the affine is ``None`` if the file states none."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    faults = (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, zlib.error)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = nibabel.load(path)
            header, affine = image.header, np.asarray(image.affine, dtype=np.float64)
            shape = tuple(int(n) for n in header.get_data_shape())
            is_placed = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
        except (*faults, KeyError, IndexError, TypeError, OverflowError, MemoryError) as error:
            raise UnreadableFile(
                f"expected a NIfTI file, whose header could not be read: {type(error).__name__}"
            ) from error
    if len(shape) < 3 or math.prod(shape[3:]) != 1 or min(shape) < 1 or max(shape) > _MOST_FRAMES:
        raise UnreadableFile(f"expected NIfTI with one volume of three axes, found shape {shape}")
    return header, affine if is_placed else None


def _nifti_encoding(header: Any) -> PixelEncoding:  # noqa: ANN401 - nibabel is untyped
    dtype = header.get_data_dtype()
    slope, intercept = header.get_slope_inter()
    bits = int(dtype.itemsize * 8)
    return PixelEncoding(
        transfer_syntax_uid=NIFTI,
        bits_allocated=bits,
        bits_stored=bits,
        is_signed=dtype.kind in "if",
        samples_per_pixel=1 if dtype.kind in "iuf" else 3,
        photometric="MONOCHROME2",
        rescale_slope=1.0 if slope is None else float(slope),
        rescale_intercept=0.0 if intercept is None else float(intercept),
        rescale_type="",
        padding=None,
        is_lossy=False,
    )


def nifti_uid(digest: str, part: str) -> str:
    """Return a UID for a NIfTI file made from the digest of its content."""
    return derived_uid(hashlib.sha256(f"{part}{digest}".encode()).hexdigest() if part else digest)


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


def _frame(groups: _Groups, like: SliceRecord, shared: Attributes, index: int) -> SliceRecord:
    spacing = groups.numbers("PixelMeasuresSequence", "PixelSpacing", 2)
    values = "PixelValueTransformationSequence"
    frame_type = groups.find("CTImageFrameTypeSequence", "FrameType") or like.image_type
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
        slice_thickness_mm=groups.number("PixelMeasuresSequence", "SliceThickness"),
        acquisition=like.acquisition if acquisition is None else int(acquisition),
        image_type=tuple(str(part).upper() for part in frame_type),
        encoding=replace(
            shared.encoding,
            rescale_slope=groups.number(values, "RescaleSlope"),
            rescale_intercept=groups.number(values, "RescaleIntercept"),
            rescale_type=str(groups.find(values, "RescaleType") or "").upper(),
        ),
    )
