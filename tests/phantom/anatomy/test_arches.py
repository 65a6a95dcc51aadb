"""Laws that arches obey in every patient."""

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.processes import pedicle_height

from .distances import distance

#: Standard deviations of Panjabi's cadavers, mm, recalled: of twelve spines.
_SD = {"pedicle": 1.6, "canal": 2.0, "span": 6.0, "spinous": 5.0}


def _pairs(patient):
    return list(zip(patient.column.vertebrae, patient.column.arches, strict=True))


def _near(patient, index):
    arches = patient.column.arches[max(index - 1, 0) : index + 2]
    return [shape for arch in arches for shape in arch.shapes]


def test_dimensions_are_those_of_cadavers(healthy):
    """Means over both sexes within a standard deviation of the table, level by level."""
    for level in (L.T2, L.T6, L.T9, L.T12, L.L1, L.L3, L.L5):
        found = [a for p in healthy for v, a in _pairs(p) if v.level is level]
        size = SIZES[level]
        rows = {
            "pedicle": ([a.size.pedicle_mm for a in found], size.pedicle_mm),
            "canal": ([a.size.canal_mm for a in found], size.canal_mm),
            "span": ([np.linalg.norm(np.diff(_ends(a), axis=0)) for a in found], size.span_mm),
            "spinous": ([a.size.spinous_mm for a in found], size.spinous_mm),
        }
        for name, (values, mean) in rows.items():
            assert np.abs(np.mean(values, axis=0) - mean).max() < _SD[name], (level, name)


def _ends(arch):
    """Return the lateral ends of the transverse processes."""
    out = [t.points_mm[-1] - t.points_mm[0] for t in arch.transverse]
    way = [np.sign(step @ t.frame[:, 0]) * t.frame[:, 0] for step, t in
           zip(out, arch.transverse, strict=True)]  # fmt: skip
    return np.array([t.points_mm[-1] + t.radii_mm[-1] * w for t, w in
                     zip(arch.transverse, way, strict=True)])  # fmt: skip


def test_pedicles_flank_the_canal_at_its_width(healthy):
    for patient in healthy[:40]:
        for body, arch in _pairs(patient):
            for pedicle, side in zip(arch.pedicles, (-1.0, 1.0), strict=True):
                own = body.frame.T @ (pedicle.points_mm[1] - body.centre_mm)
                inner = side * own[0] - 0.5 * arch.size.pedicle_mm[0]
                assert inner == pytest.approx(0.5 * arch.size.canal_mm[0], abs=0.01)
                assert own[2] + 0.5 * arch.size.pedicle_mm[1] < 0.55 * body.height_mm


def test_no_arch_reaches_into_the_canal(healthy):
    """Three quarters of the canal's width and depth are free over most of a body's height."""
    turns = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)
    worst = []
    for patient in healthy[:8]:
        for index, (body, arch) in enumerate(_pairs(patient)[:-1]):
            wide, deep = arch.size.canal_mm
            ring = np.stack(
                [
                    0.36 * wide * np.cos(turns),
                    0.5 * (body.depth_mm + deep) + 0.36 * deep * np.sin(turns),
                ],
                1,
            )
            points = np.array([[x, y, z * body.height_mm] for x, y in ring
                               for z in (-0.3, 0.0, 0.3)])  # fmt: skip
            points = body.centre_mm + points @ body.frame.T
            worst.append((distance(points, _near(patient, index)).min(), body.level.name))
    assert min(worst)[0] > -0.3, min(worst)


def test_foramina_are_open(healthy):
    """A straight line to the side, below a pedicle, meets neither arch nor rib."""
    for patient in healthy[:6]:
        for index, body in enumerate(patient.column.vertebrae[:-1]):
            if body.level.order < L.T1.order:
                continue
            bones = [*_near(patient, index), *patient.bones.cage.ribs]
            for side in (-1.0, 1.0):
                assert _clearance(patient, index, side, bones) > 0.0, (body.level, side)


