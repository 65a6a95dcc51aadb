from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import sample_patient
from ctbone.phantom.anatomy.fractures import GRADES, collapsed, fractured, grade_of
from ctbone.phantom.anatomy.outline import heights
from tests.phantom.conftest import HEALTHY

from .test_outline import BODY

KINDS = ("wedge_fracture", "biconcave_fracture", "crush_fracture")


@pytest.fixture(scope="module")
def column():
    return sample_patient(HEALTHY, seed=4).column


def _index(column, level):
    return next(i for i, v in enumerate(column.vertebrae) if v.level is level)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", [0.22, 0.33, 0.5])
def test_each_kind_loses_height_where_it_should(kind, loss):
    before, after = heights(BODY), heights(collapsed(BODY, kind=kind, loss=loss, upper=0.7))
    lost = [1.0 - b / a for a, b in zip(before, after, strict=True)]
    worst = {"wedge_fracture": 0, "biconcave_fracture": 1, "crush_fracture": 1}[kind]
    assert lost[worst] == pytest.approx(loss)
    assert max(lost) == pytest.approx(loss)
    assert lost[2] == pytest.approx(0.95 * loss if kind == "crush_fracture" else 0.0)


@pytest.mark.parametrize(
    ("loss", "grade"), [(0.19, 0), (0.2, 1), (0.249, 1), (0.25, 2), (0.39, 2), (0.4, 3), (0.7, 3)]
)
def test_grades_are_those_of_genant(loss, grade):
    assert grade_of(loss) == grade
    assert all(grade_of(low) == grade for grade, (low, _) in GRADES.items())


def test_a_crushed_body_is_broader_and_leans_into_the_canal():
    body = collapsed(BODY, kind="crush_fracture", loss=0.5, upper=0.5)
    assert body.width_mm > BODY.width_mm
    assert body.back_mm < BODY.back_mm
    assert body.bmd_mg_cm3 == BODY.bmd_mg_cm3


def test_kyphosis_follows_a_wedge_and_l1_stays_the_origin(column):
    index = _index(column, L.T12)
    rng = np.random.default_rng(0)
    bent, finding = fractured(column, index, kind="wedge_fracture", loss=0.45, rng=rng)

    def angle(spine):
        top, bottom = spine.vertebrae[index - 1].frame, spine.vertebrae[index + 1].frame
        return np.degrees(np.arccos(np.clip((top.T @ bottom)[2, 2], -1.0, 1.0)))

    def lean(spine, i):
        return np.degrees(
            np.arctan2(-spine.vertebrae[i].frame[1, 2], spine.vertebrae[i].frame[2, 2])
        )

    more = lean(bent, index - 1) - lean(bent, index + 1)
    before = lean(column, index - 1) - lean(column, index + 1)
    assert 6.0 < more - before < 25.0
    assert angle(bent) != angle(column)
    l1 = _index(bent, L.L1)
    assert np.allclose(bent.vertebrae[l1].centre_mm, 0.0)
    assert (finding.level, finding.grade) == (L.T12, 3)


def test_neighbours_keep_their_distance_to_the_end_plates(column):
    """What stands on a crushed body comes down with it: the rims stay apart as they were."""
    from ctbone.phantom.anatomy.discs import gap_mm

    index = _index(column, L.L2)
    rng = np.random.default_rng(0)
    bent, _ = fractured(column, index, kind="crush_fracture", loss=0.4, rng=rng)
    for i in (index - 1, index):
        before = gap_mm(column.vertebrae[i], column.vertebrae[i + 1])
        after = gap_mm(bent.vertebrae[i], bent.vertebrae[i + 1])
        assert after == pytest.approx(before, abs=1e-6)
        assert np.linalg.norm(bent.discs[i].centre_mm - bent.vertebrae[i].centre_mm) < 25.0
    length = [
        np.linalg.norm(c.vertebrae[0].centre_mm - c.sacrum[-1].centre_mm) for c in (column, bent)
    ]
    assert length[1] < length[0]


def test_arches_and_canal_move_with_their_bodies(column):
    index = _index(column, L.T9)
    rng = np.random.default_rng(0)
    bent, _ = fractured(column, index, kind="wedge_fracture", loss=0.5, rng=rng)
    for old, new, arch_old, arch_new in zip(
        column.vertebrae, bent.vertebrae, column.arches, bent.arches, strict=True
    ):
        for a, b in zip(arch_old.pedicles, arch_new.pedicles, strict=True):
            own = (a.points_mm - old.centre_mm) @ old.frame
            moved = (b.points_mm - new.centre_mm) @ new.frame
            assert np.allclose(own, moved)
    canal = np.linalg.norm(
        bent.canal.points_mm[:5] - [v.centre_mm for v in bent.vertebrae[:5]], axis=1
    )
    was = np.linalg.norm(
        column.canal.points_mm[:5] - [v.centre_mm for v in column.vertebrae[:5]], axis=1
    )
    assert np.allclose(canal, was)


def test_half_of_the_fractures_show_impacted_bone(column):
    index = _index(column, L.L1)
    seen = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        bent, _ = fractured(column, index, kind="crush_fracture", loss=0.3, rng=rng)
        lesions = bent.vertebrae[index].lesions
        seen += len(lesions)
        assert all(lesion.filling > BODY.bmd_mg_cm3 * 0.2 for lesion in lesions)
    assert 18 < seen < 42
    assert replace(column) is not column
