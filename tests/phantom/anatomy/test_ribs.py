import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.ribs import head_mm
from ctbone.phantom.anatomy.variants import VariantConfig

from .distances import distance


def _length(rib):
    return np.linalg.norm(np.diff(rib.points_mm, axis=0), axis=1).sum()


def _side(rib, body):
    return np.sign(body.frame[:, 0] @ (rib.points_mm[-1] - body.centre_mm))


def test_every_thoracic_vertebra_has_a_rib_a_side_right_first(patients):
    for patient in patients:
        bodies = {v.level: v for v in patient.column.vertebrae}
        for level in (L(n) for n in range(L.T1, L.T12)):
            ribs = [r for r in patient.bones.cage.ribs if r.level is level]
            assert [_side(rib, bodies[level]) for rib in ribs] == [-1.0, 1.0]


def test_heads_lie_where_the_joints_belong(patients):
    """Within 3 mm of the surface: at the disc above, at T1, T11 and T12 at the own body."""
    for patient in patients:
        levels = [v.level for v in patient.column.vertebrae]
        for rib in patient.bones.cage.ribs:
            if rib.level is L.L1:
                continue
            index = levels.index(rib.level)
            body, above = patient.column.vertebrae[index], patient.column.vertebrae[index - 1]
            joint = head_mm(patient.column, index, _side(rib, body))
            assert np.linalg.norm(rib.points_mm[0] - joint) - rib.radii_mm[0] < 3.0
            own = body.frame.T @ (joint - body.centre_mm)
            if rib.level in (L.T1, L.T11, L.T12, L.T13):
                assert 0.0 <= own[2] < 0.4 * body.height_mm
            else:
                gap = np.linalg.norm(body.centre_mm - above.centre_mm)
                assert 0.45 * body.height_mm < own[2] < gap - 0.4 * above.height_mm


def test_tubercles_lie_in_front_of_the_transverse_processes(patients):
    """A joint space of under 4 mm, from T1 to T10, and never inside."""
    for patient in patients[:25]:
        arches = {a.level: a for a in patient.column.arches}
        for rib in patient.bones.cage.ribs:
            if L.T1.order <= rib.level.order <= L.T10.order:
                processes = arches[rib.level].transverse
                gap = distance(rib.points_mm[2:3], processes)[0] - rib.radii_mm[2]
                assert -1.0 < gap < 4.0, (rib.level, gap)


def test_the_twelfth_is_shorter_than_the_eleventh(patients):
    for patient in patients:
        lengths = {level: [_length(r) for r in patient.bones.cage.ribs if r.level is level]
                   for level in (L.T10, L.T11, L.T12)}  # fmt: skip
        assert max(lengths[L.T11]) < max(lengths[L.T10])
        if lengths[L.T12] and patient.variant != "T13":
            assert max(lengths[L.T12]) < min(lengths[L.T11])


def test_the_last_rib_varies(patients):
    lengths = [_length(r) for p in patients for r in p.bones.cage.ribs if r.level is L.T12]
    short, long = np.percentile(lengths, (3, 95))
    assert short < 60.0
    assert long > 100.0


def _patients(**shares):
    config = PatientConfig(variants=VariantConfig(**shares))
    return [sample_patient(config, seed=seed) for seed in range(30)]


def test_ribs_follow_the_record():
    for patient in _patients(
        stub_rib_fraction=0.4, absent_rib_fraction=0.4, lumbar_rib_fraction=0.5
    ):
        levels = [v.level for v in patient.column.vertebrae]
        last = next(level for level in (L.T13, L.T12) if level in levels)
        for level, kinds in (
            (last, patient.anomalies.last_ribs),
            (L.L1, patient.anomalies.lumbar_ribs),
        ):
            body = patient.column.vertebrae[levels.index(level)]
            ribs = {_side(r, body): r for r in patient.bones.cage.ribs if r.level is level}
            for side, kind in zip((-1.0, 1.0), kinds, strict=True):
                assert (side in ribs) == (kind != "absent")
                if kind == "stub":
                    assert np.linalg.norm(ribs[side].points_mm[-1] - ribs[side].points_mm[-3]) < 39


def test_cartilage_reaches_the_sternum_and_calcifies_with_age(patients):
    for patient in patients[:20]:
        ends = np.array([t.points_mm[-1] for t in patient.bones.cage.cartilage])
        assert len(ends) == 20
        true = ends[[0, 1, 2, 3, 4, 5, 6]]
        assert distance(true, patient.bones.cage.sternum).max() < 12.0
    walls = {old: [p.bones.cage.cartilage[0].cortex_mm > 0.0 for p in patients
                   if (p.age_years > 65) is old] for old in (False, True)}  # fmt: skip
    assert np.mean(walls[True]) > np.mean(walls[False]) + 0.3


def test_the_sternum_is_in_front(patients):
    for patient in patients:
        notch = patient.bones.cage.notch_mm
        t3 = next(v for v in patient.column.vertebrae if v.level is L.T3)
        assert notch[1] < t3.centre_mm[1] - 25.0
        assert notch[2] == pytest.approx(t3.centre_mm[2], abs=35.0)
