from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.chain import series_slices
from ctbone.volume import Grid

from .conftest import abdomen, positions, scanned, with_disc

QUIET = ScanConfig(noise_hu=0.0, integer=False)
LOUD = ScanConfig(noise_hu=20.0, integer=False)


def body(shape=(96, 96), spacing=(4.0, 4.0), copies=12, **size):
    return np.repeat(abdomen(shape, spacing, **size)[None], copies, 0)


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
def test_water_stays_zero(kvp):
    """0 +- 1 HU, quiet, with noise on average, and after storage."""
    slices = body(width_mm=320.0, depth_mm=320.0)
    for scan in (replace(QUIET, kvp=kvp), ScanConfig(kvp=kvp, noise_hu=12.0)):
        made = scanned(slices, (4.0, 4.0, 3.0), scan)
        assert made[:, 30:66, 30:66].mean() == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize("kernel", ["smooth", "standard", "sharp", "ultra"])
@pytest.mark.parametrize("width", [260.0, 360.0])
def test_noise_over_the_body_is_what_is_asked_for(kernel, width):
    slices = body(width_mm=width)
    noise = scanned(slices, (4.0, 4.0, 3.0), replace(LOUD, kernel=kernel)) - scanned(
        slices, (4.0, 4.0, 3.0), replace(QUIET, kernel=kernel)
    )
    assert noise[slices > -500.0].std() == pytest.approx(20.0, rel=0.04)
    x, y = positions((96, 96), (4.0, 4.0))
    middle, rim = np.hypot(x, y) < 30.0, (slices[0] > -500.0) & (np.abs(y) > 95.0)
    assert noise[:, middle].std() > 1.15 * noise[:, rim].std()


def test_noise_streaks_sideways_in_the_middle_of_wide_bodies():
    def streakiness(width, depth):
        made = scanned(body(width_mm=width, depth_mm=depth, copies=40), (4.0, 4.0, 3.0), LOUD)
        part = made[:, 38:58, 34:62]
        along, across = part[:, :, 1:] * part[:, :, :-1], part[:, 1:] * part[:, :-1]
        return (along.mean() - across.mean()) / part.var()

    assert streakiness(380.0, 200.0) > 0.1 + abs(streakiness(300.0, 300.0))


def test_slices_have_noise_of_their_own_unless_they_overlap():
    thin = scanned(body(copies=30), (4.0, 4.0, 1.0), LOUD)
    overlapping = scanned(body(copies=30), (4.0, 4.0, 1.0), replace(LOUD, slice_thickness_mm=4.0))
    middle = (slice(None), slice(30, 66), slice(30, 66))

    def neighbours(made):
        part = made[middle]
        return np.corrcoef(part[1:].ravel(), part[:-1].ravel())[0, 1]

    assert abs(neighbours(thin)) < 0.03
    assert neighbours(overlapping) > 0.6
    assert overlapping[middle].std() == pytest.approx(thin[middle].std(), rel=0.05)


@pytest.mark.parametrize("thickness", [2.0, 4.0, 8.0])
def test_thick_slices_are_less_noisy_by_the_root(thickness):
    scan = ScanConfig(tube_charge_mas=120.0, integer=False)
    stds = [
        scanned(
            body(copies=48),
            (4.0, 4.0, 1.0),
            replace(scan, slice_thickness_mm=t, slice_increment_mm=t),
        )[:, 34:62, 34:62].std()
        for t in (1.0, thickness)
    ]
    assert stds[0] / stds[1] == pytest.approx(np.sqrt(thickness), rel=0.06)


def test_thick_slices_average_what_thin_ones_hold():
    slices = body(copies=20)
    slices[8:13, 40:56, 40:56] = 500.0
    made = scanned(
        slices, (4.0, 4.0, 1.0), replace(QUIET, slice_thickness_mm=5.0, slice_increment_mm=5.0)
    )
    assert made.shape[0] == 4
    assert made[:, 45:50, 45:50].mean() == pytest.approx(125.0, abs=1.0)
    assert scanned(slices, (4.0, 4.0, 1.0), QUIET)[:, 45:50, 45:50].mean() == pytest.approx(125.0)


