import numpy as np
import pytest

from ctbone.phantom.anatomy.placing import draw_texture
from ctbone.phantom.flesh import Gut
from ctbone.phantom.painting.gut import paint_gut
from ctbone.phantom.tissue import Tissue


def _gut(*, level=-2.0, solid=False, contrast=0.0):
    return Gut(
        starts_mm=np.array([[-25.0, 0, 0], [0.0, 0, 0]]),
        ends_mm=np.array([[0.0, 0, 0], [25.0, 0, 0]]),
        radii_mm=np.full((2, 2), 16.0),
        wall_mm=np.full(2, 3.0),
        level=np.full(2, level),
        solid=np.full(2, solid),
        contrast=contrast,
        fluid_shift_hu=0.0,
        shift_hu=0.0,
        mottle=draw_texture(np.random.default_rng(0), count=5, wave_mm=(7.0, 16.0)),
    )


@pytest.mark.parametrize("tilt_deg", [0.0, 20.0])
def test_a_full_loop_has_wall_and_fluid(make_raster, palette, tilt_deg):
    raster = make_raster(tilt_deg=tilt_deg)
    paint_gut(raster, _gut(), palette)
    assert raster.hu[20, 20, 20] == pytest.approx(palette.soft(Tissue.CHYME), abs=0.5)
    assert raster.hu.max() == pytest.approx(palette.soft(Tissue.BOWEL), abs=1.0)
    assert raster.hu[20, 0, 20] == -100.0


def test_gas_lies_before_fluid_with_a_level(make_raster, palette):
    raster = make_raster()
    paint_gut(raster, _gut(level=0.0), palette)
    column = raster.hu[20, :, 20]
    assert column[16] == pytest.approx(palette.soft(Tissue.GAS), abs=1.0)
    assert column[24] == pytest.approx(palette.soft(Tissue.CHYME), abs=1.0)
    # The level is straight: the same along the whole loop.
    assert np.allclose(raster.hu[20, 19, 10:30], float(raster.hu[20, 19, 20]), atol=1.0)


def test_stool_is_mottled_and_contrast_bright(make_raster, palette):
    raster, drunk = make_raster(), make_raster()
    paint_gut(raster, _gut(solid=True), palette)
    inside = raster.hu[17:24, 17:24, 12:29]
    assert inside.std() > 60.0
    assert inside.min() < -250.0
    paint_gut(drunk, _gut(contrast=1.0), palette)
    assert drunk.hu[20, 20, 20] == pytest.approx(palette.soft(Tissue.ORAL_CONTRAST), abs=1.0)


def test_a_gut_beside_the_lattice_changes_nothing(make_raster, palette):
    raster = make_raster()
    gut = _gut()
    far = Gut(**{n: getattr(gut, n) for n in gut.__slots__} | {
        "starts_mm": gut.starts_mm + 900.0, "ends_mm": gut.ends_mm + 900.0})  # fmt: skip
    paint_gut(raster, far, palette)
    assert (raster.hu == -100.0).all()
