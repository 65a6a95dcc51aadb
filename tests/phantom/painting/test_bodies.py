from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import ScanConfig
from ctbone.phantom.anatomy.density import draw_interiors
from ctbone.phantom.anatomy.fractures import collapsed
from ctbone.phantom.anatomy.outline import HEIGHTS_AT, heights
from ctbone.phantom.bone import Interior, Lesion, Spur
from ctbone.phantom.painting.bodies import paint_body, paint_disc, paint_puck
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import new_raster
from ctbone.phantom.shapes import Disc, Puck
from ctbone.phantom.tissue import CORTEX_MG_CM3, Tissue, bone_hu
from tests.phantom.anatomy.test_outline import BODY
from tests.phantom.conftest import upright_grid

PALETTE = Palette(ScanConfig(noise_hu=0.0))
PLAIN = replace(BODY, interior=Interior())


def _painted(body, spacing=(1.0, 1.0, 1.0), size=60.0, background=0.0):
    shape = tuple(int(size / s) for s in spacing)
    raster = new_raster(
        upright_grid(shape, spacing, (0.0, 0.0, 0.0)),
        device=torch.device("cpu"),
    )
    raster.hu.fill_(background)
    paint_body(raster, body, PALETTE)
    return raster


def test_a_thin_shell_adds_what_its_volume_adds():
    """A wall a third of a voxel thick holds the mineral of the same wall at fine voxels."""
    empty = replace(PLAIN, bmd_mg_cm3=0.0)
    mass = [
        float(_painted(empty, (s,) * 3).hu.sum()) * s**3 / bone_hu(CORTEX_MG_CM3, kvp=120)
        for s in (0.5, 1.5, 3.0)
    ]
    assert mass[1] == pytest.approx(mass[0], rel=0.06)
    assert mass[2] == pytest.approx(mass[0], rel=0.10)
    twice = replace(empty, wall_mm=0.8, plate_mm=0.8)
    assert float(_painted(twice).hu.sum()) == pytest.approx(
        2 * float(_painted(empty).hu.sum()), rel=0.05
    )


@pytest.mark.parametrize("kind", ["wedge_fracture", "biconcave_fracture", "crush_fracture"])
@pytest.mark.parametrize("loss", [0.22, 0.33, 0.48])
def test_heights_are_those_of_the_label_map(kind, loss):
    body = collapsed(BODY, kind=kind, loss=loss, upper=0.6)
    labels = _painted(body, (0.5, 0.5, 0.5)).labels["bodies"].numpy()
    middle = 60
    for at, height in zip(HEIGHTS_AT, heights(body), strict=True):
        j = round(59.5 + at * body.depth_mm)
        (column,) = np.nonzero(labels[:, j, middle])
        assert 0.5 * (np.ptp(column) + 1) == pytest.approx(height, abs=0.8)


def test_lesions_and_cement_keep_the_label_of_their_body():
    lesion = Lesion(centre_mm=(5.0, 0.0, 0.0), semi_axes_mm=(8.0, 8.0, 8.0), filling=Tissue.CEMENT)
    plain, filled = _painted(PLAIN), _painted(replace(PLAIN, lesions=(lesion,)))
    assert torch.equal(plain.labels["bodies"], filled.labels["bodies"])
    assert float(filled.hu[30, 30, 35]) > 1000.0
    assert float(filled.hu[30, 30, 15]) == pytest.approx(float(plain.hu[30, 30, 15]))


def test_a_node_has_a_dense_rim():
    node = Lesion(
        centre_mm=(0.0, 0.0, -10.0),
        semi_axes_mm=(6.0, 5.0, 5.0),
        filling=Tissue.DISC,
        rim_mg_cm3=400.0,
        rim_mm=1.5,
    )
    hu = _painted(replace(PLAIN, lesions=(node,)), (0.5,) * 3).hu[:, 60, 60].numpy()
    inside, rim, bone = hu[60 - 18], hu[60 - 10 : 60 - 6].max(), hu[60 + 10]
    assert inside < bone < rim


