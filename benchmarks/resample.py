"""Resampling a chest-abdomen CT to 1.5 mm: ctbone beside torch, SimpleITK, scipy and MONAI.

    python -m benchmarks.resample

Rows marked "anti-aliased" average what they merge; the others pick between neighbours, which
leaves more noise. The standard deviation of pure noise after resampling says which did what.
The methods take turns, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

SHAPE, SPACING, TARGET = (512, 512, 300), (0.78, 0.78, 1.0), 1.5
REPEATS = 7

Array = NDArray[np.float32]


def main() -> None:
    """Print one row a method: medians of seconds and of the ratio to ctbone, and the noise."""
    rng = np.random.default_rng(0)
    stored = rng.normal(0.0, 20.0, SHAPE[::-1]).astype(np.int16)
    methods = {
        "ctbone, anti-aliased": _ctbone(stored),
        "torch two passes, anti-aliased": _torch_antialiased(stored),
        "SimpleITK Gaussian + linear, anti-aliased": _simpleitk(stored, smooth=True),
        "scipy Gaussian + zoom, anti-aliased": _scipy(stored, smooth=True),
        "torch trilinear": _torch_trilinear(stored),
        "SimpleITK linear": _simpleitk(stored, smooth=False),
        "scipy zoom": _scipy(stored, smooth=False),
        "MONAI Spacing": _monai(stored),
        "tilted grid: ctbone, anti-aliased": _ctbone_tilted(stored),
        "tilted grid: SimpleITK Gaussian + linear": _simpleitk_tilted(stored),
        "tilted grid: scipy Gaussian + affine": _scipy_tilted(stored),
    }
    noises = {name: float(run()[20:-20, 20:-20, 20:-20].std()) for name, run in methods.items()}
    turns = [{name: _seconds(run) for name, run in methods.items()} for _ in range(REPEATS)]
    print(f"{'':44}{'wall s':>8}{'CPU s':>8}{'x ctbone':>10}{'noise HU':>10}")
    for name, noise in noises.items():
        tilted = name.startswith("tilted")
        ours = "tilted grid: ctbone, anti-aliased" if tilted else "ctbone, anti-aliased"
        wall, cpu = np.median([turn[name] for turn in turns], axis=0)
        ratio = np.median([turn[name][0] / turn[ours][0] for turn in turns])
        print(f"{name:44}{wall:8.3f}{cpu:8.3f}{ratio:10.1f}{noise:10.1f}")


def _seconds(run: Callable[[], Array]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def _ctbone(stored: NDArray[np.int16]) -> Callable[[], Array]:
    from ctbone.resampling import resample
    from ctbone.volume import CTVolume

    volume = CTVolume(stored.T, np.diag([*SPACING, 1.0]), "1.2.3")
    return lambda: np.asarray(resample(volume, spacing_mm=(TARGET,) * 3).hu, np.float32)


def _torch_antialiased(stored: NDArray[np.int16]) -> Callable[[], Array]:
    import torch
    from torch.nn.functional import interpolate

    def run() -> Array:
        plane = (SPACING[1] / TARGET, SPACING[0] / TARGET)
        slices = torch.from_numpy(stored).float()[None]
        kept = {"mode": "bilinear", "antialias": True, "recompute_scale_factor": False}
        slices = interpolate(slices, scale_factor=plane, **kept)
        flat = slices.reshape(1, 1, len(stored), -1)
        flat = interpolate(flat, scale_factor=(SPACING[2] / TARGET, 1.0), **kept)
        return flat.reshape(-1, *slices.shape[2:]).numpy()

    return run


def _torch_trilinear(stored: NDArray[np.int16]) -> Callable[[], Array]:
    import torch
    from torch.nn.functional import interpolate

    factors = tuple(s / TARGET for s in SPACING[::-1])

    def run() -> Array:
        values = torch.from_numpy(stored).float()[None, None]
        found = interpolate(
            values, scale_factor=factors, mode="trilinear", recompute_scale_factor=False
        )
        return found[0, 0].numpy()

    return run


def _simpleitk(stored: NDArray[np.int16], *, smooth: bool) -> Callable[[], Array]:
    import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

    image = sitk.GetImageFromArray(stored)
    image.SetSpacing(SPACING)
    size = [int(n * s / TARGET) for n, s in zip(SHAPE, SPACING, strict=True)]

    def run() -> Array:
        source = sitk.Cast(image, sitk.sitkFloat32)
        if smooth:
            source = sitk.SmoothingRecursiveGaussian(source, [_sigma(s) * s for s in SPACING])
        found = sitk.Resample(
            source, size, sitk.Transform(), sitk.sitkLinear, (0.0,) * 3, (TARGET,) * 3
        )
        return sitk.GetArrayViewFromImage(found).copy()

    return run


def _scipy(stored: NDArray[np.int16], *, smooth: bool) -> Callable[[], Array]:
    from scipy import ndimage

    factors = [s / TARGET for s in SPACING[::-1]]

    def run() -> Array:
        source = stored.astype(np.float32)
        if smooth:
            source = ndimage.gaussian_filter(source, [_sigma(s) for s in SPACING[::-1]])
        return np.asarray(ndimage.zoom(source, factors, order=1), np.float32)

    return run


def _monai(stored: NDArray[np.int16]) -> Callable[[], Array]:
    import torch
    from monai.data import MetaTensor
    from monai.transforms import Spacing

    affine = torch.diag(torch.tensor([*SPACING[::-1], 1.0], dtype=torch.float64))
    spacing = Spacing((TARGET,) * 3, mode="bilinear", dtype=np.float32)

    def run() -> Array:
        image = MetaTensor(torch.from_numpy(stored).float()[None], affine=affine)
        return np.asarray(spacing(image)[0], np.float32)

    return run


def _tilted() -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Return shape and affine of a grid that leans 12 degrees within the scanned field."""
    shape = (240, 220, 170)
    angle = np.deg2rad(12.0)
    lean = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    affine = np.eye(4)
    affine[:3, :3] = np.array(lean) * TARGET
    middle = (np.multiply(SHAPE, SPACING) - SPACING) / 2.0
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2.0)
    return shape, affine


