"""Writing DICOM as scanners and archives do: axial series, a scout, a dose report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.export.encode import CAPTURE, Image
from ctbone.phantom.export.plan import SeriesPlan, StudyPlan, make_uid
from ctbone.phantom.export.vendors import VENDORS, Vendor
from ctbone.phantom.scanner.field import outside_field
from ctbone.volume import CTVolume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CT = "1.2.840.10008.5.1.4.1.1.2"


def axial_images(
    plan: StudyPlan, series: SeriesPlan, patient: Patient, volume: CTVolume
) -> Iterator[Image]:
    """Yield the files of an axial series, in the order of its slices.

    Args:
        plan: The study.
        series: The series.
        patient: Who was scanned.
        volume: The scan, along the patient's axes, in the coordinates of the scanner.
    """
    vendor = VENDORS[plan.site.maker]
    base = _series_dataset(
        plan, patient, vendor, series_uid=series.series_uid, number=series.number
    )
    _describe(base, plan, series, volume, vendor)
    stored = volume.hu.astype(np.int32) - vendor.intercept
    if series.scan.field_diameter_mm is not None:
        stored[outside_field(volume.grid, series.scan.field_diameter_mm)] = vendor.padding
    stored = stored.astype(np.int16 if vendor.is_signed else np.uint16)
    for k in range(stored.shape[2]):
        position = volume.affine[:3, 3] + k * volume.affine[:3, 2]
        dataset = _instance(base, k + 1)
        dataset.ImagePositionPatient = [_decimal(x) for x in position]
        dataset.SliceLocation = _decimal(position[2])
        yield Image(dataset, stored[:, :, k].T)


def scout_image(plan: StudyPlan, patient: Patient, volume: CTVolume) -> Image:
    """Return a frontal scout: the mean along the line from front to back."""
    vendor = VENDORS[plan.site.maker]
    uid = make_uid(plan.study_uid, "scout")
    dataset = _instance(_series_dataset(plan, patient, vendor, series_uid=uid, number=1), 1)
    density = np.clip(volume.hu + 1000.0, 0.0, None).mean(axis=1).T[::-1]
    pixels = np.ascontiguousarray(np.clip(4.0 * density, 0, 4095)).astype(np.uint16)
    spacing = volume.spacing_mm
    corner = volume.affine @ np.array([0.0, 0.5 * volume.hu.shape[1], volume.hu.shape[2] - 1, 1.0])
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    dataset.SeriesDescription = "Scout"
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [_decimal(x) for x in corner[:3]]
    dataset.PixelSpacing = [_decimal(spacing[2]), _decimal(spacing[0])]
    dataset.SliceThickness = _decimal(spacing[1] * volume.hu.shape[1])
    dataset.KVP = plan.series[0].scan.kvp
    _pixel_module(dataset, pixels.shape, is_signed=False)
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    return Image(dataset, pixels)


def capture_image(plan: StudyPlan, patient: Patient) -> Image:
    """Return a dose report as a secondary capture: a page with a frame and bars."""
    vendor = VENDORS[plan.site.maker]
    uid = make_uid(plan.study_uid, "dose")
    dataset = _instance(_series_dataset(plan, patient, vendor, series_uid=uid, number=999), 1)
    dataset.SOPClassUID = CAPTURE
    dataset.ImageType = ["DERIVED", "SECONDARY", "SCREEN SAVE"]
    dataset.SeriesDescription = "Dose Report"
    dataset.ConversionType = "WSD"
    pixels = np.zeros((128, 192), np.uint8)
    pixels[[4, -5], 4:-4] = pixels[4:-4, [4, -5]] = 200
    pixels[20:110:12, 16:150] = 160
    _pixel_module(dataset, pixels.shape, is_signed=False)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    return Image(dataset, pixels)


def _series_dataset(
    plan: StudyPlan, patient: Patient, vendor: Vendor, *, series_uid: str, number: int
) -> Dataset:
    """Return the attributes of patient, study, equipment and series."""
    from pydicom.dataset import Dataset

    day = plan.study_date.strftime("%Y%m%d")
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.SOPClassUID = _CT
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = day
    dataset.StudyTime = f"{7 + plan.index % 12:02d}{plan.index % 60:02d}00"
    dataset.AccessionNumber = f"A{plan.index:07d}"
    dataset.Modality = "CT"
    dataset.Manufacturer = vendor.manufacturer
    dataset.ManufacturerModelName = vendor.model
    dataset.InstitutionName = plan.site.name
    dataset.PatientName = f"Simulated^{plan.index:06d}"
    dataset.PatientID = plan.patient_id
    dataset.PatientBirthDate = f"{plan.study_date.year - patient.age_years - 1:04d}1231"
    dataset.PatientSex = patient.sex
    dataset.PatientAge = f"{patient.age_years:03d}Y"
    dataset.PatientSize = _decimal(patient.height_cm / 100.0)
    dataset.PatientWeight = _decimal(patient.weight_kg)
    dataset.PatientPosition = "HFS"
    dataset.StudyInstanceUID = plan.study_uid
    dataset.SeriesInstanceUID = series_uid
    dataset.FrameOfReferenceUID = make_uid(plan.study_uid, "frame")
    dataset.StudyID = str(plan.index + 1)
    dataset.SeriesNumber = number
    return dataset


def _describe(
    dataset: Dataset, plan: StudyPlan, series: SeriesPlan, volume: CTVolume, vendor: Vendor
) -> None:
    """Add how an axial series was acquired and lies in the patient."""
    scan, spacing = series.scan, volume.spacing_mm
    dataset.ImageType = ["ORIGINAL", "PRIMARY", *vendor.image_type]
    kernel = vendor.kernels[scan.kernel]
    dataset.SeriesDescription = f"{plan.region} {series.spacing_mm:g} {kernel}".replace("_", " ")
    dataset.BodyPartExamined = "EXTREMITY" if plan.fault == "no_torso" else _BODY_PART[plan.region]
    dataset.KVP = scan.kvp
    dataset.ConvolutionKernel = kernel
    dataset.SliceThickness = _decimal(scan.slice_thickness_mm or spacing[2])
    dataset.SpacingBetweenSlices = _decimal(spacing[2])
    dataset.PixelSpacing = [_decimal(spacing[1]), _decimal(spacing[0])]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ReconstructionDiameter = _decimal(spacing[0] * volume.hu.shape[0])
    dataset.GantryDetectorTilt = 0
    dataset.AcquisitionNumber = 1
    if scan.phase != "none":
        dataset.ContrastBolusAgent = vendor.contrast_agent
    _pixel_module(dataset, volume.hu.shape[1::-1], is_signed=vendor.is_signed)
    dataset.PixelPaddingValue = vendor.padding
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    if plan.fault != "missing_rescale":
        dataset.RescaleIntercept, dataset.RescaleSlope = vendor.intercept, 1
        dataset.RescaleType = "HU"


_BODY_PART = {
    "chest": "CHEST",
    "abdomen": "ABDOMEN",
    "abdomen_pelvis": "ABDOMEN",
    "chest_abdomen": "CHEST",
    "lumbar": "LSPINE",
}


def _pixel_module(dataset: Dataset, shape: tuple[int, ...], *, is_signed: bool) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = shape[0], shape[1]
    dataset.BitsAllocated = 16
    dataset.BitsStored = 16 if is_signed else 12
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(is_signed)


def _instance(base: Dataset, number: int) -> Dataset:
    """Return a copy that shares the elements of the series and is an instance of its own."""
    from pydicom.dataset import Dataset

    dataset = Dataset(dict(base.items()))
    dataset.SOPInstanceUID = make_uid(base.SeriesInstanceUID, number)
    dataset.InstanceNumber = number
    dataset.ContentDate = base.StudyDate
    return dataset


def _decimal(value: float) -> str:
    """Write a number as DICOM's decimal string, at most 16 characters."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) > 5e-7 else "0"
