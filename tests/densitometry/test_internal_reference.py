"""The reference that ships against tables of elements, and files that make no sense."""

from dataclasses import replace
from pathlib import Path

import pytest

from ctbone.densitometry import InternalReference, load_named, named_path
from ctbone.errors import OutOfDomain, Reason
from ctbone.phantom.tissue import nist

SOFT = load_named(Path("soft_tissue"), InternalReference)

#: ICRU Report 44, as NIST gives it.
BLOOD = {"H": 0.102, "C": 0.110, "N": 0.033, "O": 0.745, "Na": 0.001, "P": 0.001, "S": 0.002,
         "Cl": 0.003, "K": 0.002, "Fe": 0.001}  # fmt: skip
MEDIA = {
    "water": nist.WATER,
    "fat": nist.ADIPOSE,
    "muscle": nist.MUSCLE,
    "blood": BLOOD,
    "mineral": nist.K2HPO4,
}


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("kev", [60.0, 67.5, 72.6, 77.3])
def test_attenuation_is_that_of_the_elements(medium, kev):
    expected = nist.mass_attenuation(MEDIA[medium], kev=kev)
    water = nist.mass_attenuation(nist.WATER, kev=kev)
    assert SOFT.relative(medium, kev) == pytest.approx(expected / water, rel=1e-3)


def test_water_is_water():
    assert SOFT.relative("water", 71.3) == pytest.approx(1.0, abs=1e-12)


def test_a_mean_patient_is_the_mean_at_its_own_energy():
    for tissue, mean_hu in SOFT.mean_hu.items():
        found = SOFT.expected_hu(tissue, SOFT.beam_kev[120.0], enhanced=False)
        assert found == pytest.approx(mean_hu, abs=1e-9)


def test_fat_darkens_at_lower_energies_and_air_stays():
    at_100 = SOFT.expected_hu("fat", SOFT.beam_kev[100.0], enhanced=False)
    # About a Hounsfield unit a keV, over the 5.1 keV between 100 and 120 kV.
    assert -8.0 < at_100 - SOFT.mean_hu["fat"] < -3.0
    assert SOFT.expected_hu("air", 60.0, enhanced=True) == -1000.0
    enhanced = SOFT.expected_hu("muscle", 70.0, enhanced=True)
    assert enhanced - SOFT.expected_hu("muscle", 70.0, enhanced=False) == pytest.approx(10.0)


def test_the_beam_follows_the_potential():
    assert SOFT.beam(110.0) == (pytest.approx((67.5 + 72.6) / 2.0), 3.0)
    assert SOFT.beam(None) == (72.6, 5.0)


@pytest.mark.parametrize("kvp", [80.0, 150.0])
def test_a_potential_without_an_energy_is_refused(kvp):
    with pytest.raises(
        OutOfDomain, match=f"expected 100 to 140 kV, .* made at {kvp:g} kV"
    ) as told:
        SOFT.beam(kvp)
    assert told.value.reason is Reason.KVP_OUT_OF_DOMAIN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean_hu": {"air": -1000.0, "fat": -100.0}}, r"mean_hu must hold \['air', 'blood'"),
        ({"between_patients_hu": {}}, "between_patients_hu must hold"),
        ({"mass_attenuation_cm2_g": {}}, r"mass_attenuation_cm2_g must hold .* got \[\]"),
        ({"enhancement_hu": {"bone": 1.0}}, r"enhancement_hu must be of .* got \['bone'\]"),
        ({"reference_kvp": 130.0}, "beam_kev must hold 130, the reference_kvp"),
        ({"kev": (40.0, 50.0, 60.0, 100.0, 80.0)}, "kev must ascend"),
        ({"kev": (40.0, 50.0, 60.0, 80.0)}, "a coefficient of every medium at each"),
        ({"kev": (0.0, 50.0, 60.0, 80.0, 100.0)}, "must be positive"),
        ({"beam_kev": {120.0: 120.0}}, r"beam_kev must lie within kev, got \[120.0\]"),
        ({"beam_sd_kev": 0.0}, "standard deviations and scatter must be positive"),
    ],
)
def test_a_reference_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SOFT, **change)


def test_the_name_of_no_reference_lists_those_that_ship(tmp_path):
    with pytest.raises(ValueError, match=r"ships; internal/ holds soft_tissue$"):
        named_path(Path("bone"), InternalReference)
    own = tmp_path / "own.yaml"
    assert named_path(own, InternalReference) == own


def test_an_unknown_key_is_refused(tmp_path):
    shipped = named_path(Path("soft_tissue"), InternalReference).read_text(encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(shipped + "liver_hu: 57\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"own.yaml holds unknown keys \['liver_hu'\]"):
        load_named(own, InternalReference)
