from dataclasses import replace

import numpy as np
import pytest

from ctbone.phantom import render
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.rods import calibration_rods, lowered
from ctbone.volume import to_indices
from tests.phantom.conftest import QUIET, upright_grid


def _pad_grid(patient):
    table = patient.table
    return upright_grid((150, 60, 3), (1.6, 1.5, 4.0), (table.centre_mm, table.top_mm + 10.0, 0.0))


def _measured(rendering, rod):
    volume = rendering.volume
    centre = to_indices(volume.affine, np.array([[*rod.centre_mm, 0.0]]))[0]
    i, j = np.indices(volume.hu.shape[:2])
    near = np.hypot((i - centre[0]) * 1.6, (j - centre[1]) * 1.5) < 0.5 * rod.radius_mm
    return float(volume.hu[:, :, 1][near].mean())


@pytest.mark.parametrize("kvp", [80, 120, 140])
@pytest.mark.parametrize(("kind", "count"), [("k2hpo4", 5), ("hydroxyapatite", 4)])
def test_rods_measure_what_their_truth_says(patient, kvp, kind, count):
    scan = replace(QUIET, kvp=kvp, calibrator=kind)
    found = render(patient, grid=_pad_grid(patient), scan=scan, seed=0)
    assert len(found.rods) == count
    for rod in found.rods:
        assert _measured(found, rod) == pytest.approx(Palette(scan).rod(rod), abs=1.0), rod.name


@pytest.mark.parametrize(("kvp", "ratio"), [(80, 0.86), (140, 0.81)])
def test_a_line_through_each_kind_stands_as_goodsitt_found(patient, kvp, ratio):
    slopes = {}
    for kind in ("k2hpo4", "hydroxyapatite"):
        scan = replace(QUIET, kvp=kvp, calibrator=kind)
        found = render(patient, grid=_pad_grid(patient), scan=scan, seed=0)
        # Mindways: attenuation less that of the rod's water; the displacement is taken off after.
        hu = [_measured(found, rod) + 1000.0 - rod.water_mg_cm3 for rod in found.rods]
        slopes[kind] = np.polyfit([rod.mg_cm3 for rod in found.rods], hu, 1)[0]
    assert slopes["hydroxyapatite"] / (slopes["k2hpo4"] - 0.2174) == pytest.approx(ratio, abs=0.01)


def test_a_line_through_the_rods_recovers_bone(patient):
    """Density from the rods alone, as calibration with a phantom in the field does."""
    scan = replace(QUIET, calibrator="k2hpo4", bone_slope=1.07)
    found = render(patient, grid=_pad_grid(patient), scan=scan, seed=0)
    hu = [_measured(found, rod) + 1000.0 - rod.water_mg_cm3 for rod in found.rods]
    slope = np.polyfit([rod.mg_cm3 for rod in found.rods], hu, 1)[0] - 0.2174 * scan.bone_slope
    assert Palette(scan).bone(100.0) / slope == pytest.approx(100.0, abs=0.5)


def test_the_pad_lies_between_the_patient_and_the_table(patient):
    rods = calibration_rods(patient.table, "k2hpo4")
    below = lowered(patient.table)
    assert all(rod.centre_mm[1] - rod.radius_mm > patient.table.top_mm for rod in rods)
    for rod in rods:
        surface = below.top_mm - 0.5 * (rod.centre_mm[0] - below.centre_mm) ** 2 / below.radius_mm
        assert rod.centre_mm[1] + rod.radius_mm < surface
    gaps = np.diff([rod.centre_mm[0] for rod in rods])
    assert (gaps > 2.0 * rods[0].radius_mm).all()


def test_the_patient_is_as_without_it(patient):
    body = next(v for v in patient.column.vertebrae if v.level.name == "L2")
    grid = upright_grid((20, 20, 10), (2.0, 2.0, 2.0), tuple(body.centre_mm))
    scans = (QUIET, replace(QUIET, calibrator="k2hpo4"))
    plain, beside = (render(patient, grid=grid, scan=scan, seed=0) for scan in scans)
    assert np.abs(plain.volume.hu - beside.volume.hu).max() < 0.5
    assert plain.rods == ()
