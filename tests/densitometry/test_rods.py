"""Rods in pictures of known discs, and under simulated patients."""

from pathlib import Path

import numpy as np
import pytest

from ctbone.densitometry import Calibrator, calibrate_in_scan, find_rods, load_named
from ctbone.errors import CalibratorNotFound
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.tissue import bone_hu
from ctbone.volume import CTVolume, Grid

MINDWAYS = load_named(Path("mindways_k2hpo4"), Calibrator)
APATITE = load_named(Path("hydroxyapatite"), Calibrator)


def rods_hu(calibrator, slope=1.45, water_hu=0.0):
    return slope * calibrator.salt + calibrator.water - 1000.0 + water_hu


def scan(calibrator, *, pitch=36.0, angle=0.0, signs=(1, 1), middle=(12.0, 40.0), spacing=1.3):
    """Return a volume of even rods in a row."""
    shape = (220, 130, 8)
    affine = np.diag([signs[0] * spacing, signs[1] * spacing, 5.0, 1.0])
    affine[:2, 3] = -np.diag(affine)[:2] * (np.array(shape[:2]) - 1) / 2.0
    x, y = (affine[a, 3] + affine[a, a] * np.arange(n) for a, n in enumerate(shape[:2]))
    hu = np.full(shape, -950.0)
    direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    places = np.arange(len(calibrator.salt)) - (len(calibrator.salt) - 1) / 2.0
    centres = np.array(middle) + places[:, None] * pitch * direction
    for (left, posterior), value in zip(centres, rods_hu(calibrator), strict=True):
        far = np.hypot(x[:, None] - left, y[None] - posterior)
        hu[far <= calibrator.radius_mm] = value
    hu += np.random.default_rng(4).normal(0.0, 15.0, shape)
    return CTVolume(hu.astype(np.float32), affine, "1.2.3")


@pytest.mark.parametrize("calibrator", [MINDWAYS, APATITE])
@pytest.mark.parametrize(
    "laid",
    [
        {},
        {"pitch": 31.0, "angle": 3.0},
        {"pitch": -40.0, "angle": -2.0},
        {"signs": (-1, 1), "middle": (-20.0, -30.0)},
        {"signs": (1, -1), "spacing": 0.8, "middle": (0.0, 10.0), "pitch": 30.0},
    ],
)
def test_rods_are_found_whichever_way_they_lie(calibrator, laid):
    volume = scan(calibrator, **laid)
    # No two rods are alike, and air lies about them.
    assert find_rods(volume, calibrator) == pytest.approx(rods_hu(calibrator), abs=3.0)


def test_rods_that_end_within_the_scan_are_none():
    volume = scan(MINDWAYS)
    hu = volume.hu.copy()
    hu[:, :, 4:] = -950.0
    with pytest.raises(CalibratorNotFound, match="expected 5 rods of phantom mindways_k2hpo4"):
        find_rods(CTVolume(hu, volume.affine, "1.2.3"), MINDWAYS)


def test_rods_of_another_phantom_are_none():
    with pytest.raises(CalibratorNotFound, match="found no whole row of even discs"):
        find_rods(scan(APATITE), MINDWAYS)


def test_a_field_narrower_than_the_phantom_holds_none():
    volume = scan(MINDWAYS)
    with pytest.raises(CalibratorNotFound, match="found no whole row"):
        find_rods(CTVolume(volume.hu[:60], volume.affine, "1.2.3"), MINDWAYS)


def test_oblique_slices_are_refused():
    volume = scan(MINDWAYS)
    tilted = np.eye(4)
    tilted[1:3, 1:3] = [[0.8, -0.6], [0.6, 0.8]]
    turned = CTVolume(volume.hu, tilted @ volume.affine, "1.2.3")
    with pytest.raises(CalibratorNotFound, match=r"expected axial slices .* found oblique"):
        find_rods(turned, MINDWAYS)


def simulated(seed, **known):
    patient = sample_patient(PatientConfig(), seed=seed)
    settings = ScanConfig(noise_hu=15.0, **known)
    middle = (patient.table.centre_mm + 3.0, patient.table.top_mm - 80.0, 0.0)
    shape, spacing = (200, 180, 8), (1.8, 1.8, 5.0)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(middle) - 0.5 * (np.array(shape) - 1) * np.array(spacing)
    return render(patient, grid=Grid(shape, affine), scan=settings, seed=1).volume


@pytest.mark.parametrize("kvp", [80, 120])
def test_a_phantom_under_a_simulated_patient_gives_bone_within_1_mg_cm3(kvp):
    volume = simulated(7, kvp=kvp, calibrator="k2hpo4")
    line = calibrate_in_scan(volume, MINDWAYS, kvp=float(kvp))
    for density in (50.0, 80.0, 120.0):
        found = line.density_mg_cm3(bone_hu(density, kvp=kvp))
        assert found == pytest.approx(density, abs=1.0)


@pytest.mark.parametrize("calibrator", [MINDWAYS, APATITE])
def test_a_simulated_patient_without_a_phantom_shows_none(calibrator):
    with pytest.raises(CalibratorNotFound):
        find_rods(simulated(8, phase="portal"), calibrator)
