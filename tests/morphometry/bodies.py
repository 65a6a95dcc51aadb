"""Bodies of known shape, laid on lattices of any spacing and orientation."""

import numpy as np
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import to_patient

CENTRE_MM = np.array([12.0, -31.0, 407.0])


def frame(degrees):
    """A rotation about the left, posterior and superior axes."""
    return Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()


def body_inside(own, *, width=42.0, depth=34.0, heights=(24.0, 22.0, 26.0), waist=0.0):
    """Say which points of the body's own frame lie inside; heights at front, middle and back.

    The section is an ellipse whose back is cut off flat; the end plates lie even about the middle
    plane, parabolas through the three heights at the sites of the front, the middle and the back.
    """
    left, back, up = own
    at = back / (0.5 * depth)
    # The walls at mid-height are at -1 and 0.8: the sites lie at 0.034, 0.538 and 0.982 of that.
    sites = -1.0 + 1.8 * np.array([0.034, 0.538, 0.982])
    top = np.polyval(np.polyfit(sites, 0.5 * np.asarray(heights), 2), at)
    rise = (up / np.maximum(top, 1.0)) ** 2
    narrow = 1.0 - waist * (1.0 - rise)
    section = (left / (0.5 * width)) ** 2 + at**2 <= narrow**2
    return section & (at <= 0.8 * narrow) & (np.abs(up) <= top)


def masked(inside, *, axes=None, lattice=None, spacing=(1.0, 1.0, 1.0)):
    """Lay a body on a lattice: ``inside`` takes own coordinates, shape ``(3, ...)``."""
    axes = np.eye(3) if axes is None else axes
    lattice = np.eye(3) if lattice is None else lattice
    count = [int(76.0 / s) for s in spacing]
    affine = np.eye(4)
    affine[:3, :3] = lattice * np.asarray(spacing)
    affine[:3, 3] = CENTRE_MM - affine[:3, :3] @ ((np.array(count) - 1) / 2 + [0.21, 0.13, 0.37])
    indices = np.moveaxis(np.indices(count), 0, -1).reshape(-1, 3).astype(float)
    own = ((to_patient(affine, indices) - CENTRE_MM) @ axes).T
    return BodyMask(inside(own).reshape(count), affine)


def localised(body, *, axes):
    """The vertebra of a body, with the axes that a locator gave it."""
    places = to_patient(body.affine, np.argwhere(body.inside).astype(float))
    x, y, z = places.mean(axis=0).tolist()
    return VertebraLocalisation(VertebralLevel.L1, (x, y, z), axes, 0.9, body, is_whole=True)


def heights_of(vertebra):
    """The three heights of a vertebra, from front to back."""
    found = vertebra.morphometry
    return np.array([found.height_anterior_mm, found.height_middle_mm, found.height_posterior_mm])


def angles_deg(axes, expected):
    """Angle between each axis and the one expected."""
    return np.degrees(np.arccos(np.clip((axes * expected).sum(axis=0), -1.0, 1.0)))
