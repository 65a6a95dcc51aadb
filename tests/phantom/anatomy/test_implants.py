import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import sample_patient
from ctbone.phantom.anatomy.implants import (
    with_cement,
    with_laminectomy,
    with_screws,
    with_spacer,
)
from ctbone.phantom.shapes import Puck, Tube
from ctbone.phantom.tissue import METALS, Tissue
from tests.phantom.conftest import HEALTHY


@pytest.fixture(scope="module")
def column():
    return sample_patient(HEALTHY, seed=5).column


def test_screws_stand_in_both_pedicles_of_neighbouring_levels(column):
    for seed in range(20):
        treated, found = with_screws(column, rng=np.random.default_rng(seed))
        levels = [f.level for f in found]
        orders = [[v.level for v in column.vertebrae].index(level) for level in levels]
        assert len(levels) >= 2
        assert orders == list(range(orders[0], orders[0] + len(orders)))
        assert len(treated.implants) == 2 * len(levels) + 2
        assert all(t.tissue in METALS for t in treated.implants)


def test_a_screw_ends_inside_the_body_and_misses_the_canal(column):
    treated, found = with_screws(column, rng=np.random.default_rng(1))
    bodies = {v.level: v for v in column.vertebrae}
    fixed = [bodies[f.level] for f in found]
    screws = [
        t
        for t in treated.implants
        if isinstance(t, Tube) and len(t.points_mm) == 4 and t.radii_mm[0] > 3.5
    ]
    assert len(screws) == 2 * len(fixed)
    for body, screw in zip([*fixed, *fixed], screws, strict=True):
        own = (screw.points_mm - body.centre_mm) @ body.frame
        tip = own[-1]
        assert abs(tip[0]) < 0.42 * body.width_mm
        assert abs(tip[1]) < 0.4 * body.depth_mm
        at_back = np.interp(0.5 * body.depth_mm, own[::-1, 1], own[::-1, 0])
        assert abs(at_back) > 9.0


def test_rods_run_through_the_heads(column):
    treated, found = with_screws(column, rng=np.random.default_rng(2))
    rods = [t for t in treated.implants if np.ptp(t.radii_mm) == 0.0]
    assert len(rods) == 2
    assert all(len(rod.points_mm) == len(found) + 2 for rod in rods)


def test_cement_lies_inside_its_body(column):
    index = next(i for i, v in enumerate(column.vertebrae) if v.level is L.L1)
    treated, (finding,) = with_cement(column, index, rng=np.random.default_rng(0))
    body = treated.vertebrae[index]
    assert finding.kind == "cement"
    assert finding.level is L.L1
    assert all(lump.filling is Tissue.CEMENT for lump in body.lesions)
    for lump in body.lesions:
        assert abs(lump.centre_mm[0]) < 0.5 * body.width_mm
        assert abs(lump.centre_mm[2]) < 0.4 * body.height_mm


def test_a_prosthesis_is_metal_round_plastic_and_a_cage_holds_bone(column):
    rng = np.random.default_rng(0)
    prosthesis, (first,) = with_spacer(column, prosthesis=True, rng=rng)
    cage, (second,) = with_spacer(column, prosthesis=False, rng=rng)
    assert (first.kind, second.kind) == ("disc_prosthesis", "cage")
    assert first.level.order >= L.L2.order
    assert [p.tissue for p in prosthesis.implants if isinstance(p, Puck)] == [
        Tissue.POLYETHYLENE,
        Tissue.COBALT_CHROME,
        Tissue.COBALT_CHROME,
    ]
    assert cage.implants[-1].tissue is Tissue.SCLEROSIS


def test_laminectomy_takes_the_middle_of_the_arch_and_leaves_the_sides(column):
    treated, found = with_laminectomy(column, rng=np.random.default_rng(0))
    levels = {f.level for f in found}
    for body, before, after in zip(column.vertebrae, column.arches, treated.arches, strict=True):
        if body.level not in levels:
            assert after is before
            continue
        assert not after.laminae
        assert not after.spinous
        assert after.pedicles == before.pedicles
        assert after.superior == before.superior
