import pytest
import torch

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.reconstruction import stored


def test_values_are_clipped_to_twelve_bits():
    kept = stored(torch.tensor([-5000.0, -0.4, 3070.6, 9000.0]), ScanConfig())
    assert kept.dtype == torch.int16
    assert kept.tolist() == [-1024, 0, 3071, 3071]


def test_an_extended_range_holds_metal():
    kept = stored(torch.tensor([-5000.0, 9000.0, 40000.0]), ScanConfig(extended_range=True))
    assert kept.tolist() == [-5000, 9000, 30710]


def test_nothing_is_lost_where_nothing_is_stored():
    hu = torch.tensor([-5000.0, 0.25, 9000.0])
    assert torch.equal(stored(hu, ScanConfig(integer=False)), hu)


@pytest.mark.parametrize(
    "changed",
    [
        {"noise_hu": -1.0},
        {"slice_thickness_mm": 0.0},
        {"slice_increment_mm": -1.0},
        {"tube_charge_mas": 0.0},
        {"bone_slope": 0.0},
        {"field_diameter_mm": 0.0},
        {"noise_hu": float("nan")},
        {"beam_hardening": -0.1},
        {"breathing_mm": -2.0},
        {"iterative": 1.5},
    ],
)
def test_impossible_scans_are_refused(changed):
    with pytest.raises(ValueError, match=next(iter(changed))):
        ScanConfig(**changed)
