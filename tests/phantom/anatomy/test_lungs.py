import numpy as np

from ctbone.phantom.anatomy.placing import cavity_at
from ctbone.phantom.anatomy.torso import unpose


def test_vessels_branch_taper_and_end_in_the_lung(crowd):
    for patient in crowd[:40]:
        torso = patient.torso
        pose = (torso.turn_rad, *torso.lean)
        for tree, side in zip(patient.viscera.lungs.vessels, (-1.0, 1.0), strict=True):
            assert len(tree.radii_mm) > 60
            assert np.all(tree.radii_mm[:, 0] >= tree.radii_mm[:, 1] - 1e-9)
            ends = np.array([unpose(end, pose) for end in tree.ends_mm])
            half, middle, deep, off = cavity_at(torso, ends[:, 2])
            inside = ((ends[:, 0] - off) / half) ** 2 + ((ends[:, 1] - middle) / deep) ** 2
            assert inside.max() < 1.0
            assert np.all(side * (ends[:, 0] - off) > 0.0)


def test_airways_are_hollow_and_fork(crowd):
    for patient in crowd[:40]:
        lungs = patient.viscera.lungs
        assert len(lungs.airways) == len(lungs.airway_walls) == 9
        for wall, lumen in zip(lungs.airway_walls, lungs.airways, strict=True):
            assert np.all(wall.radii_mm > lumen.radii_mm)


def test_lungs_fall_ill_with_age_and_effusions_are_few(crowd):
    sick = [(p.viscera.lungs.emphysema_hu > 0.0, p.age_years) for p in crowd]
    assert np.mean([s for s, age in sick if age > 70]) > np.mean(
        [s for s, age in sick if age < 45]
    )
    wet = np.mean([max(p.viscera.lungs.effusion_mm) > 0.0 for p in crowd])
    assert 0.03 < wet < 0.25
    assert all(p.viscera.lungs.slope_hu_mm > 0.0 for p in crowd)
