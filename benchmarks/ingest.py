"""Reading CT against SimpleITK, pydicom and dcm2niix: ``python -m benchmarks.ingest``.

One synthetic series of 300 slices of 512 x 512, uncompressed, in JPEG-LS and in JPEG 2000, and the
headers of one tree of files. Each reader runs in a process of its own, after a warm-up, so the
files are in the page cache and imports are not counted. ctbone is timed end to end: from the
folder over the index to the volume in Hounsfield units. The floor is reading the bytes of the
uncompressed pixels into one array.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pydicom

from benchmarks.measure import Cannot, Measurement, Row, measure, table

SLICES, SIZE = 300, 512
SYNTAXES = {
    "plain": "1.2.840.10008.1.2.1",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
}
READERS = {
    "ctbone": "read_ctbone",
    "SimpleITK": "read_simpleitk",
    "pydicom pixel_array": "read_pydicom",
    "pydicom frombuffer": "read_frombuffer",
    "dcm2niix": "read_dcm2niix",
}
#: Encoding is slow, so this many different slices are repeated.
_DIFFERENT = 30


def main() -> None:
    """Make the series, measure every reader on each, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="MONAI's readers too")
    parser.add_argument("--no-tree", action="store_true", help="leave out the tree of files")
    options = parser.parse_args()
    readers = READERS | ({"MONAI PydicomReader": "read_monai"} if options.all else {})
    with tempfile.TemporaryDirectory() as folder:
        write_series(Path(folder))
        found = series_rows(Path(folder), readers, repeats=options.repeats)
    if not options.no_tree:
        found += tree_rows()
    print(table(found))


def series_rows(folder: Path, readers: dict[str, str], *, repeats: int) -> list[Row]:
    """Measure every reader on every series."""
    floor = measure("benchmarks.ingest:read_bytes", str(folder / "plain"), repeats=repeats)
    if floor is None:
        raise RuntimeError("the floor could not be measured")
    found = [Row("plain", "bytes into one array", floor, floor.wall_s)]
    for task in SYNTAXES:
        # Seconds a run where pixels are compressed.
        times = repeats if task == "plain" else max(2, repeats // 2)
        for reader, function in readers.items():
            if function == "read_frombuffer" and task != "plain":
                continue
            target = f"benchmarks.ingest:{function}"
            measured = measure(target, str(folder / task), repeats=times)
            found.append(Row(task, reader, measured, floor.wall_s))
    return found


def tree_rows() -> list[Row]:
    """Measure the headers of a tree of files."""
    from benchmarks.ingest_tree import rows

    return [
        Row(row.task, row.tool, None, 0.0)
        if row.wall_s is None
        else Row(
            row.task,
            row.tool,
            Measurement(row.wall_s, None, row.cpu_s, row.peak_mb),
            row.wall_s / row.ratio,
        )
        for row in rows()
    ]


def write_series(folder: Path) -> None:
    """Write the series once in each syntax, into folders named after it."""
    import imagecodecs

    planes = [_plane(seed) for seed in range(_DIFFERENT)]
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
        for k in range(SLICES):
            _write_slice(folder / task / f"{k:04d}", bytes(stored[k % _DIFFERENT]), k, task)


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


def read_bytes(folder: str) -> None:
    """Read the last bytes of every file into one array: what no reader of pixels can undercut."""
    size = SIZE * SIZE * 2
    out = np.empty((SLICES, SIZE, SIZE), np.int16)
    for plane, path in zip(out, sorted(Path(folder).iterdir()), strict=True):
        file = os.open(path, os.O_RDONLY)
        os.preadv(file, [plane.data], path.stat().st_size - size)
        os.close(file)


def read_ctbone(folder: str) -> None:
    """Index the folder and read its one series."""
    from ctbone.ingest import index_export, read_volume

    (study,) = index_export(Path(folder), key=b"benchmark")
    volume = read_volume(study.series[0])
    _require_whole(volume.hu)


def read_simpleitk(folder: str) -> None:
    """Scan the folder and read its one series."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    image = reader.Execute()
    _require_whole(sitk.GetArrayViewFromImage(image))


def read_pydicom(folder: str) -> None:
    """Read, sort and rescale with pydicom's ``pixel_array``."""

    def values(dataset: pydicom.Dataset) -> np.ndarray:
        try:
            return dataset.pixel_array
        except RuntimeError as error:
            raise Cannot from error

    _read_loop(folder, values)


def read_frombuffer(folder: str) -> None:
    """Read, sort and rescale with pydicom's headers alone."""
    _read_loop(folder, lambda d: np.frombuffer(d.PixelData, np.uint16).reshape(d.Rows, d.Columns))


def _read_loop(folder: str, values: Callable[[pydicom.Dataset], np.ndarray]) -> None:
    datasets = [pydicom.dcmread(path) for path in Path(folder).iterdir()]
    datasets.sort(key=lambda d: float(d.ImagePositionPatient[2]))
    out = np.empty((len(datasets), SIZE, SIZE), np.int16)
    for plane, dataset in zip(out, datasets, strict=True):
        np.multiply(values(dataset), int(dataset.RescaleSlope), out=plane, casting="unsafe")
        np.add(plane, np.int16(dataset.RescaleIntercept), out=plane)
    _require_whole(out)


def read_dcm2niix(folder: str) -> None:
    """Convert to an uncompressed NIfTI file."""
    if shutil.which("dcm2niix") is None:
        raise Cannot
    with tempfile.TemporaryDirectory() as out:
        command = ["dcm2niix", "-z", "n", "-b", "n", "-o", out, folder]
        subprocess.run(command, capture_output=True, check=False)
        sizes = [path.stat().st_size for path in Path(out).glob("*.nii")]
    if not sizes or max(sizes) < SLICES * SIZE * SIZE * 2:
        raise Cannot


def read_monai(folder: str) -> None:
    """Read with MONAI's PydicomReader."""
    from monai.data import PydicomReader

    reader = PydicomReader()
    array, _ = reader.get_data(reader.read(folder))
    _require_whole(array)


def _require_whole(hu: np.ndarray) -> None:
    if hu.size != SLICES * SIZE * SIZE or float(hu[tuple(n // 2 for n in hu.shape)]) < -500.0:
        raise RuntimeError("the series was not read")


if __name__ == "__main__":
    main()
