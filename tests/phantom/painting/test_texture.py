import numpy as np
import pytest
import torch

from ctbone.phantom.anatomy.density import normalised
from ctbone.phantom.bone import Interior
from ctbone.phantom.painting.texture import sample_texture
from tests.phantom.anatomy.test_outline import BODY


def _lattice(step, size=24.0):
    axis = torch.arange(-0.5 * size, 0.5 * size, step, dtype=torch.float32) + 0.5 * step
    return axis[None, None, :], axis[None, :, None], axis[:, None, None]


def _sampled(grain_mm, step, extent=None, **changed):
    interior = Interior(grain_mm=grain_mm, texture_mg_cm3=20.0, **changed)
    return sample_texture(interior, _lattice(step), extent or (step,) * 3)


def _correlation_mm(field, step, axis):
    """Return the distance at which the autocorrelation falls to a half, mm."""
    field = field.numpy() - float(field.mean())
    n = field.shape[axis]
    lags = []
    for lag in range(n // 2):
        near = np.take(field, range(n - lag), axis)
        lags.append(float((near * np.take(field, range(lag, n), axis)).mean()))
    curve = np.array(lags) / lags[0]
    first = int(np.argmax(curve < 0.5))
    return step * (first - 1 + (curve[first - 1] - 0.5) / (curve[first - 1] - curve[first]))


def test_texture_is_of_unit_spread_where_voxels_are_fine():
    assert float(_sampled(3.0, 0.4).std()) == pytest.approx(0.85, abs=0.15)


def test_coarseness_follows_the_wavelength():
    lengths = [_correlation_mm(_sampled(mm, 0.4), 0.4, 2) for mm in (1.8, 2.6, 3.6)]
    assert lengths[1] / lengths[0] == pytest.approx(2.6 / 1.8, rel=0.2)
    assert lengths[2] / lengths[0] == pytest.approx(2.0, rel=0.2)


def test_the_grain_is_drawn_out_along_the_body():
    field = _sampled(2.4, 0.4, stretch=1.8)
    assert _correlation_mm(field, 0.4, 0) > 1.4 * _correlation_mm(field, 0.4, 2)


def test_a_coarse_voxel_holds_the_mean_of_the_fine_ones():
    fine = _sampled(3.0, 0.5)
    coarse = _sampled(3.0, 2.0)
    boxes = fine.reshape(12, 4, 12, 4, 12, 4).mean((1, 3, 5))
    assert float(coarse.std()) == pytest.approx(float(boxes.std()), rel=0.3)
    assert float(torch.corrcoef(torch.stack([coarse.ravel(), boxes.ravel()]))[0, 1]) > 0.9


def test_what_voxels_average_out_is_not_sampled():
    assert _sampled(2.0, 4.0, extent=(8.0, 8.0, 8.0)) is None


def test_the_mean_over_the_body_is_zero():
    """What is sampled at other points than it was normalised at, in standard deviations."""
    from ctbone.phantom.anatomy.outline import INTERIOR_MM, body_distances

    for place in ((0.1, 0.2, 0.3), (0.7, 0.4, 0.9)):
        body = normalised(
            _with_texture(Interior(texture_mg_cm3=25.0, grain_mm=3.5, stretch=1.5, place=place))
        )
        position = _lattice(0.8, 44.0)
        side, end = body_distances(body, *position)
        inside = torch.maximum(side, end) <= -INTERIOR_MM
        field = sample_texture(body.interior, position, (0.8,) * 3)
        assert abs(float(field[inside].mean())) * 25.0 < 0.5


def _with_texture(interior):
    from dataclasses import replace

    return replace(BODY, interior=interior)


def test_the_same_place_holds_the_same_texture():
    assert torch.equal(_sampled(3.0, 0.5), _sampled(3.0, 0.5))
    assert not torch.equal(_sampled(3.0, 0.5), _sampled(3.0, 0.5, place=(0.5, 0.0, 0.0)))
