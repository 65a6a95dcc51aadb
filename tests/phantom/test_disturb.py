import dataclasses

import numpy as np
import pytest
import torch

from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.disturb import _forward, _gentle, _on_lattice, disturb
from ctbone.phantom.randomise import Randomisation, RandomisationConfig, sample_randomisation
from ctbone.phantom.splines import at_points, steepness
from ctbone.phantom.tissue import Tissue
from ctbone.volume import to_indices, to_patient

from .conftest import upright_grid

STILL = Randomisation(
    displacement_mm=np.zeros((3, 8, 8, 8)),
    tissue_shift_hu={},
    bone_slope=1.0,
    noise_hu=0.0,
    texture=(0.0, 10.0),
    shading_hu=np.zeros((8, 8, 8)),
    blur_mm=(0.0, 0.0, 0.0),
    streaks=(),
    field=None,
    padding_hu=-100.0,
    seed=3,
)


@pytest.fixture(scope="module")
def rendering():
    patient = sample_patient(PatientConfig(), seed=7)
    grid = upright_grid((100, 60, 96), (3.0, 4.3, 3.7))
    return render(patient, grid=grid, scan=ScanConfig(integer=False), seed=1)


def _changed(**fields):
    return dataclasses.replace(STILL, **fields)


def test_nothing_asked_changes_nothing(rendering):
    found = disturb(rendering, STILL, device="cpu")
    assert np.allclose(found.volume.hu, rendering.volume.hu, atol=0.05)
    assert np.array_equal(found.spine, rendering.spine)
    for before, after in zip(rendering.vertebrae, found.vertebrae, strict=True):
        assert np.allclose(before.centroid_mm, after.centroid_mm, atol=1e-6)
        assert np.allclose(before.axes, after.axes, atol=1e-6)
        assert np.allclose(before.heights_mm, after.heights_mm)
        assert before.is_whole == after.is_whole


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_goes_with_the_picture(rendering, seed):
    """Centres of the labels stay as near to the truth as they were: a body is deformed itself."""
    record = sample_randomisation(RandomisationConfig(deformation_mm=6.0), seed=seed)
    found = disturb(rendering, record, device="cpu")
    moved = 0.0
    for before, after in zip(rendering.vertebrae, found.vertebrae, strict=True):
        if not before.is_whole or before.level.order < 15:
            continue
        shift = [
            np.argwhere(scan.bodies == int(truth.level)).mean(0)
            - to_indices(scan.volume.affine, np.array(truth.centroid_mm)[None])[0]
            for scan, truth in ((rendering, before), (found, after))
        ]
        assert np.abs(shift[1] - shift[0]).max() < 0.9, before.level
        assert np.linalg.det(after.axes) == pytest.approx(1.0)
        moved = max(
            moved, float(np.linalg.norm(np.subtract(after.centroid_mm, before.centroid_mm)))
        )
    assert moved > 3.0


def test_a_switch_randomises_a_scan(rendering):
    """Tissue, bone and noise change before the scan, shape and field after it."""
    patient = sample_patient(PatientConfig(), seed=7)
    record = _changed(tissue_shift_hu={Tissue.MUSCLE: 70.0}, bone_slope=1.5, noise_hu=0.0)
    quiet = ScanConfig(noise_hu=0.0, integer=False)
    args = {"grid": rendering.volume.grid, "scan": quiet, "seed": 1}
    plain = render(patient, **args)
    found = render(patient, **args, randomisation=record)
    change = found.volume.hu - plain.volume.hu
    bodies = plain.bodies > 0
    assert change[bodies].mean() == pytest.approx(0.5 * plain.volume.hu[bodies].mean(), rel=0.35)
    common = np.unique(change[(plain.volume.hu > 30) & (plain.volume.hu < 70)].round())
    assert 70.0 in common
    assert 0.0 in common


def test_displacements_have_the_spread_asked_for():
    draws = [
        sample_randomisation(RandomisationConfig(deformation_mm=5.0), seed=s) for s in range(40)
    ]
    rng = np.random.default_rng(0)
    found = np.concatenate(
        [at_points(draw.displacement_mm, rng.random((50, 3))) for draw in draws]
    )
    assert found.std() == pytest.approx(5.0, rel=0.08)


def test_a_spline_on_the_lattice_is_the_spline_at_its_points():
    rng = np.random.default_rng(1)
    coefficients = rng.normal(size=(3, 8, 8, 8))
    lattice = _on_lattice(coefficients, torch.zeros(5, 6, 7)).numpy()
    k, j, i = np.meshgrid(*(np.linspace(0, 1, n) for n in (5, 6, 7)), indexing="ij")
    shares = np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1)
    expected = at_points(coefficients, shares).T.reshape(3, 5, 6, 7)
    assert np.allclose(lattice, expected, atol=1e-5)


