import numpy as np
import pytest

from ctbone.phantom.flesh import Attachments
from ctbone.phantom.painting.surroundings import paint_attachments, paint_table
from ctbone.phantom.shapes import Table, Tube
from ctbone.phantom.tissue import Tissue


def _table(**changes):
    values = {
        "top_mm": 5.0,
        "centre_mm": 0.0,
        "radius_mm": 400.0,
        "half_width_mm": 30.0,
        "thickness_mm": 20.0,
    }
    return Table(**(values | changes))


@pytest.mark.parametrize("tilt_deg", [0.0, 15.0])
def test_a_table_has_a_shell_round_a_core(make_raster, palette, tilt_deg):
    raster = make_raster(fill=-1000.0, spacing_mm=(1.5, 1.0, 1.8), tilt_deg=tilt_deg)
    paint_table(raster, _table(shell_mm=2.0), palette)
    column = raster.hu[20, 20:, 20]
    assert column.max() > -500.0
    assert column[15] == pytest.approx(palette.soft(Tissue.TABLE_CORE), abs=5.0)
    assert (raster.hu[20, :20, 20] == -1000.0).all() or tilt_deg > 0.0


def test_a_mattress_lies_on_the_table(make_raster, palette):
    raster = make_raster(fill=-1000.0, spacing_mm=(1.5, 1.0, 1.8))
    paint_table(raster, _table(mattress_mm=12.0), palette)
    assert raster.hu[20, 18, 20] == pytest.approx(palette.soft(Tissue.FOAM), abs=2.0)
    assert raster.hu[20, 8, 20] == -1000.0


def test_a_table_leaves_the_body_alone(make_raster, palette):
    raster = make_raster(fill=-100.0)
    paint_table(raster, _table(), palette)
    assert (raster.hu == -100.0).all()


def test_metal_is_bright_and_tubes_are_hollow(make_raster, palette):
    line = np.array([[-30.0, 0, 0], [30.0, 0, 0]])

    def tube(radius, tissue):
        return Tube(points_mm=line, radii_mm=np.full(2, radius), stretch=(1, 1, 1),
                    frame=np.eye(3), tissue=tissue)  # fmt: skip

    raster = make_raster(spacing_mm=(1.0, 1.0, 1.0))
    paint_attachments(
        raster,
        Attachments(threads=(tube(5.0, Tissue.STEEL),), lumens=(tube(2.5, Tissue.FLUID),)),
        palette,
    )
    assert raster.hu[20, 20, 20] == pytest.approx(palette.soft(Tissue.FLUID), abs=1.0)
    assert raster.hu[20, 24, 20] > 3000.0
