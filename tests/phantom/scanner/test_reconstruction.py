import numpy as np
import pytest

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.reconstruction import add_noise, blur_slices, digitise


def _noise(kernel, spacing=(0.8, 0.7)):
    hu = np.zeros((6, 128, 120), np.float32)
    scan = ScanConfig(kernel=kernel, noise_hu=20.0)
    add_noise(hu, scan=scan, spacing_mm=spacing, rng=np.random.default_rng(0))
    return hu


@pytest.mark.parametrize("kernel", ["smooth", "standard", "sharp"])
def test_noise_has_the_strength_asked_for_whatever_the_kernel(kernel):
    assert _noise(kernel)[:, 8:-8, 8:-8].std() == pytest.approx(20.0, rel=0.04)


def test_smooth_kernels_have_coarser_grain():
    def neighbours(hu):
        return np.corrcoef(hu[:, :, 1:].ravel(), hu[:, :, :-1].ravel())[0, 1]

    smooth, standard, sharp = (neighbours(_noise(k)) for k in ("smooth", "standard", "sharp"))
    assert smooth > standard + 0.1 > sharp + 0.2


def test_slices_have_noise_of_their_own():
    hu = _noise("smooth")
    assert abs(np.corrcoef(hu[0].ravel(), hu[1].ravel())[0, 1]) < 0.03


def test_blurring_keeps_the_mean_and_widens_a_point():
    hu = np.zeros((1, 41, 41), np.float32)
    hu[0, 20, 20] = 1000.0
    blur_slices(hu, scan=ScanConfig(kernel="smooth"), spacing_mm=(0.5, 1.0))
    assert hu.sum() == pytest.approx(1000.0, rel=1e-4)
    rows, columns = np.indices(hu[0].shape)
    for index, spacing in ((rows, 0.5), (columns, 1.0)):
        spread = np.sqrt((hu[0] * (index - 20.0) ** 2).sum() / hu.sum()) * spacing
        assert spread == pytest.approx(0.75, rel=0.1)


def test_values_are_clipped_to_twelve_bits():
    stored = digitise(np.array([-5000.0, -0.4, 3070.6, 9000.0], np.float32))
    assert stored.tolist() == [-1024, 0, 3071, 3071]


@pytest.mark.parametrize(
    "changed", [{"noise_hu": -1.0}, {"slice_thickness_mm": 0.0}, {"bone_slope": 0.0}]
)
def test_impossible_scans_are_refused(changed):
    with pytest.raises(ValueError, match=next(iter(changed))):
        ScanConfig(**changed)
