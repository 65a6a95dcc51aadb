"""One CT series of 512 x 512 slices, in each of three syntaxes, as an archive would hold it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

SIZE = 512
SYNTAXES = {
    "plain": "1.2.840.10008.1.2.1",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
}
#: Encoding is slow, so this many different slices are repeated.
_DIFFERENT = 30


def write_series(folder: Path, *, slices: int) -> None:
    """Write the series once in each syntax, into folders named after it."""
    import imagecodecs

    planes = [_plane(seed) for seed in range(min(_DIFFERENT, slices))]
    encoders = {
        "plain": np.ndarray.tobytes,
        "JPEG-LS": imagecodecs.jpegls_encode,
        "JPEG 2000": lambda p: imagecodecs.jpeg2k_encode(
            p, level=0, reversible=True, codecformat="J2K"
        ),
    }
    for task, encode in encoders.items():
        (folder / task).mkdir()
        with ThreadPoolExecutor() as pool:
            stored = list(pool.map(encode, planes))
        for k in range(slices):
            _write_slice(folder / task / f"{k:04d}", bytes(stored[k % len(stored)]), k, task)


def _plane(seed: int) -> np.ndarray:
    """Return the stored values of one slice of a body with bone, lungs and the noise of CT."""
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE / 2.0
    hu = np.full((SIZE, SIZE), -1000.0)
    hu[(x / 220.0) ** 2 + (y / 160.0) ** 2 < 1.0] = -100.0
    hu[(x / 195.0) ** 2 + (y / 135.0) ** 2 < 1.0] = 50.0
    for side in (-1.0, 1.0):
        hu[((x - side * 100.0) / 60.0) ** 2 + ((y + 20.0) / 80.0) ** 2 < 1.0] = -850.0
    hu[(x / 24.0) ** 2 + ((y - 70.0) / 20.0) ** 2 < 1.0] = 200.0
    noise = ndimage.gaussian_filter(rng.normal(size=hu.shape), 0.7)
    noise *= np.where(hu > -900.0, 20.0, 8.0) / noise.std()
    return np.clip(np.rint(hu + noise) + 1024.0, 0, 4095).astype(np.uint16)


def _write_slice(path: Path, stored: bytes, k: int, task: str) -> None:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = SYNTAXES[task]
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.10.999.3.{k + 1}"
    ds = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    ds.ImageType, ds.Modality = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT"
    ds.PatientID, ds.PatientName = "1", "Benchmark"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.10.999.1"
    ds.SeriesInstanceUID = "1.2.826.0.1.3680043.10.999.2"
    ds.FrameOfReferenceUID = "1.2.826.0.1.3680043.10.999.4"
    ds.SeriesNumber, ds.InstanceNumber, ds.AcquisitionNumber = 1, k + 1, 1
    ds.ImagePositionPatient = [-190.0, -180.0, 1.25 * k]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [0.75, 0.75], 1.25
    ds.Rows, ds.Columns, ds.SamplesPerPixel = SIZE, SIZE, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
    ds.PixelData = stored if task == "plain" else encapsulate([stored])
    ds["PixelData"].VR = "OW" if task == "plain" else "OB"
    if task != "plain":
        ds["PixelData"].is_undefined_length = True
    ds.save_as(path, enforce_file_format=True)
