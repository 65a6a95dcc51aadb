import numpy as np
import pytest

from ctbone.phantom.scanner.kernels import KERNELS, image_filter, noise_gain, noise_power


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_transfer_function_passes_what_it_says(kernel):
    response = KERNELS[kernel]
    found = response.mtf(np.array([0.0, response.f50, response.f10]))
    assert found == pytest.approx([1.0, 0.5, 0.1])


def test_bone_kernels_lift_edges_and_soft_ones_do_not():
    frequencies = np.linspace(0.0, 15.0, 301)
    most = {kernel: KERNELS[kernel].mtf(frequencies).max() for kernel in KERNELS}
    assert most["smooth"] == most["standard"] == pytest.approx(1.0)
    assert 1.01 < most["sharp"] < 1.2
    assert 1.01 < most["ultra"] < 1.25


def test_sharper_families_pass_more_and_are_noisier():
    order = ["smooth", "standard", "sharp", "ultra"]
    assert [KERNELS[k].f50 for k in order] == sorted(KERNELS[k].f50 for k in order)
    gains = [noise_gain(k) for k in order]
    assert gains == sorted(gains)
    assert gains[1] == pytest.approx(1.0)
    assert 2.0 < gains[2] < 3.5


def test_the_spectrum_of_noise_is_a_ramp_that_the_kernel_ends():
    low, high = np.array([0.8]), np.array([1.6])
    ratio = noise_power("sharp", high) / noise_power("sharp", low)
    assert ratio == pytest.approx(2.0, rel=0.1)
    frequencies = np.linspace(0.0, 12.0, 241)
    power = noise_power("standard", frequencies)
    assert 2.0 < frequencies[power.argmax()] < 3.5
    assert power[-1] < 1e-3 * power.max()


def test_iterative_reconstruction_lowers_the_peak_and_the_noise():
    frequencies = np.linspace(0.0, 12.0, 1201)
    peaks = [
        frequencies[noise_power("standard", frequencies, iterative=s).argmax()]
        for s in (0.0, 0.5, 1.0)
    ]
    assert peaks == sorted(peaks, reverse=True)
    assert 0.5 < peaks[2] / peaks[0] < 0.75
    assert noise_gain("standard", iterative=1.0) < noise_gain("standard", iterative=0.5) < 1.0


def test_coarse_voxels_are_left_alone():
    """Where the average over a voxel has blurred more than the kernel would, nothing is done."""
    frequencies = np.linspace(0.0, 1.25, 26)
    assert image_filter("standard", frequencies, np.sinc(0.4 * frequencies)) == pytest.approx(1.0)


def test_fine_voxels_are_brought_to_the_kernel():
    frequencies = np.linspace(1.0, 8.0, 15)
    aperture = np.sinc(0.05 * frequencies)
    gain = image_filter("standard", frequencies, aperture)
    assert gain * aperture == pytest.approx(KERNELS["standard"].mtf(frequencies))