def _ctbone_tilted(stored: NDArray[np.int16]) -> Callable[[], Array]:
    from ctbone.resampling import resample_to
    from ctbone.volume import CTVolume, Grid

    volume = CTVolume(stored.T, np.diag([*SPACING, 1.0]), "1.2.3")
    return lambda: np.asarray(resample_to(volume, Grid(*_tilted())).hu, np.float32)


def _simpleitk_tilted(stored: NDArray[np.int16]) -> Callable[[], Array]:
    import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

    image = sitk.GetImageFromArray(stored)
    image.SetSpacing(SPACING)
    shape, affine = _tilted()
    lean, origin = (affine[:3, :3] / TARGET).ravel(), affine[:3, 3]

    def run() -> Array:
        source = sitk.Cast(image, sitk.sitkFloat32)
        source = sitk.SmoothingRecursiveGaussian(source, [_sigma(s) * s for s in SPACING])
        found = sitk.Resample(
            source, shape, sitk.Transform(), sitk.sitkLinear, origin, (TARGET,) * 3, lean, -1000.0
        )
        return sitk.GetArrayViewFromImage(found).copy()

    return run


def _scipy_tilted(stored: NDArray[np.int16]) -> Callable[[], Array]:
    from scipy import ndimage

    shape, affine = _tilted()
    step = np.linalg.inv(np.diag([*SPACING, 1.0])) @ affine

    def run() -> Array:
        source = stored.astype(np.float32)
        source = ndimage.gaussian_filter(source, [_sigma(s) for s in SPACING[::-1]])
        found = ndimage.affine_transform(
            source, step[2::-1, 2::-1], step[2::-1, 3], output_shape=shape[::-1], order=1
        )
        return np.asarray(found, np.float32)

    return run


def _sigma(spacing: float) -> float:
    """Return the Gaussian that widens a voxel to the target, in voxels."""
    ratio = TARGET / spacing
    return float(np.sqrt(max(ratio**2 - 1.0, 0.0)) / 2.355)


if __name__ == "__main__":
    main()
