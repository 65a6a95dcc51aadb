"""Small CT studies, one vertebra in a few slices, that are measured when nothing is wrong."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
)

#: What every name begins with that is planted.
MARK = "zqxkvj"

#: The level that is measured, as VerSe numbers it.
_L1 = 20

_SPACING_MM = (2.0, 2.0, 3.0)
_SHAPE = (36, 32, 14)
_ORIGIN_MM = (-35.0, -31.0, 100.0)

#: Half width, half depth and half height of a body, mm, and how thick its wall is.
_BODY_MM, _WALL_MM = (21.0, 15.0, 12.5), 2.5

#: Where the header of a NIfTI file has its affine.
_SFORM = 280

#: Stands in the UIDs of a pattern where a study has its number: as many digits as it.
_NUMBER, _PREFIX = 1_000_000, "1.2.826.0.1."


@dataclass(slots=True)
class Study:
    """One study on its way to disk.

    Attributes:
        kind: How it is stored.
        number: Its number, from 0; its UIDs hold it.
        files: Its files, by name.
        mask: Its label map, packed.
        listed: Whether masks.csv has a row of it.
    """

    kind: str
    number: int
    files: dict[str, bytes]
    mask: bytes
    listed: bool = True

    @property
    def uid(self) -> str:
        """StudyInstanceUID."""
        return f"{_PREFIX}{_NUMBER + 1 + self.number}"

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID; NIfTI files have none."""
        return f"{self.uid}.1"


def make_study(kind: str, number: int) -> Study:
    """Return a sound study of a kind."""
    old = f"{_PREFIX}{_NUMBER}".encode()
    study = Study(kind, number, {}, sound_mask())
    files = {n: f.replace(old, study.uid.encode()) for n, f in pattern(kind).items()}
    if kind == "nifti":
        # What such a file is called follows from its content: each has one of its own.
        files = {n: _with_description(f, number) for n, f in files.items()}
    study.files = files
    return study


@cache
def pattern(kind: str) -> Mapping[str, bytes]:
    """Return the files of the study that all of a kind are made from."""
    return _KINDS[kind](_attenuation())


@cache
def sound_mask() -> bytes:
    """Return the label map of the vertebra."""
    return packed_map(_inside(0.0).astype(np.uint8) * _L1)


def packed_map(labels: NDArray[np.generic], *, affine: NDArray[np.float64] | None = None) -> bytes:
    """Return labels as a packed NIfTI file; without an affine (RAS), in that of the studies."""
    file = _nifti(labels)
    if affine is not None:
        # As bytes: what is no affine at all would be refused.
        rows = struct.pack("<12f", *affine[:3].ravel())
        file = file[:_SFORM] + rows + file[_SFORM + len(rows) :]
    return gzip.compress(file, compresslevel=1, mtime=0)


def _affine() -> NDArray[np.float64]:
    """Return voxel index to patient position in RAS, millimetres."""
    lps = np.diag([*_SPACING_MM, 1.0])
    lps[:3, 3] = _ORIGIN_MM
    return np.asarray(np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps)


def _inside(by_mm: float) -> NDArray[np.bool_]:
    """Return what lies deeper in the body than that, shape ``(I, J, K)``."""
    middle = 0.5 * (np.array(_SHAPE) - 1)
    place = (np.indices(_SHAPE).transpose(1, 2, 3, 0) - middle) * _SPACING_MM
    half = np.array(_BODY_MM) - by_mm
    across = ((place[..., :2] / half[:2]) ** 2).sum(-1) <= 1.0
    return np.asarray(across & (np.abs(place[..., 2]) <= half[2]))


def _attenuation() -> NDArray[np.int16]:
    """Return HU, shape ``(I, J, K)``: a body with its wall in soft tissue, air beside it."""
    hu = 45.0 + np.random.default_rng(0).normal(0.0, 6.0, _SHAPE)
    hu[_inside(0.0)] += 400.0
    hu[_inside(_WALL_MM)] -= 300.0
    hu[:, :2], hu[:, -2:] = -1000.0, -1000.0
    return hu.round().astype(np.int16)


def _header() -> Dataset:
    uid = f"{_PREFIX}{_NUMBER}"
    found = Dataset()
    values = {
        "SOPClassUID": CTImageStorage, "Modality": "CT", "StudyInstanceUID": uid,
        "SeriesInstanceUID": f"{uid}.1", "FrameOfReferenceUID": f"{uid}.2",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "StudyDate": "20240229",
        "PatientName": f"{MARK}^Name", "PatientID": f"{MARK}{uid}", "PatientSex": "F",
        "PatientAge": "071Y", "PatientBirthDate": "19521123", "AccessionNumber": f"{MARK}acc",
        "ReferringPhysicianName": f"{MARK}^Doctor", "StudyDescription": f"{MARK} study",
        "SeriesDescription": f"{MARK} series", "InstitutionName": f"{MARK} hospital",
        "BodyPartExamined": "ABDOMEN", "Manufacturer": "SIEMENS", "ConvolutionKernel": "Br38f",
        "KVP": "120", "SliceThickness": "3", "SeriesNumber": 2, "AcquisitionNumber": 1,
        "Rows": _SHAPE[1], "Columns": _SHAPE[0], "SamplesPerPixel": 1, "BitsAllocated": 16,
        "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0,
        "PhotometricInterpretation": "MONOCHROME2",
    }  # fmt: skip
    for name, value in values.items():
        setattr(found, name, value)
    return found


