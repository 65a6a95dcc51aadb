"""NIfTI at the edge: volumes and label maps in, label maps out.

NIfTI positions are RAS (right, anterior, superior); they become LPS here and nowhere else. Array
axes keep their order. Unlike DICOM, NIfTI defines what absent scaling means: the stored values are
the values. A file that states its position twice, as qform and as sform, must state the same.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import IrregularGeometry, NotHounsfield, UnreadableFile, UnsupportedEncoding
from ctbone.ingest.hounsfield import require_hounsfield
from ctbone.ingest.nifti_header import RAS_TO_LPS, open_nifti, to_millimetres, unwarned
from ctbone.ingest.plausible import require_plausible_length, require_plausible_plane
from ctbone.records import SeriesRecord
from ctbone.volume import CTVolume, Grid

#: How far a corner voxel may lie from where the other of qform and sform puts it.
FORM_TOLERANCE_MM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """A segmentation on a regular grid.

    Attributes:
        labels: Label of each voxel, uint8 or int16, shape ``(I, J, K)``; 0 is background.
            Read-only.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.

    Raises:
        ValueError: If the labels are of another type or shape, or the affine is that
            of no grid.
    """

    labels: NDArray[np.uint8] | NDArray[np.int16]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.labels.ndim != 3 or self.labels.dtype not in (np.uint8, np.int16):
            found = f"{self.labels.dtype} {self.labels.shape}"
            raise ValueError(f"labels must be uint8 or int16 (I, J, K), got {found}")
        object.__setattr__(self, "affine", Grid(self.labels.shape, self.affine).affine)
        labels = self.labels.view()
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)


def read_nifti(series: SeriesRecord, *, check_unit: bool = True) -> CTVolume:
    """Read the NIfTI file that the slices of a series lie in.

    Raises:
        UnreadableFile: If it is not NIfTI, or holds less than it declares.
        IrregularGeometry: If its affine is absent, sheared, stated twice and differently, or that
            of no patient.
        NotHounsfield: If ``check_unit`` and the values cannot be Hounsfield units.
    """
    paths = {item.path for item in series.slices}
    if len(paths) != 1:
        raise IrregularGeometry(f"a NIfTI series lies in one file, found {len(paths)}")
    name = f"file {series.slices[0].number}"
    volume = read_nifti_volume(paths.pop(), name=name, check_unit=check_unit)
    return replace(volume, series_uid=series.series_uid)


@unwarned
def read_nifti_volume(path: Path, *, name: str, check_unit: bool = True) -> CTVolume:
    """Read a NIfTI file that belongs to no export.

    Args:
        path: The file.
        name: What messages call it: its own name may be that of a person.
        check_unit: Whether to refuse values that cannot be Hounsfield units.

    Raises:
        UnreadableFile: If it is not NIfTI, or holds less than it declares.
        IrregularGeometry: If its affine is absent, sheared, stated twice and differently, or that
            of no patient.
        NotHounsfield: If ``check_unit`` and the values cannot be Hounsfield units.
    """
    image = open_nifti(path, name)
    affine = _affine(image, name)
    _require_plausible(affine, image.shape[:3], name)
    hu = _as_hu(_stored(image, name), *_scaling(image), name=name)
    if check_unit:
        require_hounsfield(hu.transpose(2, 1, 0))
    return CTVolume(hu=hu, affine=affine, series_uid="")


@unwarned
def read_label_map(path: Path) -> LabelMap:
    """Read a NIfTI label map.

    Raises:
        UnreadableFile: If the file is not NIfTI, or holds less than it declares.
        UnsupportedEncoding: If a value is not an integer from 0 to 32767.
        IrregularGeometry: If its affine is absent, sheared, or stated twice and differently.
    """
    image = open_nifti(path, "the label map")
    affine = _affine(image, "the label map")
    values = _stored(image, "the label map")
    slope, intercept = _scaling(image)
    if (slope, intercept) != (1.0, 0.0):
        values = values * slope + intercept
    low, high = float(values.min()), float(values.max())
    is_whole = values.dtype.kind in "iu" or bool(np.all(values == np.rint(values)))
    if not (is_whole and low >= 0.0 and high <= np.iinfo(np.int16).max):
        raise UnsupportedEncoding(
            f"labels must be integers from 0 to 32767, found values from {low:g} to {high:g}"
        )
    if high <= np.iinfo(np.uint8).max:
        return LabelMap(values.astype(np.uint8), affine)
    return LabelMap(values.astype(np.int16), affine)


def write_label_map(
    path: Path, labels: NDArray[np.uint8] | NDArray[np.int16], affine: NDArray[np.float64]
) -> None:
    """Write a label map as NIfTI; ``path`` ends in ``.nii`` or ``.nii.gz``.

    Args:
        path: Where to write.
        labels: Label of each voxel, uint8 or int16, shape ``(I, J, K)``.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``.
    """
    import nibabel

    valid = LabelMap(labels, affine)
    ras = RAS_TO_LPS @ valid.affine
    image = nibabel.Nifti1Image(np.asarray(valid.labels), ras)
    image.header.set_xyzt_units("mm")
    image.set_sform(ras, code="scanner")
    image.set_qform(ras, code="scanner")
    nibabel.save(image, path)


def _require_plausible(affine: NDArray[np.float64], shape: tuple[int, ...], name: str) -> None:
    """Refuse a volume of a size that no patient has.

    Its first two axes are held to what the plane of a slice can be, whichever way slices lie:
    those that follow each other along one of them may be 5 mm apart at most.
    """
    steps = np.linalg.norm(affine[:3, :3], axis=0).tolist()
    require_plausible_plane((steps[0], steps[1]), (shape[0], shape[1]), name=name)
    require_plausible_length(steps[2] * (shape[2] - 1), name=name)


def _stored(image: Any, name: str) -> NDArray[Any]:  # noqa: ANN401
    """Return the stored values, shape ``(I, J, K)``, ``i`` fastest."""
    try:
        stored = np.asanyarray(image.dataobj.get_unscaled())
    except (OSError, EOFError, ValueError, zlib.error) as error:
        # nibabel's own message names the path, which can carry a name.
        kind = type(error).__name__
        raise UnreadableFile(f"{name} does not hold what it declares: {kind}") from error
    if stored.dtype.kind not in "iuf":
        raise UnsupportedEncoding(f"{name} must hold numbers, found {stored.dtype}")
    values: NDArray[Any] = stored.reshape(stored.shape[:3], order="F")
    return values


def _scaling(image: Any) -> tuple[float, float]:  # noqa: ANN401
    """Return slope and intercept; by the format, an absent slope leaves the values as they are.

    nibabel takes them out of the header of a loaded image and keeps them with its data.
    """
    return float(image.dataobj.slope), float(image.dataobj.inter)


def _as_hu(
    stored: NDArray[Any], slope: float, intercept: float, *, name: str
) -> NDArray[np.int16] | NDArray[np.float32]:
    """Return values as int16 where all of them are integers in its range, else as float32."""
    if stored.dtype == np.int16 and (slope, intercept) == (1.0, 0.0):
        return np.array(stored, dtype=np.int16, order="F")
    values = np.multiply(stored, slope, dtype=np.float64)
    values += intercept
    if not np.all(np.isfinite(values)):
        raise NotHounsfield(f"attenuation must be finite, some values of {name} are not")
    limits = np.iinfo(np.int16)
    is_integer = np.array_equal(values, np.rint(values))
    if is_integer and values.min() >= limits.min and values.max() <= limits.max:
        return np.asfortranarray(values.astype(np.int16))
    return np.asfortranarray(values.astype(np.float32))


def _affine(image: Any, name: str) -> NDArray[np.float64]:  # noqa: ANN401
    """Return the map from voxel index to LPS millimetres."""
    header = image.header
    try:
        forms = [
            to_millimetres(np.asarray(form, dtype=np.float64), image)
            for form, code in (
                (header.get_sform(), int(header["sform_code"])),
                (header.get_qform(), int(header["qform_code"])),
            )
            if code > 0
        ]
    except (ValueError, LookupError, np.linalg.LinAlgError, AttributeError) as error:
        kind = type(error).__name__
        raise IrregularGeometry(f"{name} has an unreadable orientation: {kind}") from error
    if not forms:
        raise IrregularGeometry(f"{name} states no position in the patient: no sform, no qform")
    columns, rows, planes = (int(n) for n in image.shape[:3])
    shape = (columns, rows, planes)
    _require_agreement(forms, shape, name)
    lps = RAS_TO_LPS @ forms[0]
    try:
        return Grid(shape, lps).affine
    except ValueError as error:
        raise IrregularGeometry(
            f"the axes of {name} must be at right angles and of some length, they are not"
        ) from error


def _require_agreement(
    forms: list[NDArray[np.float64]], shape: tuple[int, ...], name: str
) -> None:
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in shape], indexing="ij")).reshape(3, -1)
    corners = np.vstack([ends, np.ones(ends.shape[1])])
    apart_mm = np.linalg.norm(((forms[0] - forms[-1]) @ corners)[:3], axis=0).max()
    if not apart_mm <= FORM_TOLERANCE_MM:
        raise IrregularGeometry(
            f"sform and qform of {name} must agree, they put a corner {apart_mm:.1f} mm apart"
        )
