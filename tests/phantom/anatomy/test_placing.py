import numpy as np

from ctbone.phantom.anatomy.placing import cavity_at, draw_texture, draw_waves, place, smooth_line


def test_fractions_reach_from_wall_to_wall(patient):
    torso = patient.torso
    half, middle, deep, off = cavity_at(torso, 20.0)
    assert np.allclose(place(torso, -1.0, 0.0, 20.0), [off - half, middle + deep, 20.0])
    assert np.allclose(place(torso, 1.0, 1.0, 20.0), [off + half, middle - deep, 20.0])
    many = place(torso, np.zeros(7), 0.5, np.linspace(0.0, 60.0, 7))
    assert many.shape == (7, 3)


def test_a_smooth_line_passes_its_knots():
    knots = np.array([[0.0, 0, 0], [10, 5, 0], [20, -5, 3], [30, 0, 9]])
    line = smooth_line(knots, 31)
    assert np.allclose(line[::10], knots, atol=1e-6)
    assert np.linalg.norm(np.diff(line, axis=0), axis=1).max() < 1.8


def test_waves_have_the_length_asked_for():
    rng = np.random.default_rng(0)
    texture = draw_texture(rng, count=50, wave_mm=(7.0, 16.0))
    lengths = 2.0 * np.pi / np.linalg.norm(texture[:, :3], axis=1)
    assert lengths.min() >= 7.0
    assert lengths.max() <= 16.0
    assert np.abs(draw_waves(rng, amplitude=0.05, count=20)[:, 4]).max() <= 0.05
