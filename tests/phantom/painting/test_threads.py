from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.phantom.flesh import Branches
from ctbone.phantom.painting.solids import paint_tubes
from ctbone.phantom.painting.threads import paint_threads
from ctbone.phantom.shapes import Tube
from ctbone.phantom.tissue import Tissue


def _tube(start, end, radius, *, tissue=Tissue.MUSCLE, stretch=(1.0, 1.0, 1.0)):
    return Tube(
        points_mm=np.array([start, end], float),
        radii_mm=np.full(2, float(radius)),
        stretch=stretch,
        frame=np.eye(3),
        tissue=tissue,
    )


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0])
@pytest.mark.parametrize("stretch", [(1.0, 1.0, 1.0), (1.5, 0.8, 1.0)])
def test_many_at_once_look_as_one_by_one(make_raster, palette, tilt_deg, stretch):
    """The slow road paints the same cone, to a hundredth of the step on average."""
    tube = _tube((-14.0, 3.0, -18.0), (9.0, -6.0, 20.0), 6.0, stretch=stretch)
    quick, slow = (make_raster(tilt_deg=tilt_deg) for _ in range(2))
    paint_threads(quick, [tube], palette)
    paint_tubes(slow, [tube], palette)
    step = palette.soft(Tissue.MUSCLE) + 100.0
    assert (quick.hu - slow.hu).abs().mean() < 0.01 * step
    assert float((slow.hu > 0).sum()) == pytest.approx(float((quick.hu > 0).sum()), rel=0.12)


@pytest.mark.parametrize("radius", [0.4, 0.8, 1.5, 4.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.1, 1.2), (4.0, 4.0, 4.0)])
def test_threads_thinner_than_a_voxel_keep_their_volume(
    make_raster, palette, filled, radius, spacing
):
    raster = make_raster(spacing_mm=spacing)
    size = 15.0
    paint_threads(raster, [_tube((-size, 1.0, 0.5), (size, -2.0, 1.0), radius)], palette)
    expected = np.pi * radius**2 * 2.0 * size
    if radius > 0.3 * min(spacing):
        ends = 4.0 / 3.0 * np.pi * radius**3
        assert filled(raster, -100.0, palette.soft(Tissue.MUSCLE)) == pytest.approx(
            expected + ends, rel=0.45
        )
    else:
        assert filled(raster, -100.0, palette.soft(Tissue.MUSCLE)) < 4.0 * expected


def test_brighter_and_darker_leave_the_rest_alone(make_raster, palette):
    raster = make_raster(fill=200.0)
    line = _tube((-20, 0, 0), (20, 0, 0), 5.0)
    paint_threads(raster, [line], palette)
    assert torch.all(raster.hu == 200.0)
    paint_threads(raster, [line], palette, darker=True)
    assert raster.hu.min() == pytest.approx(palette.soft(Tissue.MUSCLE), abs=1e-3)


def test_order_does_not_matter(make_raster, palette):
    rng = np.random.default_rng(1)
    tubes = [
        _tube(*rng.uniform(-45, 45, (2, 3)), rng.uniform(0.5, 5), tissue=t)
        for t in (Tissue.MUSCLE, Tissue.CALCIFICATION, Tissue.ARTERY) * 4
    ]
    first, second = make_raster(), make_raster()
    paint_threads(first, tubes, palette)
    paint_threads(second, tubes[::-1], palette)
    assert torch.equal(first.hu, second.hu)


def test_what_lies_beside_the_lattice_is_left_out(make_raster, palette):
    raster = make_raster()
    branches = Branches(
        starts_mm=np.array([[500.0, 0, 0], [-60.0, 0, 0]]),
        ends_mm=np.array([[520.0, 0, 0], [-30.0, 0, 0]]),
        radii_mm=np.full((2, 2), 3.0),
        tissue=Tissue.MUSCLE,
    )
    paint_threads(raster, [branches], palette)
    assert raster.hu[20, 20, 0] > 0.0
    assert torch.all(raster.hu[:, :, 20:] == -100.0)
    paint_threads(raster, [], palette)


def test_skewed_lattices_hold_the_whole_thread(make_raster, palette, filled):
    """Slices of a tilted gantry are shifted against each other: axes are not at right angles."""
    raster = make_raster()
    affine = raster.affine.copy()
    affine[1, 2] = 1.1
    affine[:3, 3] = -affine[:3, :3] @ np.full(3, 20.0)
    skewed = replace(raster, affine=affine)
    paint_threads(skewed, [_tube((-15, -4, -9), (12, 5, 10), 7.0)], palette)
    length = float(np.linalg.norm([27, 9, 19]))
    volume = np.pi * 49.0 * length + 4.0 / 3.0 * np.pi * 343.0
    assert filled(skewed, -100.0, palette.soft(Tissue.MUSCLE)) == pytest.approx(volume, rel=0.08)
