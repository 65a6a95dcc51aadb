"""The texture of trabecular bone: a block of noise that repeats, in the body's own frame.

A CT does not resolve trabeculae (0.1 to 0.2 mm) but sees how unevenly they stand. The block is
noise about one wavelength; bodies stretch it to their own grain. A voxel averages over its
extent: the block is low-passed with exactly that before it is sampled, so that coarse voxels see
less of it and the mean stands.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ctbone.phantom.bone import Interior
from ctbone.phantom.shapes import Array

#: Cells along each side of the block, and cells to a wavelength: twelve wavelengths a period.
CELLS = 48
WAVELENGTH_CELLS = 4.0

#: Spread of the wavelengths, as a standard deviation of their logarithm.
_SPREAD = 0.75

#: Steps of averaging to an octave; extents below the first have no effect worth a block.
_STEPS = 2
_FINEST, _COARSEST = -2, 10

#: Attenuation that sampling between cells costs, made up for; measured.
_GAIN = 1.0

#: Averaging along the axes of the body, in steps.
Steps = tuple[int, int, int]


def _turn() -> Array:
    """Return how the block is turned in the body, so that it repeats along none of its axes."""
    a, b = 0.61, 0.37
    first = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    second = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(first @ second)


TURN = _turn()


def to_cells(interior: Interior) -> tuple[Array, Array]:
    """Return the matrix and the offset that take the body's own millimetres to cells."""
    scale = WAVELENGTH_CELLS / interior.grain_mm
    across = np.diag([scale, scale, scale / interior.stretch])
    return TURN @ across, np.array(interior.place) * CELLS


def averaging(interior: Interior, extent_mm: tuple[float, float, float]) -> Steps:
    """Return what a voxel of an extent along the body's axes averages over."""
    scale = WAVELENGTH_CELLS / interior.grain_mm
    cells = np.array(extent_mm) * scale / np.array([1.0, 1.0, interior.stretch])
    steps = np.rint(_STEPS * np.log2(np.maximum(cells, 1e-3)))
    a, b, c = (int(s) for s in np.clip(steps, _FINEST, _COARSEST))
    return a, b, c


@lru_cache(maxsize=96)
def block(steps: Steps) -> NDArray[np.float32]:
    """Return the block as averaged by voxels, shape ``(CELLS,) * 3``; unaveraged, its SD is 1."""
    spectrum = _spectrum()
    for axis, step in enumerate(steps):
        spectrum = spectrum * _share_left(axis, step)
    noise: NDArray[np.float32] = fft.irfftn(spectrum, s=(CELLS,) * 3).astype(np.float32)
    noise.setflags(write=False)
    return noise


# Each of a few, where the blocks are their combinations.
@lru_cache(maxsize=3 * (_COARSEST - _FINEST + 1))
def _share_left(axis: int, step: int) -> Array:
    """Return what averaging along one axis of the body leaves of each frequency of the block."""
    return np.asarray(np.sinc(_own_frequencies()[..., axis] * 2.0 ** (step / _STEPS)))


@lru_cache(maxsize=1)
def _own_frequencies() -> Array:
    """Return the frequencies along the axes of the body, shape ``(*frequencies, 3)``."""
    k, j, i = np.meshgrid(*_frequencies(), indexing="ij", sparse=True)
    return np.asarray(np.stack(np.broadcast_arrays(k, j, i), axis=-1) @ TURN)


def _frequencies() -> tuple[Array, Array, Array]:
    full = fft.fftfreq(CELLS)
    return full, full, fft.rfftfreq(CELLS)


@lru_cache(maxsize=1)
def _spectrum() -> NDArray[np.complex128]:
    """Return white noise of a fixed seed, filtered to a band about the wavelength."""
    white = np.random.default_rng(20260101).standard_normal((CELLS,) * 3)
    k, j, i = np.meshgrid(*_frequencies(), indexing="ij", sparse=True)
    radius = np.sqrt(k * k + j * j + i * i)
    octaves = np.log(np.maximum(radius, 1e-6) * WAVELENGTH_CELLS)
    band = np.exp(-0.5 * (octaves / _SPREAD) ** 2) / np.maximum(radius, 0.5 / CELLS) ** 1.5
    band[0, 0, 0] = 0.0
    spectrum = fft.rfftn(white) * band
    scale = _GAIN / fft.irfftn(spectrum, s=white.shape).std()
    return np.asarray(spectrum * scale)
