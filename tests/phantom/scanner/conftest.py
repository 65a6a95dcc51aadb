import numpy as np
import torch

from ctbone.phantom.scanner.chain import series_slices
from ctbone.volume import Grid


def scanned(hu, spacing_mm, scan, *, body=None, seed=0, affine=None):
    """Slices (K, J, I) of a scan of painted ones; spacing along I, J and K."""
    if affine is None:
        affine = np.diag([*spacing_mm, 1.0])
        affine[:3, 3] = -0.5 * (np.array(hu.shape[::-1]) - 1) * np.array(spacing_mm)
    with torch.inference_mode():
        made = series_slices(
            torch.as_tensor(hu, dtype=torch.float32),
            Grid(hu.shape[::-1], affine),
            scan=scan,
            body=body,
            rng=np.random.default_rng((seed, 2)),
        )
    return made.numpy()


def positions(shape, spacing_mm):
    """Distances to the right and downwards from the middle of a slice, mm."""
    rows, columns = (
        (np.arange(n) - 0.5 * (n - 1)) * s for n, s in zip(shape, spacing_mm, strict=True)
    )
    return columns[None, :], rows[:, None]


def with_disc(plane, spacing_mm, centre_mm, diameter_mm, value):
    """A slice with a disc in it, its edge shared out among pixels."""
    x, y = positions(plane.shape, spacing_mm)
    distance = np.hypot(x - centre_mm[0], y - centre_mm[1])
    inside = np.clip(0.5 + (0.5 * diameter_mm - distance) / spacing_mm[0], 0.0, 1.0)
    return plane * (1.0 - inside) + inside * value


def abdomen(shape, spacing_mm, *, width_mm=340.0, depth_mm=240.0):
    """An ellipse of water in air."""
    x, y = positions(shape, spacing_mm)
    return np.where((2 * x / width_mm) ** 2 + (2 * y / depth_mm) ** 2 < 1.0, 0.0, -1000.0)
