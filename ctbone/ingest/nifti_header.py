"""What the header of a NIfTI file says: its size, its unit of length, its planes as slices.

A plane lies along the third array axis. Affines are in millimetres and still RAS until they become
positions of slices here, or a volume in ``nifti``.
"""

from __future__ import annotations

import hashlib
import logging
import math
import warnings
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import UnreadableFile
from ctbone.ingest.attributes import Sextuple, derived_uid
from ctbone.records import NIFTI, PixelEncoding, SliceRecord

#: RAS to LPS, and back.
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

#: Longest axis of any CT in voxels; a header that claims more lies.
_LONGEST_AXIS = 65536

#: DEFLATE compresses by at most this factor (zlib's technical notes), so a smaller file lies.
_LARGEST_RATIO = 1032

#: Millimetres by the unit of length in the lowest three bits of xyzt_units (nifti1.h): metres,
#: millimetres, micrometres. An unknown one is taken for millimetres, as ITK does.
_UNIT_MM = {0: 1.0, 1: 1e3, 2: 1.0, 3: 1e-3}


#: For what reads a damaged file: what is no number there is looked for, and need not be warned of.
unwarned = np.errstate(invalid="ignore", over="ignore")


def is_nifti(name: str) -> bool:
    """Return whether a file is named as NIfTI files are."""
    return name.lower().endswith((".nii", ".nii.gz"))


def open_nifti(path: Path, name: str) -> Any:  # noqa: ANN401 - nibabel is untyped
    """Open a file of one volume whose declared size fits what it holds; no voxel is read yet.

    Args:
        path: The file.
        name: What a refusal calls it.

    Raises:
        UnreadableFile: If it is no NIfTI file of one volume, or its unit of length is none.
    """
    import nibabel
    from nibabel import imageglobals
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    # It prints what it mends in a header, and not in which file.
    imageglobals.logger.setLevel(logging.CRITICAL)
    faults = (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, zlib.error)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = nibabel.load(path)
            shape = tuple(int(n) for n in image.shape)
            declared = math.prod(shape) * int(image.get_data_dtype().itemsize)
            unit = int(image.header["xyzt_units"]) % 8
            size = path.stat().st_size
    except (*faults, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise UnreadableFile(f"{name} is no readable NIfTI: {type(error).__name__}") from error
    largest = size * _LARGEST_RATIO if path.name.lower().endswith(".gz") else size
    is_one = len(shape) >= 3 and math.prod(shape[3:]) == 1 and max(shape) <= _LONGEST_AXIS
    if not (is_one and 0 < declared <= largest):
        raise UnreadableFile(
            f"{name} should hold one volume, it declares {shape} in {size} bytes of file"
        )
    if unit not in _UNIT_MM:
        raise UnreadableFile(f"{name} states lengths in unit {unit}, which NIfTI does not define")
    return image


def to_millimetres(affine: NDArray[np.float64], image: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Return an affine of the header in millimetres, whatever unit it is in; shape ``(4, 4)``."""
    unit_mm = _UNIT_MM[int(image.header["xyzt_units"]) % 8]
    return np.diag([unit_mm, unit_mm, unit_mm, 1.0]) @ affine


def nifti_digest(path: Path) -> str:
    """Return the SHA-256 of a NIfTI file, after a look at its header.

    Raises:
        UnreadableFile: If it is no NIfTI file of one volume.
    """
    open_nifti(path, "the file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def nifti_uid(digest: str, part: str) -> str:
    """Return a UID for a NIfTI file made from the digest of its content."""
    return derived_uid(hashlib.sha256(f"{part}{digest}".encode()).hexdigest() if part else digest)


@unwarned
def nifti_planes(path: Path, number: int) -> tuple[SliceRecord, ...]:
    """Return one slice for each plane along the third array axis.

    Args:
        path: The file.
        number: Its number in the catalogue.

    Raises:
        UnreadableFile: If it is no NIfTI file of one volume.
    """
    image = open_nifti(path, f"file {number}")
    columns, rows, planes = (int(n) for n in image.shape[:3])
    lps = _lps_affine(image)
    steps = np.ones(2) if lps is None else np.linalg.norm(lps[:3, :2], axis=0)
    cosines = None if lps is None else tuple((lps[:3, :2] / steps).T.ravel().tolist())
    blank = SliceRecord(
        number=number,
        path=path,
        frame=0,
        sop_instance_uid="",
        position_mm=None,
        orientation=cast("Sextuple | None", cosines),
        spacing_mm=None if lps is None else (float(steps[0]), float(steps[1])),
        rows=rows,
        columns=columns,
        slice_thickness_mm=None,
        acquisition=None,
        instance_number=None,
        image_type=(),
        encoding=_encoding(image.header),
        pixel_offset=None,
        pixel_length=None,
    )
    return tuple(
        replace(
            blank,
            frame=k,
            instance_number=k + 1,
            position_mm=None if lps is None else _plane_position(lps, k),
        )
        for k in range(planes)
    )


def _lps_affine(image: Any) -> NDArray[np.float64] | None:  # noqa: ANN401
    """Return the map from voxel index to LPS mm; ``None`` if the file states none that is sound.

    What is wrong with an unsound one is said when its voxels are read.
    """
    if int(image.header["sform_code"]) <= 0 and int(image.header["qform_code"]) <= 0:
        return None
    lps = RAS_TO_LPS @ to_millimetres(np.asarray(image.affine, dtype=np.float64), image)
    steps = np.linalg.norm(lps[:3, :2], axis=0)
    return lps if np.all(np.isfinite(lps)) and np.all(steps > 0.0) else None


def _plane_position(lps: NDArray[np.float64], k: int) -> tuple[float, float, float]:
    x, y, z = (lps[:3, 2] * k + lps[:3, 3]).tolist()
    return (x, y, z)


def _encoding(header: Any) -> PixelEncoding:  # noqa: ANN401
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
