"""CT images as scanners and archives write them: axial series, localizers, reformats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.export.encode import Image
from ctbone.phantom.export.headers import (
    SeriesHead,
    Visit,
    add_contrast,
    add_exposure,
    add_geometry_of_scanner,
    clock,
    decimal,
    instance,
    series_dataset,
)
from ctbone.phantom.export.plan import AcquisitionPlan, Plane, SeriesPlan, make_uid
from ctbone.phantom.export.vendors import Vendor
from ctbone.phantom.scanner.field import outside_field
from ctbone.volume import CTVolume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Thickness and distance of reformats, mm.
_REFORMAT_MM = 3.0

#: Names of phases in descriptions.
_PHASES = {
    "none": "nativ",
    "arterial": "arterial",
    "portal": "portal venous",
    "excretory": "excretory",
}


def axial_images(
    visit: Visit, scan: AcquisitionPlan, series: SeriesPlan, volume: CTVolume
) -> Iterator[Image]:
    """Yield the files of an axial series, in the order of acquisition: head first if so placed.

    Args:
        visit: The study.
        scan: The acquisition.
        series: The series.
        volume: The scan, along the patient's axes, in the coordinates of the scanner.
    """
    vendor, plan = visit.vendor, visit.plan
    base = _axial_base(visit, scan, series, volume)
    outside = None
    if series.scan.field_diameter_mm is not None:
        outside = outside_field(volume.grid, series.scan.field_diameter_mm)
    count, along = volume.hu.shape[2], 1 if plan.position == "FFS" else -1
    for number, k in enumerate(range(count)[::along], start=1):
        position = volume.affine[:3, 3] + k * volume.affine[:3, 2]
        dataset = instance(base, number)
        dataset.ImagePositionPatient = [decimal(x) for x in position]
        dataset.SliceLocation = decimal(position[2])
        # A table of 40 mm a second.
        seconds = number * series.spacing_mm / 40.0
        dataset.AcquisitionTime = dataset.ContentTime = clock(plan, scan.minutes + seconds / 60.0)
        yield Image(dataset, _stored(volume.hu[:, :, k], vendor, outside).T)


def _axial_base(
    visit: Visit, scan: AcquisitionPlan, series: SeriesPlan, volume: CTVolume
) -> Dataset:
    """Return how an axial series was acquired and lies in the patient."""
    vendor, spacing = visit.vendor, volume.spacing_mm
    kernel = vendor.kernels[series.scan.kernel]
    region = visit.plan.region.replace("_", " ")
    phase = "" if scan.phase == "none" else f" {_PHASES[scan.phase]}"
    description = f"{region}{phase} {series.spacing_mm:g} {kernel}"
    base = series_dataset(
        visit, SeriesHead(series.series_uid, series.number, description, scan.minutes)
    )
    base.ImageType = ["ORIGINAL", "PRIMARY", *vendor.image_types.axial]
    add_exposure(base, visit, scan)
    add_geometry_of_scanner(base, visit)
    add_contrast(base, visit, scan)
    base.ConvolutionKernel = kernel
    base.SliceThickness = decimal(series.scan.slice_thickness_mm or spacing[2])
    base.SpacingBetweenSlices = decimal(spacing[2])
    base.ReconstructionDiameter = decimal(spacing[0] * volume.hu.shape[0])
    base.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    base.PixelSpacing = [decimal(spacing[1]), decimal(spacing[0])]
    _add_pixels(base, volume.hu.shape[1::-1], vendor)
    if visit.plan.fault == "missing_rescale":
        del base.RescaleIntercept, base.RescaleSlope, base.RescaleType
    return base


def _stored(
    hu: NDArray[np.integer] | NDArray[np.floating],
    vendor: Vendor,
    outside: NDArray[np.bool_] | None,
) -> NDArray[np.int16] | NDArray[np.uint16]:
    """Return stored values of a slice, with padding outside the circle."""
    stored: NDArray[np.int32] = hu.astype(np.int32) - vendor.intercept
    if outside is not None:
        stored[outside] = vendor.padding
    return stored.astype(np.int16) if vendor.is_signed else stored.astype(np.uint16)


def _add_pixels(dataset: Dataset, shape: tuple[int, ...], vendor: Vendor) -> None:
    pixel_module(dataset, shape, bits=16 if vendor.is_signed else 12, is_signed=vendor.is_signed)
    dataset.PixelPaddingValue = vendor.padding
    dataset.WindowCenter, dataset.WindowWidth = 40, 400
    dataset.RescaleIntercept, dataset.RescaleSlope = vendor.intercept, 1
    dataset.RescaleType = "HU"


def localizer_images(visit: Visit, volume: CTVolume) -> Iterator[Image]:
    """Yield a frontal localizer, and a lateral one where there is one: means along the beam."""
    vendor = visit.vendor
    head = SeriesHead(make_uid(visit.plan.study_uid, "localizer"), 1, vendor.localizer_name)
    base = series_dataset(visit, head)
    base.ImageType = ["ORIGINAL", "PRIMARY", *vendor.image_types.localizer]
    base.AcquisitionNumber = 0
    base.KVP = 120
    base.ExposureTime, base.XRayTubeCurrent, base.Exposure = 5000, 35, 175
    if vendor.scan_options[1]:
        base.ScanOptions = vendor.scan_options[1]
    add_geometry_of_scanner(base, visit)
    axes = (1, 0) if visit.plan.extras.has_lateral else (1,)
    for number, axis in enumerate(axes, start=1):
        yield _projection(instance(base, number), volume, axis)


def _projection(dataset: Dataset, volume: CTVolume, axis: int) -> Image:
    """Return the mean of a volume along its first or second axis as a localizer, head up."""
    across, size, spacing = 1 - axis, volume.hu.shape, volume.spacing_mm
    density = np.clip(volume.hu + np.float32(1000.0), 0.0, None).mean(axis=axis).T[::-1]
    corner = np.array([0.0, 0.0, size[2] - 1.0, 1.0])
    corner[axis] = 0.5 * (size[axis] - 1)
    position = volume.affine @ corner
    dataset.ImageOrientationPatient = [*np.eye(3, dtype=int)[across].tolist(), 0, 0, -1]
    dataset.ImagePositionPatient = [decimal(x) for x in position[:3]]
    dataset.PixelSpacing = [decimal(spacing[2]), decimal(spacing[across])]
    dataset.SliceThickness = decimal(spacing[axis] * size[axis])
    dataset.SliceLocation = decimal(position[axis])
    pixels = np.clip(4.0 * density, 0, 4095).astype(np.uint16)
    pixel_module(dataset, pixels.shape, bits=12, is_signed=False)
    dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    dataset.RescaleType = "US"
    return Image(dataset, np.ascontiguousarray(pixels))


def reformat_images(
    visit: Visit, scan: AcquisitionPlan, volume: CTVolume, *, plane: Plane, number: int
) -> Iterator[Image]:
    """Yield sagittal or coronal slices made from an axial series, head up.

    Slices are means over 3 mm; rows are as far apart as columns.
    """
    axis = 0 if plane == "sagittal" else 1
    across, size, spacing = 1 - axis, volume.hu.shape, volume.spacing_mm
    head = SeriesHead(make_uid(visit.plan.study_uid, plane), number, f"{plane} 3.0 MPR")
    base = series_dataset(visit, head)
    base.ImageType = ["DERIVED", "SECONDARY", *visit.vendor.image_types.reformat]
    add_exposure(base, visit, scan)
    add_geometry_of_scanner(base, visit)
    add_contrast(base, visit, scan)
    base.ConvolutionKernel = visit.vendor.kernels[scan.series[0].scan.kernel]
    block = max(round(_REFORMAT_MM / spacing[axis]), 1)
    base.SliceThickness = base.SpacingBetweenSlices = decimal(block * spacing[axis])
    base.ImageOrientationPatient = [*np.eye(3, dtype=int)[across].tolist(), 0, 0, -1]
    base.PixelSpacing = [decimal(spacing[across]), decimal(spacing[across])]
    heights = np.arange((size[2] - 1) * spacing[2] // spacing[across], -1.0, -1.0)
    rows = heights * spacing[across] / spacing[2]
    _add_pixels(base, (len(rows), size[across]), visit.vendor)
    for count, image in enumerate(_thick_planes(volume, axis, block)):
        corner = np.array([0.0, 0.0, rows[0], 1.0])
        corner[axis] = count * block + 0.5 * (block - 1)
        position = volume.affine @ corner
        dataset = instance(base, count + 1)
        dataset.ImagePositionPatient = [decimal(x) for x in position[:3]]
        dataset.SliceLocation = decimal(position[axis])
        yield Image(dataset, _stored(np.rint(_rows_at(image, rows)), visit.vendor, None))


def _thick_planes(volume: CTVolume, axis: int, block: int) -> Iterator[NDArray[np.float32]]:
    """Yield means over so many planes across the first or second axis, shape ``(K, N)``."""
    # Slices lie one after the other in memory: summing all at once reads each of them once.
    slices = volume.hu.transpose(2, 1, 0)
    count = volume.hu.shape[axis] // block
    starts = np.arange(count) * block
    used = slices[:, :, : count * block] if axis == 0 else slices[:, : count * block]
    sums = np.add.reduceat(used, starts, axis=2 - axis, dtype=np.float32)
    for number in range(count):
        yield np.take(sums, number, axis=2 - axis) / np.float32(block)


def _rows_at(image: NDArray[np.float32], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate the rows of an image, shape ``(K, N)``, at fractional indices."""
    below = np.minimum(rows.astype(int), len(image) - 2)
    share = (rows - below)[:, None]
    return np.asarray((1.0 - share) * image[below] + share * image[below + 1])


def pixel_module(dataset: Dataset, shape: tuple[int, ...], *, bits: int, is_signed: bool) -> None:
    """Say how pixels are stored: one grey value each."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = shape[0], shape[1]
    dataset.BitsAllocated = 8 if bits <= 8 else 16
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(is_signed)
