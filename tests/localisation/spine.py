"""Vertebrae of simple shapes with known bodies, anywhere and at any angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.volume import CTVolume, to_patient

#: Half width, half depth and half height of a body, millimetres.
BODY_MM = (21.0, 15.0, 12.5)

#: Distance between the centres of neighbouring bodies, millimetres.
PITCH_MM = 34.0

CORE_HU, SHELL_HU, ARCH_HU, SOFT_HU = 140.0, 450.0, 400.0, 45.0


@dataclass(frozen=True)
class Spine:
    """A CT with its masks and the truth about it."""

    volume: CTVolume
    bodies: np.ndarray
    vertebrae: np.ndarray
    centres_mm: dict[VertebralLevel, np.ndarray]
    axes: np.ndarray


def make_spine(
    levels=("T12", "L1", "L2", "L3"),
    *,
    shape=(64, 72, 62),
    spacing=(1.7, 1.5, 2.4),
    degrees=(0.0, 0.0, 0.0),
    scan_degrees=(0.0, 0.0, 0.0),
    offset_mm=(0.0, 0.0, 0.0),
) -> Spine:
    """Make a straight spine that is turned as a whole, in a scan that lies at another angle."""
    axes = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", scan_degrees, degrees=True).as_matrix()
    affine[:3, :3] *= np.asarray(spacing)
    middle = np.array([7.0, -90.0, 300.0])
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    indices = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    positions = to_patient(affine, indices.reshape(-1, 3).astype(float)).reshape(*shape, 3)
    hu = np.full(shape, SOFT_HU)
    bodies, whole = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    centres = {}
    for number, name in enumerate(levels):
        level = VertebralLevel[name]
        step = ((len(levels) - 1) / 2 - number) * PITCH_MM
        # The canal lies behind the body: the middle of the scan is between the two.
        centres[level] = middle + offset_mm + axes @ np.array([0.0, -10.0, step])
        own = (positions - centres[level]) @ axes
        body, core, arch = _body(own, 0.0), _body(own, 2.5), _arch(own)
        bodies[body], whole[body | arch] = int(level), int(level)
        hu[arch], hu[body], hu[core] = ARCH_HU, SHELL_HU, CORE_HU
    volume = CTVolume(np.asfortranarray(hu.astype(np.int16)), affine, "1.2.3")
    return Spine(volume, bodies, whole, centres, axes)


def _body(own, by):
    width, depth, height = (half - by for half in BODY_MM)
    section = (own[..., 0] / width) ** 2 + (own[..., 1] / depth) ** 2 <= 1.0
    return section & (np.abs(own[..., 2]) <= height)


def _arch(own):
    """Pedicles, a ring about the canal, a spinous and two transverse processes."""
    left, posterior, superior = np.abs(own[..., 0]), own[..., 1], own[..., 2]
    canal = (left / 11.0) ** 2 + ((posterior - 23.0) / 8.5) ** 2 <= 1.0
    ring = (left / 17.0) ** 2 + ((posterior - 23.0) / 14.0) ** 2 <= 1.0
    high = (superior > -3.0) & (superior < 10.0)
    spinous = (left < 3.5) & (posterior > 32.0) & (posterior < 58.0) & (np.abs(superior + 4) < 9)
    transverse = (left > 14.0) & (left < 36.0) & (np.abs(posterior - 21.0) < 4.0)
    transverse = transverse & (np.abs(superior - 3.0) < 4.0)
    behind_body = ~_body(own, 0.0) & (posterior > 5.0)
    return ((ring & ~canal & high) | spinous | transverse) & behind_body


def dice(one, other):
    """Return the overlap of two masks, from 0 to 1."""
    return 2.0 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))
