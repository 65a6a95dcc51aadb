"""The quality-control picture as a secondary capture, with what was found and its caveat below."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ctbone.delivery.case import Case
from ctbone.delivery.header import finish, identity, patient_and_study, unquestioned
from ctbone.delivery.wording import CAVEAT, told
from ctbone.localisation.pictures.canvas import WARNING, WORDS, wrapped, write

if TYPE_CHECKING:
    from pydicom import Dataset

#: Size of the letters below the picture, the distance of their lines, the margin about them, and
#: how many lines a sentence may have, in pixels.
_SIZE, _LINE, _MARGIN, _LINES = 15, 20, 12, 4


def write_capture(path: Path, case: Case, *, picture: Path) -> None:
    """Write the picture of a screened study as a DICOM object.

    Args:
        path: Where to write.
        case: The study and its outcome.
        picture: The quality-control picture, a PNG.

    Raises:
        NoEligibleSeries: If nothing in DICOM can refer to the series.
        UnreadableFile: If the first image cannot be read.
    """
    with Image.open(picture) as file:
        canvas = with_words(file.convert("RGB"), case)
    found = _capture(case, np.asarray(canvas))
    finish(path, found, case.images[0])


def with_words(picture: Image.Image, case: Case) -> Image.Image:
    """Return a picture with what was found written below, and that it is no diagnosis."""
    width = picture.width - 2 * _MARGIN
    lines = [
        (line, colour)
        for sentence, colour in [*((one, WORDS) for one in told(case.outcome)), (CAVEAT, WARNING)]
        for line in wrapped(sentence, width, size=_SIZE, lines=_LINES)
    ]
    canvas = Image.new(
        "RGB", (picture.width, picture.height + _LINE * len(lines) + 2 * _MARGIN), "black"
    )
    canvas.paste(picture)
    for number, (line, colour) in enumerate(lines):
        place = (_MARGIN, picture.height + _MARGIN + number * _LINE)
        write(canvas, line, place, colour=colour, size=_SIZE)
    return canvas


def _capture(case: Case, pixels: np.ndarray) -> Dataset:
    from highdicom.sc import SCImage

    with unquestioned():
        found = SCImage(
            pixel_array=pixels,
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            patient_orientation=("L", "F"),
            **patient_and_study(case.images[0]),
            **identity(case, "capture", hashlib.sha256(pixels.tobytes()).hexdigest()),
        )
    # It shows sections from several sides: no one orientation is true of it.
    found.PatientOrientation = None
    found.BodyPartExamined = "LSPINE"
    found.ConversionType = "WSD"
    found.BurnedInAnnotation = "NO"
    found.DerivationDescription = "Reformats of the CT with what was found in it"
    return found
