"""A stretch of spine made of boxes, whose truth is plain."""

from __future__ import annotations

import numpy as np

from ctbone.training.stretches import ARCH, Stretch

LEVELS = (20, 21)
#: Centres of the two bodies, millimetres, on a lattice of a millimetre from the origin.
CENTRES_MM = np.array([[40.0, 35.0, 65.0], [40.0, 35.0, 30.0]])
SHAPE = (80, 90, 96)
#: Half the sides of a body, millimetres.
HALF_MM = np.array([20.0, 15.0, 12.0])


def stretch(thickness_mm=1.0) -> Stretch:
    labels = np.zeros(SHAPE, np.uint8)
    for level, centre in zip(LEVELS, CENTRES_MM, strict=True):
        low, high = (centre - HALF_MM).astype(int), (centre + HALF_MM).astype(int)
        labels[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = level
        labels[35:45, 65:80, low[2] : high[2]] = level + ARCH
    # Voxels reach half a millimetre beyond their centres: the boxes above are centred so.
    affine = np.eye(4)
    affine[:3, 3] = 0.5
    hu = np.where(labels > 0, 300, 40).astype(np.int16)
    return Stretch(
        hu=hu,
        labels=labels,
        affine=affine,
        thickness_mm=thickness_mm,
        centres_mm=CENTRES_MM,
        axes=np.stack([np.eye(3)] * 2),
        levels=np.array(LEVELS, np.uint8),
    )
