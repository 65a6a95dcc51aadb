import numpy as np
import pytest

from ctbone.phantom.flesh import Layer, Organ
from ctbone.phantom.painting.organs import paint_organ
from ctbone.phantom.tissue import Tissue

FLAT = np.zeros((0, 5))


def _organ(**changes):
    values = {
        "centre_mm": np.zeros(3),
        "semi_axes_mm": (24.0, 18.0, 20.0),
        "frame": np.eye(3),
        "tissue": Tissue.LIVER,
        "waves": FLAT,
    }
    return Organ(**(values | changes))


@pytest.mark.parametrize("tilt_deg", [0.0, 30.0])
def test_an_organ_has_its_volume(make_raster, palette, filled, tilt_deg):
    raster = make_raster(tilt_deg=tilt_deg)
    paint_organ(raster, _organ(), palette)
    volume = 4.0 / 3.0 * np.pi * 24.0 * 18.0 * 20.0
    assert filled(raster, -100.0, palette.soft(Tissue.LIVER)) == pytest.approx(volume, rel=0.04)


def test_bending_and_waves_keep_the_volume_roughly(make_raster, palette, filled):
    raster = make_raster()
    waves = np.array([[2.0, 1.0, -1.5, 0.3, 0.05], [-1.0, 2.5, 1.0, 2.0, 0.05]])
    paint_organ(raster, _organ(bend_mm=(8.0, -4.0), waves=waves), palette)
    volume = 4.0 / 3.0 * np.pi * 24.0 * 18.0 * 20.0
    assert filled(raster, -100.0, palette.soft(Tissue.LIVER)) == pytest.approx(volume, rel=0.15)


def test_a_cut_takes_away_what_lies_beyond(make_raster, palette):
    raster = make_raster()
    cut = (np.array([0.0, 0.0, -1.0]), np.array([0.0, 0.0, -5.0]))
    paint_organ(raster, _organ(cuts=(cut,)), palette)
    assert raster.hu[24, 20, 20] > 50.0
    assert raster.hu[12, 20, 20] == -100.0


def test_gas_rises_and_fluid_sinks(make_raster, palette):
    """Patients lie on their backs: gas is in front, which is a lower posterior coordinate."""
    raster = make_raster()
    layers = (
        Layer(depth_mm=4.0, tissue=Tissue.CHYME),
        Layer(depth_mm=4.0, tissue=Tissue.GAS, top_mm=-4.0, gas=True),
    )
    paint_organ(raster, _organ(tissue=Tissue.BOWEL, layers=layers), palette)
    column = raster.hu[20, :, 20]
    assert column[15] == pytest.approx(palette.soft(Tissue.GAS), abs=1.0)
    assert column[24] == pytest.approx(palette.soft(Tissue.CHYME), abs=1.0)
    urine = (Layer(depth_mm=3.0, tissue=Tissue.ORAL_CONTRAST, top_mm=4.0),)
    paint_organ(raster, _organ(tissue=Tissue.MUSCLE, layers=urine), palette)
    assert raster.hu[20, 25, 20] > 150.0
    assert raster.hu[20, 15, 20] < 80.0
