"""Corrections against closed forms, and against a simulated patient at two tube potentials."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import (
    Correction,
    PatchCorrection,
    correction_of,
    load_named,
    measure,
    named_path,
)
from ctbone.errors import OutOfDomain, Reason
from ctbone.patches import PatchGrid, extract
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.records import BodyMask, Flag, VertebraLocalisation
from ctbone.volume import Grid

SHIPPED = load_named(Path("pompe2015_aapm2026"), Correction)


def series(kvp=120.0, *, contrast=False, description=""):
    return SimpleNamespace(kvp=kvp, contrast=contrast, description=description)


@pytest.mark.parametrize(
    ("kvp", "wanted", "ratio"),
    [
        (120.0, None, 1.0),
        (100.0, None, 0.927),
        (140.0, None, 1.053),
        (140.3, None, 1.053),
        (None, None, 1.0),
        (100.0, 100.0, 1.0),
        (120.0, 100.0, 1.0 / 0.927),
        (140.0, 100.0, 1.053 / 0.927),
    ],
)
def test_attenuation_is_brought_to_the_potential_that_is_wanted(kvp, wanted, ratio):
    found = correction_of(series(kvp), SHIPPED, wanted_kvp=wanted)
    assert found.ratio == pytest.approx(ratio)
    assert found.flags == ((Flag.CORRECTED_KV,) if ratio != 1.0 else ())


@pytest.mark.parametrize("kvp", [80.0, 90.0, 110.0])
def test_a_potential_that_the_table_lacks_is_refused(kvp):
    expected = rf"holds for \(100, 120, 140 kV\), found {kvp:g} kV"
    with pytest.raises(OutOfDomain, match=expected) as fault:
        correction_of(series(kvp), SHIPPED)
    assert fault.value.reason is Reason.KVP_OUT_OF_DOMAIN


@pytest.mark.parametrize(
    ("description", "assumed", "rise_hu"),
    [
        ("abdomen arterial", None, 13.5),
        ("abdomen portal venous", None, 18.2),
        ("abdomen portal venous", "arterial", 18.2),
        ("abdomen", "portal_venous", 18.2),
        ("abdomen", None, 0.0),
        ("abdomen excretory", None, 0.0),
    ],
)
def test_an_agent_is_subtracted_where_its_phase_is_known(description, assumed, rise_hu):
    given = series(contrast=True, description=description)
    found = correction_of(given, SHIPPED, assumed_phase=assumed)
    assert found.rise_hu == rise_hu
    assert found.flags == ((Flag.CORRECTED_CONTRAST if rise_hu else Flag.CONTRAST_UNCORRECTED),)


@pytest.mark.parametrize("contrast", [False, None])
def test_nothing_is_subtracted_where_no_agent_is_recorded(contrast):
    given = series(contrast=contrast, description="portal venous")
    found = correction_of(given, SHIPPED, assumed_phase="arterial")
    assert found == PatchCorrection()


def test_the_mean_of_a_region_follows_the_table_exactly(make_patch):
    patch = make_patch(core_hu=20.0, noise_hu=40.0)
    before, after = measure(patch), measure(PatchCorrection(ratio=0.927, rise_hu=13.5)(patch))
    assert after.mean_hu == pytest.approx(0.927 * before.mean_hu - 13.5, abs=1e-3)


def test_outside_the_body_fat_and_air_stay_and_an_agent_is_not_looked_for(make_patch):
    patch = make_patch()
    hu = np.where(patch.inside, patch.hu, -100.0).astype(np.float32)
    hu[0], hu[1] = -1000.0, 50.0
    after = PatchCorrection(ratio=0.9, rise_hu=10.0)(replace(patch, hu=hu)).hu
    assert np.all(after[0] == -1000.0)
    assert np.all(after[1] == 45.0)
    assert np.all(after[2][~patch.inside[2]] == -100.0)


def test_without_a_mask_what_is_above_water_is_the_body(make_patch):
    patch = make_patch(masked=False)
    hu = np.where(patch.hu > 100.0, patch.hu, -50.0).astype(np.float32)
    after = PatchCorrection(ratio=0.9, rise_hu=10.0)(replace(patch, hu=hu)).hu
    assert np.allclose(after[hu > 0], 0.9 * hu[hu > 0] - 10.0)
    assert np.all(after[hu <= 0] == -50.0)


def test_nothing_asked_for_is_nothing_done(make_patch):
    patch = make_patch()
    assert PatchCorrection()(patch) is patch


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": ""}, "name and source must be given"),
        ({"ratio_by_kvp": {100.0: 137.3}}, "ratio_by_kvp of 100 kV must lie between 0.5 and 2"),
        ({"ratio_by_kvp": {100.0: float("nan")}}, "must lie between"),
        ({"rise_hu_by_phase": {"arterial": -3.0}}, "of arterial must not be negative"),
    ],
)
def test_tables_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SHIPPED, **change)


def test_a_correction_is_a_file_or_the_name_of_one_that_ships(tmp_path):
    assert named_path(tmp_path / "own.yaml", Correction) == tmp_path / "own.yaml"
    with pytest.raises(ValueError, match=r"ships; corrections/ holds .*pompe2015_aapm2026"):
        named_path(Path("no_such_table"), Correction)


@pytest.fixture(scope="module")
def scanned():
    """Return a patch of L1 as it is seen at a tube potential and phase."""
    config = PatientConfig(
        t13_fraction=0, l6_fraction=0, four_lumbar_fraction=0, disease=DiseaseConfig(prevalence=0)
    )
    patient = sample_patient(config, seed=7)
    truth = next(v for v in patient.column.vertebrae if v.level is VertebralLevel.L1)
    grid = Grid.about(truth.centre_mm, np.eye(3), shape=(56, 56, 40), spacing_mm=1.0)

    def scan(**known):
        settings = ScanConfig(noise_hu=0.0, integer=False, **known)
        seen = render(patient, grid=grid, scan=settings, seed=0)
        body = BodyMask(seen.bodies == int(truth.level), seen.volume.affine)
        centre = tuple(float(x) for x in truth.centre_mm)
        found = VertebraLocalisation(truth.level, centre, np.eye(3), 1.0, body, is_whole=True)
        return extract(seen.volume, found, grid=PatchGrid())

    return scan


@pytest.mark.parametrize("kvp", [100, 140])
def test_a_simulated_vertebra_corrected_is_that_at_120_kv_within_2_percent(scanned, kvp):
    usual, other = measure(scanned(kvp=120)).mean_hu, scanned(kvp=kvp)
    assert measure(other).mean_hu != pytest.approx(usual, rel=0.03)
    corrected = correction_of(series(float(kvp)), SHIPPED)(other)
    assert measure(corrected).mean_hu == pytest.approx(usual, rel=0.02)


@pytest.mark.parametrize("phase", ["arterial", "portal"])
def test_a_simulated_enhanced_vertebra_corrected_is_the_native_one_within_2_percent(
    scanned, phase
):
    native, enhanced = measure(scanned()).mean_hu, scanned(phase=phase)
    assert measure(enhanced).mean_hu > native + 10.0
    given = series(contrast=True, description=phase)
    corrected = correction_of(given, SHIPPED)(enhanced)
    assert measure(corrected).mean_hu == pytest.approx(native, rel=0.02)