def test_struts_of_a_haemangioma_leave_the_mean_to_coarse_voxels():
    fat = Lesion(
        centre_mm=(0.0, 0.0, 0.0), semi_axes_mm=(11.0,) * 3, filling=Tissue.FAT, struts_mm=4.0
    )
    body = replace(PLAIN, lesions=(fat,), width_mm=60.0, depth_mm=50.0, height_mm=40.0)
    fine = _painted(body, (0.5,) * 3).hu[50:70, 50:70, 50:70]
    coarse = _painted(body, (4.0,) * 3).hu[6:9, 6:9, 6:9]
    assert float(fine.std()) > 100.0
    assert float(coarse.std()) < 0.4 * float(fine.std())
    assert float(coarse.mean()) == pytest.approx(float(fine.mean()), abs=25.0)
    # Columns stand along the body.
    assert float(fine.mean(0).std()) > 2.0 * float(fine.mean(2).std())


def test_an_osteophyte_belongs_to_the_spine_and_not_to_the_body():
    spur = Spur(
        plate=1, towards=(0.0, -1.0), size_mm=6.0, curl_mm=1.5, spread=0.4, bmd_mg_cm3=400.0
    )
    plain, lipped = _painted(PLAIN), _painted(replace(PLAIN, spurs=(spur,)))
    assert torch.equal(plain.labels["bodies"], lipped.labels["bodies"])
    extra = (lipped.labels["spine"] > 0) & (plain.labels["spine"] == 0)
    where = np.argwhere(extra.numpy())
    assert 20 < len(where) < 1500
    assert where[:, 0].mean() > 38.0
    assert where[:, 1].mean() < 18.0
    assert abs(where[:, 2].mean() - 29.5) < 1.5


def test_an_osteophyte_leaves_the_dent_of_a_plate_empty():
    spur = Spur(
        plate=1, towards=(0.0, -1.0), size_mm=6.0, curl_mm=1.5, spread=1.0, bmd_mg_cm3=400.0
    )
    dented = replace(PLAIN, sunk_mm=(9.0, 0.0))
    plain, lipped = _painted(dented), _painted(replace(dented, spurs=(spur,)))
    extra = (lipped.labels["spine"] > 0) & (plain.labels["spine"] == 0)
    assert extra.any()
    around = (plain.labels["bodies"] > 0).any(0)
    from scipy.ndimage import binary_erosion

    within = torch.from_numpy(binary_erosion(around.numpy(), iterations=3))
    assert not (extra & within[None]).any()


def test_texture_and_filling_leave_the_mean_of_the_body_alone():
    from ctbone.phantom.anatomy.density import normalised

    uneven = normalised(
        replace(BODY, interior=replace(BODY.interior, texture_mg_cm3=25.0, grain_mm=3.0))
    )
    raster = _painted(uneven)
    even = _painted(PLAIN)
    from scipy.ndimage import distance_transform_edt

    inside = distance_transform_edt(raster.labels["bodies"].numpy() > 0) > 4.0
    assert raster.hu.numpy()[inside].std() > 15.0
    assert raster.hu.numpy()[inside].mean() == pytest.approx(
        even.hu.numpy()[inside].mean(), abs=1.25
    )


def test_the_wall_is_open_where_the_vein_leaves_the_body():
    veined = replace(PLAIN, interior=Interior(vein=0.95, vein_mm=(5.0, 3.0), vein_tip=0.0))
    back = [float(_painted(body, (0.5,) * 3).hu[60, 80:100, 60].max()) for body in (PLAIN, veined)]
    assert back[1] < 0.6 * back[0]


def _disc(**changed):
    return Disc(
        centre_mm=np.zeros(3),
        frame=np.eye(3),
        width_mm=44.0,
        depth_mm=36.0,
        height_mm=10.0,
        **{"shift_hu": 0.0, "gas": False, "level": L.L1, **changed},
    )


