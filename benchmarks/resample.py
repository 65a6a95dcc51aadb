"""Resampling a chest-abdomen CT to 1.5 mm: ctbone beside torch, SimpleITK, scipy and MONAI.

    python -m benchmarks.resample

All but those called linear average what they merge; linear ones pick between neighbours, which
leaves more noise. The standard deviation of pure noise after resampling says which did what.
The methods take turns, so that what else the machine does falls on all of them; times are medians.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import Comparison, Timing, listing

SHAPE, SPACING, TARGET = (512, 512, 300), (0.78, 0.78, 1.0), 1.5
REPEATS = 7

Array = NDArray[np.float32]


def main() -> None:
    """Print medians of seconds, and beneath them the noise that each leaves."""
    found = comparisons()
    print(listing(found))
    print("\nnoise that is left of 20 HU, HU")
    for one in found:
        for timing in (one.own, *one.peers):
            print(f"{one.task + ': ' + timing.program:72}{timing.more['noise_hu']:6.1f}")


def comparisons(
    shape: tuple[int, int, int] = SHAPE, *, repeats: int = REPEATS
) -> list[Comparison]:
    """Resample noise in every way: to another spacing, and onto a grid that leans."""
    stored = np.random.default_rng(0).normal(0.0, 20.0, shape[::-1]).astype(np.int16)
    straight = {
        "ctbone": _ctbone(stored),
        "torch, two passes": _torch_antialiased(stored),
        "SimpleITK": _simpleitk(stored, smooth=True),
        "SciPy": _scipy(stored, smooth=True),
        "torch, linear": _torch_trilinear(stored),
        "SimpleITK, linear": _simpleitk(stored, smooth=False),
        "SciPy, linear": _scipy(stored, smooth=False),
        "MONAI Spacing, linear": _monai(stored),
    }
    tilted = {
        "ctbone": _ctbone_tilted(stored),
        "SimpleITK": _simpleitk_tilted(stored),
        "SciPy": _scipy_tilted(stored),
    }
    size = "x".join(map(str, shape))
    return [
        _compared(f"resample {size} to {TARGET} mm, anti-aliased", straight, repeats),
        _compared(f"resample {size} onto a tilted grid, anti-aliased", tilted, repeats),
    ]


def _compared(task: str, methods: Mapping[str, Callable[[], Array]], repeats: int) -> Comparison:
    noises = {name: float(run()[20:-20, 20:-20, 20:-20].std()) for name, run in methods.items()}
    turns = [{name: _seconds(run) for name, run in methods.items()} for _ in range(repeats)]
    timings = []
    for name, noise in noises.items():
        wall, cpu = np.median([turn[name] for turn in turns], axis=0)
        more = {"noise_hu": noise}
        timings.append(Timing(program=name, wall_s=float(wall), cpu_s=float(cpu), more=more))
    own, *peers = timings
    return Comparison(task=task, own=own, peers=tuple(peers))


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
    size = [int(n * s / TARGET) for n, s in zip(stored.shape[::-1], SPACING, strict=True)]

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


def _tilted(stored: NDArray[np.int16]) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Return shape and affine of a grid that leans 12 degrees within the scanned field."""
    shape = (240, 220, 170)
    angle = np.deg2rad(12.0)
    lean = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    affine = np.eye(4)
    affine[:3, :3] = np.array(lean) * TARGET
    middle = (np.multiply(stored.shape[::-1], SPACING) - SPACING) / 2.0
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2.0)
    return shape, affine


def _ctbone_tilted(stored: NDArray[np.int16]) -> Callable[[], Array]:
    from ctbone.resampling import resample_to
    from ctbone.volume import CTVolume, Grid

    volume = CTVolume(stored.T, np.diag([*SPACING, 1.0]), "1.2.3")
    return lambda: np.asarray(resample_to(volume, Grid(*_tilted(stored))).hu, np.float32)


def _simpleitk_tilted(stored: NDArray[np.int16]) -> Callable[[], Array]:
    import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

    image = sitk.GetImageFromArray(stored)
    image.SetSpacing(SPACING)
    shape, affine = _tilted(stored)
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

    shape, affine = _tilted(stored)
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
