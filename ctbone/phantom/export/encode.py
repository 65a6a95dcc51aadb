"""Writing one DICOM file, plain or losslessly compressed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.export.plan import Compression, make_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Secondary Capture Image Storage.
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

_SYNTAX: dict[Compression, str] = {
    "none": "1.2.840.10008.1.2.1",
    "rle": "1.2.840.10008.1.2.5",
    "jpegls": "1.2.840.10008.1.2.4.80",
}

#: Names this writer in the files' own headers.
_IMPLEMENTATION = make_uid("ctbone", "phantom")


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A file to write.

    Attributes:
        dataset: Its attributes, without pixels.
        pixels: Stored values, rows by columns.
    """

    dataset: Dataset
    pixels: NDArray[np.generic]


def write_image(image: Image, path: Path, *, compression: Compression) -> None:
    """Write one file; secondary captures stay uncompressed."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    dataset = image.dataset
    if dataset.SOPClassUID == CAPTURE:
        compression = "none"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(_SYNTAX[compression])
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    dataset.file_meta = meta
    _set_pixels(dataset, image.pixels, compression)
    path.parent.mkdir(parents=True, exist_ok=True)
    dcmwrite(path, dataset, enforce_file_format=True)


def _set_pixels(dataset: Dataset, pixels: NDArray[np.generic], compression: Compression) -> None:
    from pydicom.encaps import encapsulate

    pixels = np.ascontiguousarray(pixels)
    if compression == "none":
        dataset.PixelData = pixels.tobytes()
    elif compression == "rle":
        dataset.PixelData = encapsulate([_rle(pixels)])
    else:
        from imagecodecs import jpegls_encode

        # A signed value keeps its 16 bits; the header says how to read them.
        bits = pixels.view(np.uint16)
        dataset.PixelData = encapsulate([jpegls_encode(bits)])
        dataset.BitsStored, dataset.HighBit = 16, 15
    is_plain = compression == "none"
    dataset["PixelData"].VR = "OW" if is_plain and dataset.BitsAllocated == 16 else "OB"
    dataset["PixelData"].is_undefined_length = not is_plain


def _rle(pixels: NDArray[np.generic]) -> bytes:
    from rle.rle import encode_frame

    encoded: bytes = encode_frame(pixels.tobytes(), *pixels.shape, 1, 16, "<")
    return encoded
