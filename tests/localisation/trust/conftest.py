"""Vertebrae of simple shapes, and what is put into them."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import MaskEntry, locate_labels
from ctbone.records import Morphometry, VertebraLocalisation
from ctbone.volume import CTVolume, to_patient
from tests.localisation.spine import make_spine

LEVELS = ("T12", "L1", "L2")
ENTRY = MaskEntry(path=None, numbering="verse", holds="body")


@pytest.fixture(scope="session")
def spine():
    """Three healthy bodies, with room about them."""
    return make_spine(LEVELS, shape=(58, 60, 56), spacing=(1.6, 1.6, 2.2))


@pytest.fixture(scope="session")
def located(spine):
    return locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)


@pytest.fixture
def with_ball(spine):
    """Return the scan with a ball of another attenuation in, or near, L1."""

    def paint(radius_mm, hu, *, offset_mm=(0.0, 0.0, 0.0), squash=1.0):
        shape = spine.volume.hu.shape
        indices = np.indices(shape).reshape(3, -1).T.astype(float)
        apart = to_patient(spine.volume.affine, indices) - spine.centres_mm[VertebralLevel.L1]
        apart = (apart - offset_mm) / [1.0, 1.0, squash]
        inside = (np.linalg.norm(apart, axis=1) <= radius_mm).reshape(shape)
        values = spine.volume.hu.copy()
        values[inside] = hu
        return CTVolume(values, spine.volume.affine, "1.2.3")

    return paint


def vertebra(level, centre_mm=(0.0, 0.0, 0.0), *, heights=None, **changes):
    """A vertebra without a body, at a place, of given heights."""
    made = VertebraLocalisation(
        VertebralLevel[level], centre_mm, np.eye(3), 0.9, None, is_whole=True
    )
    if heights is not None:
        front, middle, back = heights
        made = replace(
            made,
            morphometry=Morphometry(
                height_anterior_mm=front, height_middle_mm=middle, height_posterior_mm=back
            ),
        )
    return replace(made, **changes)


def row(*names, pitch_mm=34.0, heights=None):
    """Neighbours at equal distances, from cranial to caudal."""
    return [
        vertebra(name, (0.0, 0.0, -pitch_mm * i), heights=(heights or {}).get(name))
        for i, name in enumerate(names)
    ]
