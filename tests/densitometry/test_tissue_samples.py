"""Samples of a body of known tissues, and of simulated patients."""

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import sample_tissues
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.tissue import Tissue, tissue_hu
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume, Grid

SPACING = (2.0, 2.0, 3.0)
SHAPE = (230, 170, 12)


def body(*, aorta_hu=41.0, air_hu=-1000.0, noise_hu=8.0, width=1.0):
    """Return a trunk: fat under the skin, what is no muscle, psoas, a vertebra and an aorta."""
    affine = np.diag([*SPACING, 1.0])
    affine[:3, 3] = -np.array(SPACING) * (np.array(SHAPE) - 1) / 2.0
    affine[1, 3] -= 20.0
    x, y = (affine[a, 3] + SPACING[a] * np.arange(SHAPE[a]) for a in (0, 1))
    x, y = x[:, None], y[None]
    hu = np.full(SHAPE[:2], air_hu)
    hu[np.hypot(x / (165.0 * width), (y + 20.0) / 125.0) <= 1.0] = -107.0
    hu[np.hypot(x / (135.0 * width), (y + 20.0) / 100.0) <= 1.0] = -40.0
    hu[np.hypot(np.abs(x) - 35.0, y - 4.0) <= 12.0] = 47.0
    hu[np.hypot(x / 22.0, y / 16.0) <= 1.0] = 300.0
    hu[np.hypot(x - 8.0, y + 30.0) <= 11.0] = aorta_hu
    noise = np.random.default_rng(2).normal(0.0, noise_hu, SHAPE)
    return CTVolume((hu[..., None] + noise).astype(np.float32), affine, "1.2.3")


def vertebra(level=VertebralLevel.L2, centre=(0.0, 0.0, 0.0)):
    return VertebraLocalisation(level, centre, np.eye(3), 1.0, None, is_whole=True)


def test_each_tissue_is_found_where_it_lies():
    found = sample_tissues(body(), [vertebra()])
    expected = {"air": -1000.0, "fat": -107.0, "muscle": 47.0, "blood": 41.0}
    assert {name: sample.hu for name, sample in found.items()} == pytest.approx(expected, abs=1.5)
    assert all(sample.volume_mm3 > sample.least_mm3 for sample in found.values())


def test_an_error_of_the_scanner_is_seen_in_all():
    volume = body()
    shifted = CTVolume(volume.hu + np.float32(9.0), volume.affine, "1.2.3")
    before, after = (sample_tissues(one, [vertebra()]) for one in (volume, shifted))
    for tissue in before:
        assert after[tissue].hu - before[tissue].hu == pytest.approx(9.0, abs=0.7)


def test_enhanced_blood_is_seen_as_it_is():
    found = sample_tissues(body(aorta_hu=180.0), [vertebra()])
    assert found["blood"].hu == pytest.approx(180.0, abs=3.0)


def test_a_field_inside_the_patient_shows_neither_air_nor_fat_under_the_skin():
    volume = body()
    inner = CTVolume(volume.hu[65:165, 30:140], _moved(volume.affine, 65, 30), "1.2.3")
    found = sample_tissues(inner, [vertebra()])
    assert found["air"].hu is None
    assert found["muscle"].hu == pytest.approx(47.0, abs=1.5)


def _moved(affine, first, second):
    moved = affine.copy()
    moved[:2, 3] += [first * SPACING[0], second * SPACING[1]]
    return moved


def test_air_that_was_filled_in_is_none():
    assert sample_tissues(body(noise_hu=0.0), [vertebra()])["air"].hu is None


def test_a_slab_that_shows_something_else_is_outvoted():
    volume = body()
    hu = np.concatenate([volume.hu] * 3, axis=2)
    hu[..., :12] = body(aorta_hu=110.0).hu
    affine = volume.affine.copy()
    affine[2, 3] -= 12 * SPACING[2]
    heights = {"L1": 36.0, "L2": 0.0, "L3": -36.0}
    three = [vertebra(VertebralLevel[name], (0.0, 0.0, z)) for name, z in heights.items()]
    found = sample_tissues(CTVolume(hu, affine, "1.2.3"), three)
    assert found["blood"].hu == pytest.approx(41.0, abs=2.0)


def test_psoas_is_looked_for_below_l1():
    found = sample_tissues(body(), [vertebra(VertebralLevel.L1)])
    assert found["muscle"].hu is None
    assert found["blood"].hu == pytest.approx(41.0, abs=1.5)


def test_without_a_vertebra_of_the_trunk_there_is_nothing():
    found = sample_tissues(body(), [vertebra(VertebralLevel.T5)])
    assert {sample.hu for sample in found.values()} == {None}
    assert {sample.volume_mm3 for sample in found.values()} == {0.0}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 4])
def test_simulated_patients_show_what_they_are_made_of(seed):
    patient = sample_patient(PatientConfig(), seed=seed)
    shape, spacing = (200, 160, 28), (2.2, 2.2, 4.0)
    grid = Grid.about((0.0, -35.0, -30.0), np.eye(3), shape=shape, spacing_mm=spacing)
    made = render(patient, grid=grid, scan=ScanConfig(noise_hu=15.0), seed=seed)
    located = [
        VertebraLocalisation(one.level, one.centroid_mm, one.axes, 1.0, None, is_whole=True)
        for one in made.vertebrae
    ]
    found = sample_tissues(made.volume, located)
    assert found["air"].hu == pytest.approx(-1000.0, abs=2.0)
    fat_hu = tissue_hu(Tissue.FAT, kvp=120, phase="none") + patient.torso.fat_shift_hu
    assert found["fat"].hu == pytest.approx(fat_hu, abs=5.0)
    assert 20.0 < found["muscle"].hu < 65.0
    assert found["blood"].hu == pytest.approx(42.0, abs=12.0)
