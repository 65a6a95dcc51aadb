"""What each organ attenuates in a whole patient, by phase."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.phantom import PatientConfig, render, sample_patient
from ctbone.phantom.tissue import Tissue, tissue_hu
from tests.phantom.conftest import QUIET, upright_grid


@pytest.fixture(scope="module")
def person():
    """Someone with two kidneys and no fatty liver."""
    for seed in range(40):
        found = sample_patient(PatientConfig(), seed=seed)
        organs = found.viscera.organs
        kidneys = [o for o in organs if o.tissue is Tissue.KIDNEY]
        liver = next(o for o in organs if o.tissue is Tissue.LIVER)
        if len(kidneys) == 2 and liver.shift_hu > -12.0:
            return found
    raise AssertionError("no such patient among forty")


def _patch(patient, centre_mm, **changes):
    grid = upright_grid((5, 5, 5), (1.5, 1.5, 1.5), tuple(centre_mm))
    return render(patient, grid=grid, scan=replace(QUIET, **changes), seed=0).volume.hu


def _organ(patient, tissue):
    return next(o for o in patient.viscera.organs if o.tissue is tissue)


@pytest.mark.parametrize("phase", ["none", "arterial", "portal", "excretory"])
@pytest.mark.parametrize("tissue", [Tissue.SPLEEN, Tissue.LIVER])
def test_organs_attenuate_as_their_phase_says(person, tissue, phase):
    organ = _organ(person, tissue)
    inside = organ.centre_mm + np.array([-12.0 if tissue is Tissue.LIVER else -4.0, 0.0, 8.0])
    hu = np.median(_patch(person, inside, phase=phase))
    expected = tissue_hu(tissue, kvp=120, phase=phase) + organ.shift_hu
    assert hu == pytest.approx(expected, abs=6.0)


def _aorta(patient, phase):
    line = patient.viscera.vessels[0].points_mm
    return np.median(_patch(patient, line[len(line) // 2], phase=phase))


def test_arteries_are_brightest_in_the_arterial_phase(person):
    found = {phase: _aorta(person, phase) for phase in ("none", "arterial", "portal")}
    assert found["arterial"] > found["portal"] + 80.0 > found["none"] + 150.0


def test_excreted_contrast_shines_in_the_excretory_phase_alone(person):
    """Before, nothing in the pelvis of a kidney is brighter than the artery that ends there."""
    calyx = next(t for t in person.viscera.soft_threads if t.tissue is Tissue.RENAL_PELVIS)
    bright = {
        phase: _patch(person, calyx.points_mm[0], phase=phase).max()
        for phase in ("none", "arterial", "portal", "excretory")
    }
    assert bright["excretory"] > 600.0
    assert max(bright["none"], bright["arterial"], bright["portal"]) < 320.0


def test_veins_in_the_liver_turn_from_dark_to_bright(person):
    tree = person.viscera.liver_veins[0]
    widest = int(np.argmax(tree.radii_mm.mean(1)))
    at = 0.5 * (tree.starts_mm + tree.ends_mm)[widest]
    liver = _organ(person, Tissue.LIVER).shift_hu
    native = np.median(_patch(person, at, phase="none"))
    portal = np.median(_patch(person, at, phase="portal"))
    assert native < 57.0 + liver + 3.0
    assert portal > 100.0


def test_gas_lies_in_front_of_fluid_in_the_whole_patient(person):
    """Over all voxels of the abdomen, gas in a loop lies before the fluid below it."""
    grid = upright_grid((90, 70, 60), (3.0, 3.0, 3.0), (0.0, -40.0, -60.0))
    hu = render(person, grid=grid, scan=QUIET, seed=0).volume.hu
    gas, fluid = (hu < -700.0), (hu > 5.0) & (hu < 45.0)
    body = np.cumsum(hu > -150.0, axis=1) > 4
    gas &= body
    above = gas[:, :-3] & fluid[:, 3:]
    below = gas[:, 3:] & fluid[:, :-3]
    assert above.sum() > below.sum()
