import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.metal import METAL_HU, streaks
from ctbone.phantom.scanner.survey import look
from ctbone.phantom.tissue import METALS, Tissue, tissue_hu

from .conftest import abdomen, positions, with_disc

SHAPE, SPACING = (224, 224), (1.8, 1.8)
TITANIUM = tissue_hu(Tissue.TITANIUM, kvp=120, phase="none")


def _slices(*planes):
    return torch.as_tensor(np.stack(planes), dtype=torch.float32)


def _thrown(*planes, noise_hu=0.0, seed=0, kvp=120):
    slices = _slices(*planes)
    survey = look(slices, (8.0, *SPACING), kvp=kvp)
    rng = torch.Generator().manual_seed(seed)
    paths = survey.paths[:1].expand(len(slices), -1, -1)
    found = streaks(slices, (survey.square, paths), SPACING, kvp=kvp, noise_hu=noise_hu, rng=rng)
    return None if found is None else found.numpy()


def _screws(value, *, apart_mm=40.0, diameter_mm=7.0):
    plane = abdomen(SHAPE, SPACING)
    for side in (-0.5, 0.5):
        plane = with_disc(plane, SPACING, (side * apart_mm, 60.0), diameter_mm, value)
    return plane


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
def test_bodies_without_metal_throw_none(kvp):
    cement, *metals = (
        tissue_hu(tissue, kvp=kvp, phase="none") for tissue in (Tissue.CEMENT, *METALS)
    )
    assert _thrown(_screws(cement), kvp=kvp) is None
    assert 1.1 * cement < METAL_HU[kvp] < 0.5 * min(metals)


def test_it_is_dark_between_two_screws():
    x, y = positions(SHAPE, SPACING)
    between = (np.abs(x) < 8) & (np.abs(y - 60) < 3)
    off = (np.abs(x) < 8) & (np.abs(y + 40) < 10)
    found = _thrown(_screws(TITANIUM))[0]
    assert found[between].mean() < -8.0
    assert abs(found[off].mean()) < 0.2 * abs(found[between].mean())


def test_dense_metal_throws_more():
    x, y = positions(SHAPE, SPACING)
    between = (np.abs(x) < 8) & (np.abs(y - 60) < 3)
    steel = tissue_hu(Tissue.STEEL, kvp=120, phase="none")
    dark = [_thrown(_screws(value))[0][between].mean() for value in (TITANIUM, steel)]
    assert dark[1] < 3.0 * dark[0] < 0.0


def test_metal_itself_reads_lower():
    x, y = positions(SHAPE, SPACING)
    within = np.hypot(x - 20, y - 60) < 2.0
    assert _thrown(_screws(TITANIUM))[0][within].mean() < -80.0


def test_only_slices_with_metal_have_streaks():
    found = _thrown(abdomen(SHAPE, SPACING), _screws(TITANIUM))
    assert not found[0].any()
    assert found[1].any()


def test_few_photons_make_streaks_of_chance():
    """Noise lies in the rays through metal: far away it streaks, and each draw is another."""
    plane = _screws(tissue_hu(Tissue.COBALT_CHROME, kvp=120, phase="none"), diameter_mm=20.0)
    quiet = _thrown(plane)
    loud, same, other = (_thrown(plane, noise_hu=20.0, seed=s)[0] for s in (1, 1, 2))
    x, y = positions(SHAPE, SPACING)
    far = (np.abs(x) < 60) & (np.abs(y + 50) < 20)
    assert np.array_equal(loud, same)
    assert (loud - quiet[0])[far].std() > 10.0
    assert abs(np.corrcoef((loud - quiet[0])[far], (other - quiet[0])[far])[0, 1]) < 0.5


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
def test_every_potential_hardens(kvp):
    x, y = positions(SHAPE, SPACING)
    value = tissue_hu(Tissue.TITANIUM, kvp=kvp, phase="none")
    between = (np.abs(x) < 8) & (np.abs(y - 60) < 3)
    assert _thrown(_screws(value), kvp=kvp)[0][between].mean() < -5.0
