"""Writing one DICOM file, plain or compressed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.export.configuration import Compression
from ctbone.phantom.export.plan import make_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: CT Image Storage, Secondary Capture Image Storage, X-Ray Radiation Dose SR Storage.
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
DOSE_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"

_SYNTAX: dict[Compression, str] = {
    "none": "1.2.840.10008.1.2.1",
    "rle": "1.2.840.10008.1.2.5",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpeg": "1.2.840.10008.1.2.4.70",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "lossy_jpeg2000": "1.2.840.10008.1.2.4.91",
}

#: Names this writer in the files' own headers.
_IMPLEMENTATION = make_uid("ctbone", "phantom")

#: Peak signal-to-noise ratio of lossy JPEG 2000, dB of 16 bits: an error of about 4 HU.
_LOSSY_DB = 85


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A file to write.

    Attributes:
        dataset: Its attributes, without pixels.
        pixels: Stored values, rows by columns; ``None`` for an object without any.
    """

    dataset: Dataset
    pixels: NDArray[np.generic] | None


def write_image(image: Image, path: Path, *, compression: Compression) -> None:
    """Write one file; pictures and reports stay uncompressed."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    dataset = image.dataset
    if dataset.SOPClassUID != CT_IMAGE:
        compression = "none"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(_SYNTAX[compression])
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    dataset.file_meta = meta
    if image.pixels is not None:
        _set_pixels(dataset, np.ascontiguousarray(image.pixels), compression)
    path.parent.mkdir(parents=True, exist_ok=True)
    dcmwrite(path, dataset, enforce_file_format=True)


def _set_pixels(dataset: Dataset, pixels: NDArray[np.generic], compression: Compression) -> None:
    from pydicom.encaps import encapsulate

    if compression == "none":
        dataset.PixelData = pixels.tobytes()
    else:
        dataset.PixelData = encapsulate([_compressed(pixels, compression)])
        _declare(dataset, pixels, compression)
    is_plain = compression == "none"
    dataset["PixelData"].VR = "OW" if is_plain and dataset.BitsAllocated == 16 else "OB"
    dataset["PixelData"].is_undefined_length = not is_plain


def _compressed(pixels: NDArray[np.generic], compression: Compression) -> bytes:
    """Return the frame; signed values keep their 16 bits, and the header says how to read them."""
    import imagecodecs

    if compression == "rle":
        from rle.rle import encode_frame

        return bytes(encode_frame(pixels.tobytes(), *pixels.shape, 1, 16, "<"))
    if compression == "jpegls":
        return bytes(imagecodecs.jpegls_encode(pixels.view(np.uint16)))
    if compression == "jpeg":
        found = imagecodecs.jpeg8_encode(
            pixels.view(np.uint16), lossless=True, predictor=1, bitspersample=16
        )
        return bytes(found)
    is_lossless = compression == "jpeg2000"
    level = 0 if is_lossless else _LOSSY_DB
    return bytes(
        imagecodecs.jpeg2k_encode(pixels, level=level, codecformat="j2k", reversible=is_lossless)
    )


def _declare(dataset: Dataset, pixels: NDArray[np.generic], compression: Compression) -> None:
    """Say in the header what the codec made of the values."""
    if compression != "rle":
        dataset.BitsStored, dataset.HighBit = 16, 15
    if compression == "lossy_jpeg2000":
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionMethod = "ISO_15444_1"
        length = len(dataset.PixelData)
        dataset.LossyImageCompressionRatio = f"{pixels.nbytes / length:.3g}"
