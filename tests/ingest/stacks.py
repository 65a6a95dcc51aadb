"""Stacks of CT slices written from known geometry and values."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ctbone.ingest import index_export, read_volume
from ctbone.records import SeriesRecord
from ctbone.volume import CTVolume
from tests.ingest.conftest import write_slice


def body(shape=(5, 12, 10), *, seed=0):
    """Values that look like CT: air, fat, muscle and bone, all different; int16 (K, J, I)."""
    rng = np.random.default_rng(seed)
    means = rng.choice([-1000, -100, 40, 60, 300], size=shape)
    return (means + rng.integers(-24, 25, size=shape)).astype(np.int16)


def oblique(degrees=(8.0, -12.0, 20.0)):
    """Unit vectors along row, column and normal, as columns."""
    return Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()


def write_stack(
    folder: Path,
    hu,
    *,
    axes=None,
    spacing_mm=(0.9, 0.7, 1.25),
    origin_mm=(-10.5, -20.25, -30.75),
    drift_mm=(0.0, 0.0),
    order=None,
    positions_mm=None,
    **tags,
):
    """Write slices of HU, in files numbered by ``order``; tags that are callables take ``k``.

    ``drift_mm`` is the in-plane shift from slice to slice along a row and along a column.
    """
    axes = np.eye(3) if axes is None else axes
    count, rows, columns = hu.shape
    numbers = range(count) if order is None else order
    for name, k in enumerate(numbers):
        height = spacing_mm[2] * k if positions_mm is None else positions_mm[k]
        position = origin_mm + axes @ (drift_mm[0] * k, drift_mm[1] * k, height)
        given = {n: value(k) if callable(value) else value for n, value in tags.items()}
        intercept = float(given.get("RescaleIntercept", -1024) or 0)
        own = {
            "PixelData": (hu[k] - intercept).astype("<i2").tobytes(),
            "Rows": rows,
            "Columns": columns,
            "PixelSpacing": [spacing_mm[1], spacing_mm[0]],
            "ImageOrientationPatient": [f"{v:.12f}"[:16] for v in axes[:, :2].T.ravel()],
            "ImagePositionPatient": [f"{v:.10f}"[:16] for v in position],
            "InstanceNumber": k + 1,
        }
        write_slice(folder / f"{name:03d}", **(own | given))
    return folder


def series_of(folder: Path) -> SeriesRecord:
    """Return the only series of a folder."""
    (study,) = index_export(folder, key=b"test")
    (series,) = study.series
    assert not study.faults
    return series


def read_folder(folder: Path, *, check_unit=True) -> CTVolume:
    """Read the only series of a folder."""
    return read_volume(series_of(folder), check_unit=check_unit)
