import pytest

from ctbone.phantom import ScanConfig
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.tissue import CORTEX_MG_CM3, MATERIALS, Tissue


def test_soft_tissue_follows_potential_and_phase():
    none, low, portal = (
        Palette(ScanConfig(**scan)) for scan in ({}, {"kvp": 80}, {"kvp": 80, "phase": "portal"})
    )
    assert low.soft(Tissue.FAT) < none.soft(Tissue.FAT) - 10.0
    assert portal.soft(Tissue.LIVER) > low.soft(Tissue.LIVER) + 70.0


def test_a_scanner_shifts_everything_and_stretches_bone_alone():
    plain, shifted = Palette(ScanConfig()), Palette(ScanConfig(offset_hu=5.0, bone_slope=1.1))
    assert shifted.soft(Tissue.LIVER, 3.0) == pytest.approx(plain.soft(Tissue.LIVER) + 8.0)
    assert shifted.bone(100.0) == pytest.approx(1.1 * plain.bone(100.0) + 5.0)
    assert shifted.cortex == pytest.approx(1.1 * plain.cortex + 5.0)


@pytest.mark.parametrize("kvp", [80, 120, 140])
def test_bone_of_all_kinds_is_stretched_alike(kvp):
    """Arches and ribs read as bodies of their density do; what has no mineral stays."""
    plain = Palette(ScanConfig(kvp=kvp))
    stretched = Palette(ScanConfig(kvp=kvp, bone_slope=0.8))
    for tissue, shift in ((Tissue.MARROW, 40.0), (Tissue.CALCIFICATION, -300.0)):
        density = MATERIALS[tissue].mineral_mg_cm3 + shift / 1.25
        for palette in (plain, stretched):
            assert palette.soft(tissue, shift) == pytest.approx(palette.bone(density), abs=0.1)
    assert stretched.soft(Tissue.FATTY_MARROW, 5.0) == plain.soft(Tissue.FATTY_MARROW, 5.0)


def test_blood_in_bone_is_not_stretched():
    """It is iodine, which a scanner reads as such."""
    gains = [
        Palette(ScanConfig(phase="portal", bone_slope=slope)).bone(100.0)
        - Palette(ScanConfig(bone_slope=slope)).bone(100.0)
        for slope in (0.8, 1.2)
    ]
    assert gains == pytest.approx([18.2, 18.2])


def test_the_cortex_is_shifted_as_other_tissues_are():
    plain, shifted = Palette(ScanConfig()), Palette(ScanConfig(), {Tissue.CORTICAL: 30.0})
    assert shifted.cortex == pytest.approx(plain.cortex + 30.0)
    assert plain.cortex == pytest.approx(plain.bone(CORTEX_MG_CM3), abs=0.1)
