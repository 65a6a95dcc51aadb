"""Whole patients at 4 mm: skin, lungs and what is where."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, label

from ctbone.phantom import PatientConfig, render, sample_patient
from ctbone.volume import to_indices
from tests.phantom.conftest import QUIET, upright_grid

GRID = upright_grid((110, 80, 130), (4.0, 4.0, 4.0), (0.0, -20.0, 0.0))


def _hu(patient, **changes):
    return render(patient, grid=GRID, scan=replace(QUIET, **changes), seed=0).volume.hu


@pytest.fixture(scope="module", params=[3, 8])
def scene(request):
    found = sample_patient(PatientConfig(), seed=request.param)
    return found, _hu(found, table=False)


def test_skin_encloses_everything(scene):
    """No fat touches the air: a layer of more than fat lies between, but for partial volume."""
    patient, _ = scene
    grid = upright_grid((300, 220, 3), (1.2, 1.2, 1.2), (0.0, -20.0, -60.0))
    hu = render(patient, grid=grid, scan=replace(QUIET, table=False, kernel="sharp"), seed=0)
    plane = hu.volume.hu[:, :, 1]
    body = plane > -500.0
    outside, count = label(~body)
    air = outside == outside[0, 0]
    rim = binary_dilation(air, iterations=3) & body
    fat = (plane > -130.0) & (plane < -60.0)
    assert count >= 1
    assert np.mean(plane[rim] > -60.0) > 0.35
    # Nothing but skin, padding and what is worn lies out there.
    assert np.mean(fat & binary_dilation(air, iterations=1)) < 0.01


def test_lungs_hold_vessels_and_yet_are_lung(scene):
    patient, hu = scene
    if max(patient.viscera.lungs.effusion_mm) > 0.0 or patient.viscera.lungs.emphysema_hu:
        pytest.skip("this one's lungs are ill")
    top = int(to_indices(GRID.affine, np.array([[0.0, 0.0, 150.0]]))[0][2])
    inside, _ = label(hu[:, :, top] < -600.0)
    lungs = (hu[:, :, top] < -600.0) & (inside != inside[0, 0])
    values = hu[:, :, top][lungs]
    assert -930.0 < values.mean() < -720.0
    assert values.std() > 10.0


def test_the_table_lies_outside_the_patient(scene):
    """The table adds to air alone."""
    patient, bare = scene
    with_table = _hu(patient, table=True)
    changed = np.abs(with_table - bare) > 1.0
    assert changed.any()
    assert np.all(bare[changed] < -850.0)


def test_a_box_holds_what_the_whole_holds(scene):
    """The part of a slab beside the body is filled with air, and nothing else is."""
    patient, whole = scene
    grid = upright_grid((24, 24, 16), (4.0, 4.0, 4.0), (-100.0, -44.0, 32.0))
    part = render(patient, grid=grid, scan=replace(QUIET, table=False), seed=0).volume.hu
    start = np.rint(to_indices(GRID.affine, grid.affine[None, :3, 3])[0]).astype(int)
    i, j, k = (slice(s, s + n) for s, n in zip(start, grid.shape, strict=True))
    expected = whole[i, j, k]
    assert np.abs(part - expected)[2:-2, 2:-2, 2:-2].max() < 2.0