def test_outside_the_field_is_the_padding_of_the_maker():
    for padding in (-1024.0, -2000.0, -3024.0, 0.0):
        scan = ScanConfig(field_diameter_mm=300.0, padding_hu=padding)
        made = scanned(body(), (4.0, 4.0, 3.0), scan)
        assert (made[:, :, 0] == padding).all()
        assert made[:, 48, 48].mean() == pytest.approx(0.0, abs=20.0)
    assert (made[:, 48, 12:84] != 0.0).mean() > 0.9


def test_shading_and_streaks_come_where_they_are_asked_for():
    plane = abdomen((192, 192), (2.0, 2.0))
    for side in (-20.0, 20.0):
        plane = with_disc(plane, (2.0, 2.0), (side, 60.0), 8.0, 10000.0)
    slices = np.repeat(plane[None], 3, 0)
    still = replace(QUIET, metal_artefacts=False)
    plain, streaked, shaded = (
        scanned(slices, (2.0, 2.0, 3.0), scan)
        for scan in (still, QUIET, replace(still, beam_hardening=1.0))
    )
    x, y = positions((192, 192), (2.0, 2.0))
    between = (np.abs(x) < 8) & (np.abs(y - 60) < 3)
    assert (streaked - plain)[:, between].mean() < -8.0
    assert 0.5 < np.abs(shaded - plain)[:, plane > -500.0].mean() < 15.0


def test_breathing_moves_the_front_and_not_the_spine():
    slices = body(copies=40)
    slices[20:, 30:40, 40:56] = 100.0  # In front: an edge that breathing displaces.
    slices[20:, 60:66, 40:56] = 100.0
    still = scanned(slices, (4.0, 4.0, 3.0), QUIET)
    breathing = scanned(slices, (4.0, 4.0, 3.0), replace(QUIET, breathing_mm=12.0))
    assert np.abs(breathing - still)[:, 60:66].max() < 1.0
    assert np.abs(breathing - still)[:, 32:36].max() > 40.0


def test_the_same_seed_gives_the_same_bytes_and_another_another():
    slices = body(copies=6)
    first, second, third = (
        scanned(slices, (4.0, 4.0, 3.0), ScanConfig(slice_thickness_mm=5.0), seed=s)
        for s in (1, 1, 2)
    )
    assert first.dtype == np.int16
    assert first.tobytes() == second.tobytes() != third.tobytes()


def test_slabs_do_not_show(monkeypatch):
    from ctbone.phantom.scanner import chain

    slices = body(copies=9)
    whole = scanned(slices, (4.0, 4.0, 3.0), replace(QUIET, beam_hardening=1.0))
    monkeypatch.setattr(chain, "_SLAB_VOXELS", 2 * 96 * 96)
    pieces = scanned(slices, (4.0, 4.0, 3.0), replace(QUIET, beam_hardening=1.0))
    assert np.abs(whole - pieces).max() < 1e-3


#: A lattice whose slices follow each other from right to left.
SAGITTAL = np.array([[0, 0, 3.0, 0], [4.0, 0, 0, -190], [0, -4.0, 0, 0], [0, 0, 0, 1.0]])


def test_breathing_moves_nothing_to_the_side():
    slices = body(copies=20)
    slices[10:] = 100.0
    made = [
        scanned(slices, (4.0, 4.0, 3.0), replace(QUIET, breathing_mm=amplitude), affine=SAGITTAL)
        for amplitude in (0.0, 12.0)
    ]
    assert np.array_equal(*made)


def test_sagittal_stacks_have_even_noise_and_no_rays():
    """Slices that no gantry turns in are noisy and sharp, and nothing else."""
    slices = body(copies=20)
    with torch.inference_mode():
        made = series_slices(
            torch.as_tensor(slices, dtype=torch.float32),
            Grid((96, 96, 20), SAGITTAL),
            scan=replace(LOUD, beam_hardening=1.0),
            body=None,
            rng=np.random.default_rng(0),
        ).numpy()
    x, y = positions((96, 96), (4.0, 4.0))
    middle, corner = made[:, np.hypot(x, y) < 40.0], made[:, :12, :12]
    assert middle.std() == pytest.approx(20.0, rel=0.05)
    assert corner.std() == pytest.approx(20.0, rel=0.05)
    assert abs(middle.mean()) < 1.0