def _disc_hu(**changed):
    raster = new_raster(
        upright_grid((60, 60, 20), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
        device=torch.device("cpu"),
    )
    raster.hu.fill_(-100.0)
    paint_disc(raster, _disc(**changed), PALETTE)
    return raster


def test_the_nucleus_is_softer_than_the_annulus():
    hu = _disc_hu(nucleus_hu=-25.0).hu[10, 30]
    assert float(hu[30]) == pytest.approx(60.0, abs=1.0)
    assert float(hu[30 + 18]) == pytest.approx(85.0, abs=2.0)


def test_gas_is_dark_and_chalk_bright_at_the_front():
    assert float(_disc_hu(gas=True).hu[9:11, 30, 30].min()) < -800.0
    chalky = _disc_hu(calcified_hu=400.0).hu[10]
    assert float(chalky[30 - 15, 30]) > 250.0
    assert float(chalky[30 + 15, 30]) == pytest.approx(85.0, abs=2.0)


def test_a_disc_is_labelled_with_the_vertebra_above_it():
    labels = _disc_hu().labels["discs"]
    assert set(labels.unique().tolist()) == {0, int(L.L1)}
    volume = float((labels > 0).sum())
    assert 0.75 < volume / (0.25 * np.pi * 44 * 36 * 10) < 1.05


def test_a_thin_plate_of_metal_keeps_its_volume():
    plate = Puck(
        centre_mm=np.array([0.0, 0.0, 0.3]), frame=np.eye(3), width_mm=30.0, depth_mm=24.0,
        height_mm=2.0, tissue=Tissue.TITANIUM,
    )  # fmt: skip
    held = []
    for spacing in (0.5, 4.0):
        raster = new_raster(
            upright_grid((int(40 / spacing),) * 3, (spacing,) * 3, (0.0, 0.0, 0.0)),
            device=torch.device("cpu"),
        )
        raster.hu.fill_(0.0)
        paint_puck(raster, plate, PALETTE)
        held.append(float(raster.hu.sum()) * spacing**3)
    assert held[1] == pytest.approx(held[0], rel=0.05)


def test_what_opens_a_body_goes_through_its_end_plate():
    hole = Lesion(
        centre_mm=(0.0, 0.0, 11.0), semi_axes_mm=(7.0, 7.0, 4.0), filling=Tissue.DISC, opens=True
    )
    closed = replace(hole, opens=False)
    plate = [
        float(_painted(replace(PLAIN, lesions=(lesion,)), (0.5,) * 3).hu[75:86, 60, 60].max())
        for lesion in (hole, closed)
    ]
    assert plate[0] < 120.0
    assert plate[1] > 400.0


def test_the_texture_of_sparse_bone_is_coarser_than_that_of_dense_bone():
    """Distance at which the autocorrelation of the painted interior falls to a half."""
    lengths = []
    for bmd in (45.0, 90.0, 180.0):
        (body,) = draw_interiors(
            (replace(BODY, bmd_mg_cm3=bmd, interior=Interior()),), np.random.default_rng(4)
        )
        textured, even = (
            _painted(replace(body, interior=interior), (0.6,) * 3, size=36.0).hu
            for interior in (body.interior, replace(body.interior, texture_mg_cm3=0.0))
        )
        inside = (textured - even)[20:40, 18:42, 10:50].numpy()
        lengths.append(_half_length(inside - inside.mean(), 0.6))
    assert lengths[0] > lengths[1] > lengths[2] > 0.5
    assert lengths[0] / lengths[2] == pytest.approx(2.0, rel=0.3)


def _half_length(field, step):
    lags = range(field.shape[2] // 2)
    products = [(field[..., : field.shape[2] - n] * field[..., n:]).mean() for n in lags]
    curve = np.array(products) / products[0]
    first = int(np.argmax(curve < 0.5))
    return step * (first - 1 + (curve[first - 1] - 0.5) / (curve[first - 1] - curve[first]))
