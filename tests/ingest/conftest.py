"""DICOM files and records made from geometry, not from patients."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from ctbone.records import PixelEncoding, SeriesRecord, SliceRecord

STUDY_UID = "1.2.3.1"
SERIES_UID = "1.2.3.1.1"

DEFAULTS = {
    "SOPClassUID": CTImageStorage,
    "Modality": "CT",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "StudyInstanceUID": STUDY_UID,
    "SeriesInstanceUID": SERIES_UID,
    "PatientID": "P1",
    "StudyDate": "20240229",
    "Manufacturer": "SIEMENS",
    "ConvolutionKernel": "Br38f",
    "KVP": "120",
    "SliceThickness": "1.25",
    "ImagePositionPatient": [-10.5, -20.25, -30.75],
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PixelSpacing": [0.7, 0.9],
    "Rows": 6,
    "Columns": 5,
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 1,
    "RescaleSlope": "1",
    "RescaleIntercept": "-1024",
}


def write_slice(path: Path, *, syntax: str = ExplicitVRLittleEndian, **tags: object) -> Path:
    """Write one CT slice; ``None`` leaves an attribute out."""
    dataset = Dataset()
    values = {"SOPInstanceUID": generate_uid(), **DEFAULTS, **tags}
    for name, value in values.items():
        if value is not None:
            setattr(dataset, name, value)
    if "PixelData" not in tags:
        pixels = np.arange(values["Rows"] * values["Columns"], dtype=np.int16)
        dataset.PixelData = pixels.tobytes()
    if "PixelData" in dataset:
        dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = values["SOPClassUID"]
    dataset.file_meta.MediaStorageSOPInstanceUID = values["SOPInstanceUID"]
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_series(folder: Path, *, count: int = 40, step_mm: float = 2.5, **tags: object) -> None:
    """Write an axial series of evenly spaced slices."""
    uid = tags.get("SeriesInstanceUID") or SERIES_UID
    for index in range(count):
        position = [-10.5, -20.25, -30.75 + step_mm * index]
        own = {
            "SOPInstanceUID": f"{uid}.{index + 1}",
            "InstanceNumber": index + 1,
            "ImagePositionPatient": position,
        }
        write_slice(folder / f"{index:04d}", **{**own, **tags})


ENCODING = PixelEncoding(
    transfer_syntax_uid=ExplicitVRLittleEndian,
    bits_allocated=16,
    bits_stored=16,
    is_signed=True,
    samples_per_pixel=1,
    photometric="MONOCHROME2",
    rescale_slope=1.0,
    rescale_intercept=-1024.0,
    rescale_type="HU",
    padding=None,
    is_lossy=False,
)


def slice_record(number: int = 1, **values: object) -> SliceRecord:
    """Make one slice; heights grow with the number unless a position is given."""
    made = {
        "number": number,
        "path": Path("nowhere"),
        "frame": 0,
        "sop_instance_uid": f"1.2.3.1.1.{number}",
        "position_mm": (-10.5, -20.25, 2.5 * number),
        "orientation": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        "spacing_mm": (0.9, 0.7),
        "rows": 6,
        "columns": 5,
        "slice_thickness_mm": 1.25,
        "acquisition": 1,
        "instance_number": number,
        "image_type": ("ORIGINAL", "PRIMARY", "AXIAL"),
        "encoding": ENCODING,
        "pixel_offset": 1000,
        "pixel_length": 60,
    }
    return SliceRecord(**{**made, **values})


def series_record(slices, **values: object) -> SeriesRecord:
    """Make a series of soft-tissue, unenhanced CT."""
    made = {
        "series_uid": SERIES_UID,
        "modality": "CT",
        "sop_class_uid": str(CTImageStorage),
        "description": "",
        "kernel": "Br38f",
        "kvp": 120.0,
        "contrast": False,
        "body_part": "ABDOMEN",
        "manufacturer": "SIEMENS",
        "model": "",
        "slices": tuple(slices),
    }
    return SeriesRecord(**{**made, **values})


@pytest.fixture
def key():
    """A site key."""
    return b"a site key for tests"