@pytest.mark.parametrize("side_mm", [60.0, 100.0, 380.0])
def test_small_lattices_are_not_folded(patient, side_mm):
    """Knots stand close there: what is moved as far would be turned inside out."""
    n = 24
    grid = upright_grid((n, n, n), (side_mm / n,) * 3)
    scan = render(patient, grid=grid, scan=ScanConfig(integer=False), seed=1)
    for seed in range(8):
        record = sample_randomisation(RandomisationConfig(deformation_mm=6.0), seed=seed)
        gentle = _gentle(record, grid)
        side = side_mm * (n - 1) / n
        assert steepness(gentle.displacement_mm, (side,) * 3) < 0.71
        shares = np.random.default_rng(seed).uniform(0.3, 0.7, (20, 3))
        wanted = to_patient(grid.affine, shares * (n - 1))
        there = to_indices(grid.affine, _forward(wanted, gentle, grid)) / (n - 1)
        back = there * side + at_points(gentle.displacement_mm, there)
        assert np.abs(back - shares * side).max() < 0.02
    found = disturb(scan, record, device="cpu")
    assert all(np.linalg.det(v.axes) == pytest.approx(1.0) for v in found.vertebrae)


def test_large_lattices_are_deformed_as_far_as_asked():
    record = sample_randomisation(RandomisationConfig(), seed=0)
    assert _gentle(record, upright_grid((96, 96, 96), (4.0, 4.0, 4.0))) is record


def test_texture_shading_and_streaks_leave_air_alone(rendering):
    record = _changed(
        texture=(20.0, 12.0),
        shading_hu=np.full((8, 8, 8), 15.0),
        streaks=((0.6, 0.5, 0.1, 80.0),),
    )
    change = disturb(rendering, record, device="cpu").volume.hu - rendering.volume.hu
    air, flesh = rendering.volume.hu < -950, np.abs(rendering.volume.hu) < 150
    assert np.abs(change[air]).max() < 1.0
    quiet = flesh.copy()
    quiet[:, :, 30:66] = False
    assert change[quiet].mean() == pytest.approx(15.0, abs=4.0)
    assert 15.0 < change[quiet].std() < 26.0
    banded = flesh.copy()
    banded[:, :, :44] = banded[:, :, 52:] = False
    assert change[banded].std() > 2.0 * change[quiet].std()


def test_blur_keeps_the_sum_and_lowers_edges(rendering):
    found = disturb(rendering, _changed(blur_mm=(0.0, 0.0, 9.0)), device="cpu").volume.hu
    assert found.mean() == pytest.approx(rendering.volume.hu.mean(), abs=3.0)
    before, after = (np.abs(np.diff(hu, axis=2)).mean() for hu in (rendering.volume.hu, found))
    assert after < 0.5 * before


def test_a_narrow_field_keeps_the_spine_and_pads_the_rest(rendering):
    found = disturb(rendering, _changed(field=((-60.0, 50.0), (-40.0, 70.0))), device="cpu")
    kept = found.volume.hu != -100.0
    columns = np.flatnonzero(kept.any(axis=(1, 2)))
    rows = np.flatnonzero(kept.any(axis=(0, 2)))
    assert len(columns) * 3.0 == pytest.approx(110.0, abs=6.1)
    assert len(rows) * 4.3 == pytest.approx(110.0, abs=8.7)
    assert kept[rendering.bodies == 20].mean() > 0.99
    assert not found.spine[~kept].any()


def test_a_body_that_the_field_cuts_is_not_whole(rendering):
    """And one that it leaves out is not listed."""
    found = disturb(rendering, _changed(field=((0.0, 90.0), (-90.0, 90.0))), device="cpu")
    whole = {v.level for v in found.vertebrae if v.is_whole}
    listed = {v.level for v in found.vertebrae}
    assert {v.level for v in rendering.vertebrae if v.is_whole}
    assert not whole
    assert listed < {v.level for v in rendering.vertebrae}


def test_sampling_is_seeded_and_narrow_fields_hold_l1():
    first, again, other = (
        sample_randomisation(RandomisationConfig(), seed=seed) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.displacement_mm, again.displacement_mm)
    assert not np.array_equal(first.displacement_mm, other.displacement_mm)
    fields = [sample_randomisation(RandomisationConfig(), seed=s).field for s in range(100)]
    assert 30 < sum(field is not None for field in fields) < 70
    for across, along in filter(None, fields):
        assert across[0] < -30.0 < 30.0 < across[1]
        assert along[0] < -40.0
        assert along[1] > 25.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"deformation_mm": -1.0}, "deformation_mm must not be negative, got -1.0"),
        ({"noise_hu": (9.0, 3.0)}, "noise_hu must be at least 0 and ascend, got 9.0 to 3.0"),
        ({"streak_fraction": 2.0}, r"streak_fraction must lie in \[0, 1\], got 2.0"),
    ],
)
def test_impossible_randomisations_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        RandomisationConfig(**changed)
