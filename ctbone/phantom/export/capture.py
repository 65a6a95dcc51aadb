"""A page of doses, as a secondary capture: a picture that is no part of the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.export.encode import CAPTURE, Image
from ctbone.phantom.export.headers import (
    SeriesHead,
    Visit,
    clock,
    dose_index_mgy,
    instance,
    series_dataset,
)
from ctbone.phantom.export.images import pixel_module
from ctbone.phantom.export.plan import make_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Rows and columns of the page.
_SHAPE = (384, 512)

#: Height of a line of text, pixels.
_LINE = 18


def capture_image(visit: Visit, *, length_mm: float) -> Image:
    """Return the page of doses of a study.

    Args:
        visit: The study.
        length_mm: How far each acquisition scanned.
    """
    plan = visit.plan
    head = SeriesHead(make_uid(plan.study_uid, "dose"), 999, "Dose Report", minutes=15.0)
    dataset = instance(series_dataset(visit, head), 1)
    dataset.SOPClassUID = CAPTURE
    dataset.ImageType = ["DERIVED", "SECONDARY", *visit.vendor.image_types.report]
    _add_capture(dataset, visit)
    pixels = _page(_lines(visit, length_mm))
    pixel_module(dataset, pixels.shape, bits=8, is_signed=False)
    return Image(dataset, pixels)


def _add_capture(dataset: Dataset, visit: Visit) -> None:
    """Say what made the page, and that no body is in it."""
    del dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator, dataset.PatientPosition
    dataset.PatientOrientation = ""
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.SecondaryCaptureDeviceManufacturer = visit.vendor.manufacturer
    dataset.SecondaryCaptureDeviceManufacturerModelName = visit.vendor.model
    dataset.DateOfSecondaryCapture = dataset.StudyDate
    dataset.TimeOfSecondaryCapture = clock(visit.plan, 15.0)


def _lines(visit: Visit, length_mm: float) -> list[str]:
    lines = ["Dose Report", "", "Scan   kV   mAs   CTDIvol mGy   DLP mGy cm"]
    for scan in visit.plan.acquisitions:
        index = dose_index_mgy(visit, scan)
        mas = round(scan.current_ma * visit.vendor.rotation_s)
        product = index * length_mm / 10.0
        lines.append(f"{scan.number}   {scan.kvp}   {mas}   {index:.2f}   {product:.1f}")
    return lines


def _page(lines: list[str]) -> NDArray[np.uint8]:
    """Return lines of light text on black, in a frame."""
    from PIL import Image as Picture
    from PIL import ImageDraw

    page = Picture.new("L", _SHAPE[::-1])
    pen = ImageDraw.Draw(page)
    pen.rectangle((4, 4, _SHAPE[1] - 5, _SHAPE[0] - 5), outline=200)
    for number, line in enumerate(lines):
        pen.text((16, 16 + _LINE * number), line, fill=220)
    return np.array(page, dtype=np.uint8)
