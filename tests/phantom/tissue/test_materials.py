import pytest

from ctbone.phantom.tissue import (
    MATERIALS,
    METALS,
    PHASES,
    Tissue,
    bone_hu,
    bone_mg_cm3,
    tissue_hu,
)

T = Tissue


def hu(tissue, kvp=120, phase="none"):
    return tissue_hu(tissue, kvp=kvp, phase=phase)


def test_every_tissue_has_a_row():
    assert set(MATERIALS) == set(Tissue)


def test_the_anchor_is_what_stands_at_120_kv():
    for tissue, material in MATERIALS.items():
        if material.compound is None and tissue is not T.ORAL_CONTRAST:
            assert hu(tissue) == pytest.approx(material.base_hu)


@pytest.mark.parametrize("phase", PHASES)
def test_what_holds_iodine_brightens_at_low_potentials(phase):
    gain = {kvp: hu(T.ARTERY, kvp, phase) - hu(T.ARTERY, kvp) for kvp in (80, 100, 120, 140)}
    if phase == "none":
        assert set(gain.values()) == {0.0}
    else:
        assert gain[80] > 1.5 * gain[120] > 1.5 * 1.15 * gain[140] > 0.0


def test_phases_show_what_they_are_named_for():
    assert hu(T.ARTERY, phase="arterial") > hu(T.VEIN, phase="arterial") + 150.0
    assert hu(T.LIVER, phase="portal") > hu(T.LIVER, phase="arterial") + 25.0
    assert hu(T.RENAL_PELVIS, phase="excretory") > 1000.0 > hu(T.RENAL_PELVIS, phase="portal")


def test_fat_darkens_and_bone_brightens_at_low_potentials():
    assert hu(T.FAT, 80) < hu(T.FAT) - 10.0
    assert hu(T.CORTICAL, 80) > hu(T.CORTICAL) + 100.0 > hu(T.CORTICAL, 140) + 140.0
    assert hu(T.DISC, 80) == hu(T.DISC, 140)


def test_metals_are_beyond_what_twelve_bits_hold_and_plastics_are_not():
    for metal in METALS:
        assert hu(metal) > 8000.0
    assert hu(T.TITANIUM) < hu(T.STEEL) < hu(T.COBALT_CHROME)
    assert 2000.0 < hu(T.CEMENT) < 5000.0
    assert hu(T.PMMA) == pytest.approx(125.0, abs=10.0)
    assert -100.0 < hu(T.POLYETHYLENE) < -60.0


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
@pytest.mark.parametrize("phase", PHASES)
def test_density_and_attenuation_of_bone_are_inverse(kvp, phase):
    assert bone_mg_cm3(bone_hu(137.0, kvp=kvp, phase=phase), kvp=kvp, phase=phase) == (
        pytest.approx(137.0)
    )


def test_bone_takes_up_contrast_as_pompe_found():
    gains = [bone_hu(0.0, kvp=120, phase=phase) for phase in ("none", "arterial", "portal")]
    assert gains == pytest.approx([0.0, 13.5, 18.2])
    assert bone_hu(0.0, kvp=80, phase="portal") > 1.5 * gains[2]
