import numpy as np
import pytest
import torch

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.kernels import KERNELS, noise_power
from ctbone.phantom.scanner.spectrum import plan_plane

CPU = torch.device("cpu")


def plane_of(shape, spacing, **scan):
    return plan_plane(shape, spacing, ScanConfig(**scan), device=CPU)


def noise_of(plane, count=24, *, kind="grain"):
    white = plane.white(count, torch.Generator().manual_seed(3))
    return plane.noise(white, getattr(plane, kind)).numpy()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("spacing", [(0.7, 0.7), (0.8, 1.3), (4.0, 4.3)])
@pytest.mark.parametrize("kind", ["grain", "lateral", "frontal"])
def test_noise_has_unit_strength_whatever_the_kernel(kernel, spacing, kind):
    noise = noise_of(plane_of((120, 97), spacing, kernel=kernel), kind=kind)
    assert noise.std() == pytest.approx(1.0, rel=0.03)
    assert abs(noise.mean()) < 0.05


@pytest.mark.parametrize(
    ("kernel", "iterative"),
    [("smooth", 0.0), ("standard", 0.0), ("standard", 1.0), ("sharp", 0.0)],
)
def test_noise_has_the_spectrum_that_is_stated(kernel, iterative):
    """Radial means of the measured power against f MTF^2."""
    noise = noise_of(plane_of((256, 256), (0.7, 0.7), kernel=kernel, iterative=iterative), 40)
    part = noise[:, 64:192, 64:192]
    power = (np.abs(np.fft.fft2(part - part.mean((1, 2), keepdims=True))) ** 2).mean(0)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(128, 0.07), np.fft.fftfreq(128, 0.07)))
    ring = np.digitize(frequency, np.arange(0.5, 6.6, 0.5))
    rings = range(1, 13)
    expected = noise_power(kernel, frequency, iterative=iterative)
    found, stated = (np.array([p[ring == n].mean() for n in rings]) for p in (power, expected))
    assert found / found.sum() == pytest.approx(stated / stated.sum(), abs=0.01)


def test_smooth_kernels_have_coarser_grain():
    def neighbours(kernel):
        noise = noise_of(plane_of((128, 120), (0.8, 0.7), kernel=kernel))
        return np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]

    assert neighbours("smooth") > neighbours("standard") + 0.1 > neighbours("sharp") + 0.2


@pytest.mark.parametrize("kind", ["lateral", "frontal"])
def test_streaks_run_along_the_rows_or_along_the_columns(kind):
    noise = noise_of(plane_of((128, 128), (0.8, 0.8)), kind=kind)
    noise = noise if kind == "lateral" else noise.transpose(0, 2, 1)
    along = np.corrcoef(noise[:, :, 3:].ravel(), noise[:, :, :-3].ravel())[0, 1]
    across = np.corrcoef(noise[:, 3:].ravel(), noise[:, :-3].ravel())[0, 1]
    assert along > 0.35
    assert across < 0.1


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_edge_shows_the_transfer_function_that_is_stated(kernel):
    """From an edge a few degrees off the columns, oversampled, as phantoms are measured."""
    spacing, tilt = 0.3, np.deg2rad(3.0)
    x = (np.arange(300) - 149.5) * spacing
    distance = x[None] * np.cos(tilt) + x[:, None] * np.sin(tilt)
    edge = torch.as_tensor(np.clip(0.5 + distance / spacing, 0, 1), dtype=torch.float32)[None]
    found = plane_of((300, 300), (spacing, spacing), kernel=kernel).filtered(edge)[0].numpy()
    near = (np.abs(distance) < 15.0) & (np.abs(x)[:, None] < 25.0)
    bins = np.arange(-15.0, 15.0, 0.1)
    place = np.digitize(distance[near], bins)
    spread = np.array([found[near][place == n].mean() for n in range(1, len(bins))])
    transfer = np.abs(np.fft.rfft(np.diff(spread) * np.hanning(len(spread) - 1)))
    frequency = np.fft.rfftfreq(len(spread) - 1, 0.01)
    response = KERNELS[kernel]
    measured = np.interp([response.f50, response.f10], frequency, transfer / transfer[0])
    # Binning and the painted ramp of the edge cost a little at the highest frequencies.
    assert measured == pytest.approx([0.5, 0.1], abs=0.05)


def test_filtering_keeps_flat_places_up_to_the_edge():
    flat = torch.full((2, 40, 50), 37.0)
    assert plane_of((40, 50), (0.8, 0.9)).filtered(flat) == pytest.approx(37.0, abs=1e-3)


def test_opposite_edges_do_not_leak_into_each_other():
    half = torch.zeros((1, 64, 64))
    half[:, :, 32:] = 1000.0
    found = plane_of((64, 64), (0.8, 0.8), kernel="smooth").filtered(half)
    assert float(found[:, :, :8].abs().max()) < 5.0
    assert float((found[:, :, -8:] - 1000.0).abs().max()) < 5.0


def test_the_three_kinds_of_noise_have_nothing_in_common():
    plane = plane_of((128, 120), (0.8, 0.8))
    kinds = [noise_of(plane, kind=kind).ravel() for kind in ("grain", "lateral", "frontal")]
    assert np.abs(np.corrcoef(kinds) - np.eye(3)).max() < 0.02
