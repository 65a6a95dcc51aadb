"""Vertebrae cut out of stretches."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ctbone.localisation.outlining.crops import crop_grid
from ctbone.networks import OutlinerConfig
from ctbone.networks.outliner import OTHER_BODIES, OWN_ARCH, OWN_BODY
from ctbone.training import outlines
from ctbone.training.outlines import (
    OutlinerTraining,
    SimulatedOutlines,
    jittered_grid,
    part_shares,
    rescan,
    vary,
)
from ctbone.training.stretches import write_stretch
from ctbone.volume import to_patient
from tests.training.stretches import CENTRES_MM, HALF_MM, LEVELS, stretch

CONFIG = OutlinerConfig(shape=(48, 56, 40), spacing_mm=1.5)
BODY_MM3 = float(np.prod(2.0 * HALF_MM))


@pytest.fixture
def paths(tmp_path):
    write_stretch(stretch(), tmp_path / "one.npz")
    return (tmp_path / "one.npz",)


def centred(number=0, axes=None):
    return crop_grid(CENTRES_MM[number], np.eye(3) if axes is None else axes, config=CONFIG)


@pytest.mark.parametrize("angle_deg", [0.0, 17.0])
def test_shares_hold_the_volume_of_each_part(angle_deg):
    whole = stretch()
    axes = Rotation.from_euler("x", angle_deg, degrees=True).as_matrix()
    parts = part_shares(whole.labels, whole.affine, centred(axes=axes), level=LEVELS[0])
    volumes = parts.sum(axis=(1, 2, 3)) * CONFIG.spacing_mm**3
    assert volumes[OWN_BODY] == pytest.approx(BODY_MM3, rel=0.02)
    assert volumes[OWN_ARCH] == pytest.approx(10 * 15 * 24, rel=0.1)
    assert 0.1 * BODY_MM3 < volumes[OTHER_BODIES] < 0.5 * BODY_MM3
    assert ((parts >= 0.0) & (parts <= 1.0)).all()


def test_surfaces_between_voxels_are_shared():
    whole = stretch()
    grid = centred()
    parts = part_shares(whole.labels, whole.affine, grid, level=LEVELS[0])
    index = np.argwhere(parts[OWN_BODY] >= 0.999)
    positions = to_patient(grid.affine, index.astype(float))
    assert (np.abs(positions - CENTRES_MM[0]) <= HALF_MM).all()
    assert ((parts[OWN_BODY] > 0.1) & (parts[OWN_BODY] < 0.9)).any()


@pytest.mark.parametrize("thickness_mm", [1.0, 5.0])
def test_slices_show_what_lies_there(thickness_mm, monkeypatch):
    monkeypatch.setattr(outlines, "_CUT", 0.0)
    monkeypatch.setattr(outlines, "_CIRCLES", 0.0)
    whole = stretch(thickness_mm=thickness_mm)
    for seed in range(5):
        series = rescan(whole, np.random.default_rng(seed))
        step = round(float(np.linalg.norm(series.affine[:3, 2])))
        assert step in ({1} if thickness_mm == 1.0 else {2, 4, 5})
        last = to_patient(series.affine, np.array([[0.0, 0.0, series.hu.shape[2] - 1.0]]))[0, 2]
        first = round(series.affine[2, 3] - 0.5)
        assert np.array_equal(series.hu, whole.hu[:, :, first::step])
        assert last <= 96.0
        # The truth ends where the slices do.
        assert series.labels[:, :, : max(first - step, 0)].sum() == 0
        kept = series.labels[:, :, first : round(last - 0.5) + 1]
        assert np.array_equal(kept, whole.labels[:, :, first : round(last - 0.5) + 1])


def test_what_a_field_cuts_off_is_no_truth(monkeypatch):
    monkeypatch.setattr(outlines, "_CUT", 1.0)
    monkeypatch.setattr(outlines, "_CIRCLES", 0.0)
    whole, smaller = stretch(), 0
    for seed in range(12):
        series = rescan(whole, np.random.default_rng(seed))
        low = to_patient(series.affine, np.zeros((1, 3)))[0] - 0.5
        high = low + np.array(series.hu.shape)
        places = np.argwhere(series.labels > 0)
        assert (places >= np.rint(low) - 1e-9).all()
        assert (places < np.rint(high)).all()
        smaller += series.labels.sum() < whole.labels.sum()
    assert smaller >= 4


def test_outside_a_circle_there_is_padding_and_no_truth(monkeypatch):
    monkeypatch.setattr(outlines, "_CIRCLES", 1.0)
    monkeypatch.setattr(outlines, "_CUT", 0.0)
    monkeypatch.setattr(outlines, "_RADII_MM", (20.0, 21.0))
    series = rescan(stretch(), np.random.default_rng(1))
    assert (series.labels[series.hu <= -1024] == 0).all()
    assert (series.hu <= -1024).mean() > 0.5


def test_a_crop_strays_no_further_than_the_coarse_stage():
    whole = stretch()
    beside = []
    for seed in range(60):
        grid = jittered_grid(whole, 1, config=CONFIG, rng=np.random.default_rng(seed))
        middle = to_patient(grid.affine, np.array([(np.array(CONFIG.shape) - 1) / 2.0]))[0]
        axes = grid.affine[:3, :3] / np.linalg.norm(grid.affine[:3, :3], axis=0)
        beside.append(np.linalg.norm(middle - CONFIG.behind_mm * axes[:, 1] - CENTRES_MM[1]))
        assert np.abs(np.log(np.array(grid.spacing_mm) / CONFIG.spacing_mm)).max() <= 0.2 + 1e-9
    assert max(beside) <= 9.0 + 1e-6
    assert 3.0 < np.mean(beside) < 7.0


def test_variation_leaves_the_picture_in_place():
    whole = stretch()
    parts = part_shares(whole.labels, whole.affine, centred(), level=LEVELS[0])
    hu = np.float32(40.0) + np.float32(300.0) * parts.sum(axis=0)
    for seed in range(5):
        varied = vary(hu, parts, np.random.default_rng(seed))
        assert varied.shape == hu.shape
        assert varied.dtype == np.float32
        assert np.isfinite(varied).all()
        assert varied[parts[OWN_BODY] > 0.99].mean() > varied[parts.sum(axis=0) == 0].mean()
    assert hu.max() == pytest.approx(340.0)


def test_draws_repeat_themselves_and_differ(paths):
    data = SimulatedOutlines(paths, config=CONFIG, draws=3)
    assert len(data) == 3
    inputs, parts = data.draw(1, None)
    assert inputs.shape == (2, *CONFIG.shape)
    assert parts.shape == (3, *CONFIG.shape)
    assert inputs.dtype == parts.dtype == np.float32
    assert np.array_equal(data.draw(1, None)[0], inputs)
    assert not np.array_equal(data.draw(2, None)[0], inputs)
    assert np.array_equal(
        data.draw(0, np.random.default_rng(5))[1], data.draw(0, np.random.default_rng(5))[1]
    )


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match="stretches must be positive, got 0"):
        OutlinerTraining(stretches=0)