def _clearance(patient, index, side, bones):
    """Return how far the freest of some lines through a foramen stays off bone."""
    (upper, above), (lower, below) = _pairs(patient)[index : index + 2]
    edges = []
    for body, arch, way in ((upper, above, -0.5), (lower, below, 0.5)):
        high = pedicle_height(body, arch.size) + way * arch.size.pedicle_mm[1]
        edges.append(body.centre_mm + body.frame @ [0.0, 0.5 * body.depth_mm, high])
    out = np.arange(0.0, 0.5 * above.size.canal_mm[0] + above.size.pedicle_mm[0] + 8.0, 1.5)
    lines = [
        edges[0] + part * (edges[1] - edges[0]) + back * upper.frame[:, 1]
        + side * out[:, None] * upper.frame[:, 0]
        for part in (0.2, 0.35, 0.5, 0.65) for back in (2.5, 4.0, 6.0, 8.0)
    ]  # fmt: skip
    near = [b for b in bones if _reaches(b, edges[0])]
    return distance(np.concatenate(lines), near).reshape(len(lines), -1).min(1).max()


def _reaches(shape, place):
    points = getattr(shape, "points_mm", None)
    points = shape.corners_mm.reshape(-1, 3) if points is None else points
    return np.linalg.norm(points - place, axis=1).min() < 60.0


def test_transverse_processes_tell_chest_from_loin(healthy):
    """Thoracic ones point back and up, lumbar ones to the side; L3 is longest, L5 stoutest."""
    for patient in healthy:
        lengths, stout = {}, {}
        for body, arch in _pairs(patient)[:-1]:
            steps = [body.frame.T @ (t.points_mm[-1] - t.points_mm[0]) for t in arch.transverse]
            for step in steps:
                if L.T1.order < body.level.order <= L.T9.order:
                    assert step[1] > 0.5 * abs(step[0])
                    assert step[2] > 0.0
                if body.level.order >= L.L1.order:
                    assert step[1] < 0.5 * abs(step[0])
            lengths[body.level] = np.mean([np.linalg.norm(step) for step in steps])
            stout[body.level] = arch.transverse[0].radii_mm.mean()
        if L.L5 in lengths:
            assert stout[L.L5] > 1.5 * stout[L.L3]
    longest = [max((L.L1, L.L2, L.L3, L.L4), key=lambda level: _length(p, level))
               for p in healthy]  # fmt: skip
    assert np.mean([level is L.L3 for level in longest]) > 0.6


def _length(patient, level):
    found = [a for v, a in _pairs(patient) if v.level is level]
    return np.linalg.norm(found[0].transverse[0].points_mm[-1]
                          - found[0].transverse[0].points_mm[0]) if found else 0.0  # fmt: skip


def test_spinous_processes_lie_behind_in_the_middle(healthy):
    for patient in healthy:
        for body, arch in _pairs(patient)[:-1]:
            tip = body.frame.T @ (arch.spinous[-1].points_mm.mean(0) - body.centre_mm)
            assert abs(tip[0]) < 6.0
            assert tip[1] > 0.5 * body.depth_mm + arch.size.canal_mm[1]
            if L.T5.order <= body.level.order <= L.T8.order:
                assert tip[2] < -0.8 * body.height_mm


def test_an_arch_moves_as_one(healthy):
    arch = healthy[0].column.arches[15]
    motion = np.eye(4)
    motion[:3, :3] = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    motion[:3, 3] = (5.0, -3.0, 2.0)
    points = np.array([arch.tips_mm[0], arch.pedicles[0].points_mm[0]]) + 2.0
    turned = points @ motion[:3, :3].T + motion[:3, 3]
    moved = arch.moved(motion)
    assert np.allclose(distance(points, arch.shapes), distance(turned, moved.shapes))
    assert np.allclose(moved.tips_mm[1], motion[:3, :3] @ arch.tips_mm[1] + motion[:3, 3])
