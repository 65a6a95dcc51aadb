"""Each reader of a folder with one series; ``measure`` calls them in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydicom

from benchmarks.comparison import Cannot
from benchmarks.ingest.series import SIZE

if TYPE_CHECKING:
    from monai.data import ImageReader


def read_bytes(folder: str) -> None:
    """Read the last bytes of every file into one array: what no reader of pixels can undercut."""
    size = SIZE * SIZE * 2
    paths = sorted(Path(folder).iterdir())
    out = np.empty((len(paths), SIZE, SIZE), np.int16)
    for plane, path in zip(out, paths, strict=True):
        file = os.open(path, os.O_RDONLY)
        os.preadv(file, [plane.data], path.stat().st_size - size)
        os.close(file)


def read_ctbone(folder: str) -> None:
    """Index the folder and read its one series."""
    from ctbone.ingest import index_export, read_volume

    (study,) = index_export(Path(folder), key=b"benchmark")
    volume = read_volume(study.series[0])
    _require_whole(volume.hu, folder)


def read_simpleitk(folder: str) -> None:
    """Scan the folder and read its one series."""
    import SimpleITK as sitk  # noqa: N813 - its usual name

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(folder))
    image = reader.Execute()
    _require_whole(sitk.GetArrayViewFromImage(image), folder)


def read_pydicom(folder: str) -> None:
    """Read, sort and rescale with pydicom's ``pixel_array``."""

    def values(dataset: pydicom.Dataset) -> np.ndarray:
        try:
            return dataset.pixel_array
        except RuntimeError as error:
            raise Cannot("cannot read it: a decoder is not installed") from error

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
    _require_whole(out, folder)


def read_dcm2niix(folder: str) -> None:
    """Convert to an uncompressed NIfTI file."""
    if shutil.which("dcm2niix") is None:
        raise Cannot("dcm2niix is not installed")
    with tempfile.TemporaryDirectory() as out:
        command = ["dcm2niix", "-z", "n", "-b", "n", "-o", out, folder]
        subprocess.run(command, capture_output=True, check=False)
        sizes = [path.stat().st_size for path in Path(out).glob("*.nii")]
    if not sizes or max(sizes) < _voxels(folder) * 2:
        raise Cannot("cannot read it")


def read_monai_pydicom(folder: str) -> None:
    """Read with MONAI's PydicomReader."""
    from monai.data import PydicomReader

    _read_monai(PydicomReader(), folder)


def read_monai_itk(folder: str) -> None:
    """Read with MONAI's ITKReader."""
    # MONAI would tell that it is missing in words of its own.
    import itk  # noqa: F401
    from monai.data import ITKReader

    _read_monai(ITKReader(), folder)


def _read_monai(reader: ImageReader, folder: str) -> None:
    array, _ = reader.get_data(reader.read(folder))
    _require_whole(array, folder)


def _require_whole(hu: np.ndarray, folder: str) -> None:
    if hu.size != _voxels(folder) or float(hu[tuple(n // 2 for n in hu.shape)]) < -500.0:
        raise RuntimeError("the series was not read")


def _voxels(folder: str) -> int:
    return len(list(Path(folder).iterdir())) * SIZE * SIZE
