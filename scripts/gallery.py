"""Simulated patients beside real CT: three reformats each, at one window, in one picture.

    python scripts/gallery.py --out gallery.png [--real FOLDER] [--patients 12] [--seed 0]
                              [--columns 4]

The planes are found in the same way in both, through the densest column of bone, without truth.
Real studies that cannot be read are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from ctbone.errors import CtboneError
from ctbone.ingest import SeriesRule, index_export, read_study
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.resampling import resample_to
from ctbone.volume import CTVolume, Grid, to_patient

#: Window of all pictures: least and greatest HU shown.
WINDOW_HU = (-160.0, 340.0)

#: Voxel side of all pictures, mm.
SIDE_MM = 1.5

#: Lowest and highest slice of each region, millimetres above the centre of L1.
REGIONS = {"chest": (-60.0, 300.0), "abdomen": (-220.0, 120.0), "torso": (-260.0, 300.0)}


def simulated(seed: int) -> CTVolume:
    """Return the scan of one random patient."""
    rng = np.random.default_rng((seed, 40))
    low, high = REGIONS[str(rng.choice(list(REGIONS)))]
    slice_mm = float(rng.choice([1.25, 2.5, 3.0, 5.0]))
    width, pixel = 400.0, 0.9
    size = round(width / pixel)
    affine = np.diag([pixel, pixel, slice_mm, 1.0])
    affine[:3, 3] = (-width / 2.0, -width / 2.0 - 45.0, low)
    grid = Grid((size, size, round((high - low) / slice_mm)), affine)
    scan = ScanConfig(
        phase=rng.choice(["none", "arterial", "portal"]),
        kernel=rng.choice(["smooth", "standard"]),
        noise_hu=float(rng.uniform(8.0, 20.0)),
    )
    patient = sample_patient(PatientConfig(), seed=seed)
    return render(patient, grid=grid, scan=scan, seed=seed).volume


def real(folder: Path) -> Iterator[tuple[str, CTVolume]]:
    """Yield every readable study of a folder with the end of its UID."""
    for study in index_export(folder, key=b"gallery"):
        try:
            _, volume = read_study(study, rule=SeriesRule())
        except CtboneError:
            continue
        yield f"real ..{study.study_uid[-6:]}", volume


def reformats(volume: CTVolume) -> tuple[NDArray[np.float32], ...]:
    """Return the sagittal, coronal and axial plane through the spine, top or front first."""
    hu = _upright(volume)
    bone = np.clip(hu, 100.0, 250.0) - 100.0
    size = (round(30.0 / SIDE_MM),) * 2 + (round(60.0 / SIDE_MM),)
    # The spine alone is bone at all heights; half of it may lie outside the box.
    column = np.quantile(uniform_filter(bone, size, mode="constant")[:, :, ::4], 0.5, axis=2)
    # It lies in the middle of the body and not in front, where bowel can be as bright.
    wide, deep = column.shape
    column[: round(0.3 * wide)] = column[round(0.7 * wide) :] = column[:, : round(0.35 * deep)] = (
        0.0
    )
    i, j = np.unravel_index(int(column.argmax()), column.shape)
    k = hu.shape[2] // 2
    return hu[i].T[::-1], hu[:, j].T[::-1], hu[:, :, k].T


def _upright(volume: CTVolume) -> NDArray[np.float32]:
    """Return HU along left, posterior and superior, cropped to the body."""
    ends = np.array(list(product(*((0.0, n - 1.0) for n in volume.hu.shape))))
    corners = to_patient(volume.affine, ends)
    low, high = corners.min(axis=0), corners.max(axis=0)
    affine = np.diag([SIDE_MM, SIDE_MM, SIDE_MM, 1.0])
    affine[:3, 3] = low
    i, j, k = (max(round(float(n)), 1) for n in (high - low) / SIDE_MM)
    hu = resample_to(volume, Grid((i, j, k), affine)).hu.astype(np.float32)
    body = uniform_filter(hu, 5) > -400.0
    kept = [np.flatnonzero(body.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    return hu[tuple(slice(found[0], found[-1] + 1) for found in kept)]


def draw(entries: list[tuple[str, CTVolume]], out: Path, *, columns: int) -> None:
    """Write the picture, so many volumes a row."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows = -(-len(entries) // columns)
    figure, axes = plt.subplots(
        rows, 3 * columns, figsize=(9.0 * columns, 5.0 * rows), squeeze=False, facecolor="black"
    )
    for axis in axes.flat:
        axis.axis("off")
    for number, (title, volume) in enumerate(entries):
        cells = axes[number // columns, 3 * (number % columns) :][:3]
        for axis, plane in zip(cells, reformats(volume), strict=True):
            axis.imshow(plane, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1])
        cells[0].set_title(title, color="white", fontsize=12, loc="left")
    figure.tight_layout(pad=0.2)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=60, facecolor="black")
    plt.close(figure)


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder of real studies")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--columns", type=int, default=4)
    options = parser.parse_args()
    entries = [(f"simulated {options.seed + n}", simulated(options.seed + n))
               for n in range(options.patients)]  # fmt: skip
    if options.real is not None:
        entries += real(options.real)
    draw(entries, options.out, columns=options.columns)


if __name__ == "__main__":
    main()