def _placed(header: Dataset, k: int) -> Dataset:
    header.SOPInstanceUID = f"{_PREFIX}{_NUMBER}.1.{k + 1}"
    header.InstanceNumber = k + 1
    header.ImagePositionPatient = [*_ORIGIN_MM[:2], _ORIGIN_MM[2] + _SPACING_MM[2] * k]
    header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    header.PixelSpacing = [_SPACING_MM[1], _SPACING_MM[0]]
    header.RescaleSlope, header.RescaleIntercept = "1", "-1024"
    return header


def _slices(
    hu: NDArray[np.int16],
    syntax: str,
    pixels: Callable[[NDArray[np.uint16]], bytes] = NDArray.tobytes,
) -> Mapping[str, bytes]:
    stored = (hu + 1024).astype("<u2").transpose(2, 1, 0)
    found = {}
    for k, plane in enumerate(stored):
        header = _placed(_header(), k)
        header.PixelData = pixels(np.ascontiguousarray(plane))
        found[f"{MARK}{k:02d}.dcm"] = _written(header, syntax)
    return found


def _multi_frame(hu: NDArray[np.int16]) -> Mapping[str, bytes]:
    header = _header()
    header.SOPClassUID = EnhancedCTImageStorage
    header.SOPInstanceUID = f"{_PREFIX}{_NUMBER}.1.1"
    header.NumberOfFrames = hu.shape[2]
    shared, measures, turned, line = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [_SPACING_MM[1], _SPACING_MM[0]], "3"
    turned.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    line.RescaleSlope, line.RescaleIntercept, line.RescaleType = "1", "-1024", "HU"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [turned]
    shared.PixelValueTransformationSequence = [line]
    header.SharedFunctionalGroupsSequence = [shared]
    header.PerFrameFunctionalGroupsSequence = [_frame(k) for k in range(hu.shape[2])]
    header.PixelData = (hu + 1024).astype("<u2").transpose(2, 1, 0).tobytes()
    return {f"{MARK}.dcm": _written(header, ExplicitVRLittleEndian)}


def _frame(k: int) -> Dataset:
    groups, plane = Dataset(), Dataset()
    plane.ImagePositionPatient = [*_ORIGIN_MM[:2], _ORIGIN_MM[2] + _SPACING_MM[2] * k]
    groups.PlanePositionSequence = [plane]
    return groups


def _written(header: Dataset, syntax: str) -> bytes:
    header["PixelData"].VR = "OB" if syntax == JPEGLSLossless else "OW"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = syntax
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    written = io.BytesIO()
    header.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _jpegls(plane: NDArray[np.uint16]) -> bytes:
    return encapsulate([bytes(imagecodecs.jpegls_encode(plane))])


def _whole_volume(hu: NDArray[np.int16]) -> Mapping[str, bytes]:
    return {f"{MARK}.nii": _nifti(hu)}


def _nifti(values: NDArray[np.generic]) -> bytes:
    image = nibabel.Nifti1Image(values, _affine())
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = f"{MARK} volume".encode()
    return bytes(image.to_bytes())


def _with_description(file: bytes, number: int) -> bytes:
    """Write a number into the 80 bytes that a NIfTI header has for words."""
    return file[:148] + f"{MARK} {number}".encode().ljust(80, b"\0") + file[228:]


_KINDS: Mapping[str, Callable[[NDArray[np.int16]], Mapping[str, bytes]]] = {
    "explicit": lambda hu: _slices(hu, ExplicitVRLittleEndian),
    "implicit": lambda hu: _slices(hu, ImplicitVRLittleEndian),
    "compressed": lambda hu: _slices(hu, JPEGLSLossless, _jpegls),
    "multi-frame": _multi_frame,
    "nifti": _whole_volume,
}

KINDS = tuple(_KINDS)


def write_study(study: Study, root: Path) -> Path:
    """Write a study below ``root/export`` and its mask below ``root/masks``; return its folder."""
    folder = root / "export" / f"{MARK}{study.number:05d}"
    folder.mkdir(parents=True)
    for name, content in study.files.items():
        (folder / name).write_bytes(content)
    if study.mask is not sound_mask():
        (root / "masks" / f"{study.number:05d}.nii.gz").write_bytes(study.mask)
    return folder
