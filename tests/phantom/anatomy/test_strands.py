import numpy as np
import pytest

from ctbone.phantom.tissue import Tissue


def _plaques(patient):
    return [t for t in patient.viscera.vessels if t.tissue is Tissue.CALCIFICATION]


def test_calcium_grows_with_age(crowd):
    young = [bool(_plaques(p)) for p in crowd if p.age_years < 40]
    old = [bool(_plaques(p)) for p in crowd if p.age_years > 75]
    assert np.mean(young) < 0.2
    assert np.mean(old) > 0.85


def test_the_aorta_is_left_of_the_cava_and_before_the_spine(crowd):
    for patient in crowd:
        aorta, cava = patient.viscera.vessels[:2]
        assert aorta.tissue is Tissue.ARTERY
        assert cava.tissue is Tissue.VEIN
        low = max(aorta.points_mm[-1, 2], cava.points_mm[-1, 2]) + 5.0
        left = np.interp(-low, -aorta.points_mm[:, 2], aorta.points_mm[:, 0])
        right = np.interp(-low, -cava.points_mm[:, 2], cava.points_mm[:, 0])
        assert left > right


def test_the_aorta_is_as_wide_as_aortas(crowd):
    """15 to 25 mm below the kidneys in most adults; a few are aneurysms."""
    widths = np.array([2.0 * p.viscera.vessels[0].radii_mm[-3:].mean() for p in crowd])
    assert 15.0 < np.median(widths) < 22.0
    widest = np.array([2.0 * p.viscera.vessels[0].radii_mm[4:].max() for p in crowd])
    assert 0.0 < np.mean(widest > 35.0) < 0.15


@pytest.mark.parametrize("axis", [0, 1])
def test_old_aortas_wind(crowd, axis):
    def winding(patient):
        line = patient.viscera.vessels[0].points_mm[2:, axis]
        return np.abs(np.diff(line, 2)).mean()

    young = np.median([winding(p) for p in crowd if p.age_years < 45])
    old = np.median([winding(p) for p in crowd if p.age_years > 75])
    assert old > 1.2 * young
