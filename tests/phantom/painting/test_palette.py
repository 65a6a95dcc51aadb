import pytest

from ctbone.phantom import ScanConfig
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.tissue import Tissue


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
    assert shifted.cortex == pytest.approx(1.1 * plain.cortex)
