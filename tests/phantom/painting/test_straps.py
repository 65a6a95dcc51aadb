import numpy as np
import pytest

from ctbone.phantom.flesh import Strap
from ctbone.phantom.painting.straps import paint_strap
from ctbone.phantom.tissue import Tissue


def _strap(turn_rad=0.0):
    return Strap(
        heights_mm=np.array([-30.0, 0.0, 30.0]),
        middles_mm=np.array([[-5.0, 4.0], [0.0, 0.0], [5.0, 4.0]]),
        semi_axes_mm=np.array([[8.0, 5.0], [16.0, 10.0], [8.0, 5.0]]),
        turn_rad=turn_rad,
        tissue=Tissue.MUSCLE,
    )


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0])
@pytest.mark.parametrize("turn_rad", [0.0, 0.7])
def test_a_muscle_has_its_volume(make_raster, palette, filled, tilt_deg, turn_rad):
    raster = make_raster(tilt_deg=tilt_deg)
    paint_strap(raster, _strap(turn_rad), palette)
    heights = np.linspace(-30.0, 30.0, 601)
    a, b = (np.interp(heights, (-30, 0, 30), row) for row in ((8, 16, 8), (5, 10, 5)))
    expected = (np.pi * a * b).mean() * 60.0
    assert filled(raster, -100.0, palette.soft(Tissue.MUSCLE)) == pytest.approx(expected, rel=0.06)


def test_a_turn_is_anticlockwise_from_above(make_raster, palette):
    """Seen from above with the left to the right hand and the back up, its long axis rises."""
    raster = make_raster()
    paint_strap(raster, _strap(0.7), palette)
    slab = raster.hu[20] > 0.0
    y, x = np.nonzero(slab.numpy())
    assert np.cov(x, y)[0, 1] > 0.0


def test_muscle_grows_neither_into_lung_nor_out_of_the_skin(make_raster, palette):
    raster = make_raster(fill=-850.0)
    paint_strap(raster, _strap(), palette)
    assert (raster.hu == -850.0).all()
