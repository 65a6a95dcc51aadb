import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.projection import (
    Outline,
    Square,
    back_projected,
    ramp_filtered,
    ray_places,
    system_matrix,
)

CPU = torch.device("cpu")


def _disc(side, radius):
    x = torch.arange(side) - 0.5 * (side - 1)
    return (torch.hypot(x[:, None], x[None]) < radius).float()


def test_a_projection_is_the_length_of_the_chord():
    side, angles = 64, 24
    disc = _disc(side, 20.0)
    sums = (system_matrix(side, angles, CPU) @ disc.flatten()).reshape(angles, -1)
    _, _, rays = ray_places(side, angles, CPU)
    place = torch.arange(rays) - rays // 2
    chord = 2.0 * (400.0 - place**2).clamp(min=0.0).sqrt()
    assert (sums.mean(0) - chord)[place.abs() < 15].abs().max() < 1.5
    assert sums.sum(1) == pytest.approx(float(disc.sum()), rel=1e-4)


def test_back_projection_undoes_a_projection():
    side, angles = 64, 96
    disc = _disc(side, 20.0)
    sums = (system_matrix(side, angles, CPU) @ disc.flatten()).reshape(1, angles, -1)
    found = back_projected(ramp_filtered(sums), side)[0]
    assert float(found[disc > 0].mean()) == pytest.approx(1.0, abs=0.03)
    assert float(found[_disc(side, 23.0) == 0].abs().mean()) < 0.03


def test_the_matrix_and_the_sum_over_angles_project_back_alike():
    side, angles = 20, 24
    matrix = system_matrix(side, angles, CPU)
    filtered = torch.randn((1, angles, matrix.shape[0] // angles))
    summed = (filtered.flatten(1) @ matrix).reshape(side, side) * (torch.pi / angles)
    assert torch.allclose(back_projected(filtered, side)[0], summed, atol=1e-4)


@pytest.mark.parametrize(("shape", "spacing"), [((80, 60), (1.0, 1.0)), ((30, 90), (2.0, 1.1))])
def test_a_lattice_is_laid_to_scale_and_lifted_back(shape, spacing):
    square = Square.over(shape, spacing, side=32)
    x = np.linspace(-1.0, 1.0, shape[1])
    y = np.linspace(-1.0, 1.0, shape[0])
    plane = torch.as_tensor(np.hypot(x[None], y[:, None]) < 0.5, dtype=torch.float32)[None]
    laid = square.lay(plane)
    area = float(plane.sum()) * spacing[0] * spacing[1]
    assert laid.shape == (1, square.side, square.side)
    assert float(laid.sum()) * square.pixel_mm**2 == pytest.approx(area, rel=0.08)
    assert float(laid[0, 0].sum()) == 0.0 or square.rows == square.side
    assert (square.lift(laid, shape) - plane).abs().mean() < 0.1


def test_a_square_reaches_as_far_as_it_is_told():
    body = Outline(centre_mm=(-40.0, 10.0), half_mm=(120.0, 170.0))
    square = Square.over((64, 64), (2.0, 2.0), side=40, reach_mm=body.reach_mm)
    around = square.beyond(body, CPU)
    area = float(around.sum()) * square.pixel_mm**2
    assert square.pixel_mm * square.side == pytest.approx(360.0)
    assert area == pytest.approx(np.pi * 120.0 * 170.0 - 128.0**2, rel=0.05)
    rows, columns = np.nonzero(around.numpy())
    assert rows.mean() < 0.5 * (square.side - 1) < columns.mean()


def test_small_lattices_are_not_blown_up():
    assert Square.over((12, 10), (4.0, 4.0), side=40).side == 12
