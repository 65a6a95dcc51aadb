import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.tissue import bone_hu, bone_mg_cm3


def _bodies(patient):
    return {v.level: v for v in patient.column.vertebrae}


def test_the_same_seed_gives_the_same_patient():
    first, second = (sample_patient(PatientConfig(), seed=11) for _ in range(2))
    assert _flat(first) == _flat(second)
    assert _flat(first) != _flat(sample_patient(PatientConfig(), seed=12))


def _flat(value):
    """Turn nested records into something that compares by value."""
    if dataclasses.is_dataclass(value):
        return tuple(_flat(getattr(value, f.name)) for f in dataclasses.fields(value))
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return tuple(map(_flat, value)) if isinstance(value, tuple) else value


def test_l1_is_the_origin_and_levels_descend(patients):
    for patient in patients:
        bodies = patient.column.vertebrae
        assert np.allclose(_bodies(patient)[L.L1].centre_mm, 0.0)
        heights = [v.centre_mm[2] for v in bodies]
        orders = [v.level.order for v in bodies]
        assert heights == sorted(heights, reverse=True)
        assert orders == sorted(orders)


def test_neighbours_neither_touch_nor_drift_apart(patients):
    for patient in patients:
        for upper, lower in pairwise(patient.column.vertebrae):
            distance = np.linalg.norm(upper.centre_mm - lower.centre_mm)
            gap = distance - 0.5 * (upper.height_mm + lower.height_mm)
            assert 0.3 < gap < 18.0, (upper.level, gap)


def test_the_spine_lies_in_the_trunk(patients):
    for patient in patients:
        torso = patient.torso
        for body in patient.column.vertebrae:
            z = body.centre_mm[2]
            x, y = body.centre_mm[:2] - np.array(torso.lean) * z
            c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
            own = (c * x + s * y, -s * x + c * y)
            half, mid, deep, off = (np.interp(z, torso.heights_mm, row) for row in torso.wall)
            assert ((own[0] - off) / half) ** 2 + ((own[1] - mid) / deep) ** 2 < 0.8


def test_bodies_measure_what_cadavers_do(patients):
    """Panjabi's means within 6 % over a mixed sample, and growing from T4 to L3."""
    mean = {
        level: np.mean([_bodies(p)[level].width_mm for p in patients if level in _bodies(p)])
        for level in (L.T4, L.T8, L.T12, L.L1, L.L2, L.L3)
    }
    for level, width in mean.items():
        assert width == pytest.approx(SIZES[level].width_mm, rel=0.06)
    assert list(mean.values()) == sorted(mean.values())


def test_curves_are_those_of_people(patients):
    """Lordosis L1 to S1 and kyphosis T4 to T12 of supine adults, degrees."""
    angle = [
        {
            level: np.degrees(np.arctan2(-v.frame[1, 2], v.frame[2, 2]))
            for level, v in _bodies(p).items()
        }
        for p in patients
    ]
    lordosis = np.array([a[L.S1] - a[L.L1] for a in angle])
    kyphosis = np.array([a[L.T4] - a[L.T12] for a in angle])
    assert 40 < lordosis.mean() < 60
    assert 5 < lordosis.std() < 16
    assert 22 < kyphosis.mean() < 42


def test_curves_to_the_side_turn_the_bodies_outwards(patients):
    """A tenth has 10 degrees and more; at an apex the front of a body looks to the outside."""
    cobb, coupled = [], []
    for patient in patients:
        frames = np.array([v.frame for v in patient.column.vertebrae[3:]])
        centres = np.array([v.centre_mm for v in patient.column.vertebrae[3:]])
        lean = np.degrees(np.arctan2(-frames[:, 0, 2], frames[:, 2, 2]))
        cobb.append(np.ptp(lean))
        rank = np.arange(len(centres))
        off = centres[:, 0] - np.polyval(np.polyfit(rank, centres[:, 0], 1), rank)
        turn = np.degrees(np.arctan2(frames[:, 1, 0], frames[:, 1, 1]))
        if cobb[-1] > 8.0:
            coupled.append(np.corrcoef([off, -np.gradient(lean), turn])[2, :2])
    assert 0.03 < np.mean(np.array(cobb) > 10.0) < 0.25
    outwards, at_the_apex = np.mean(coupled, axis=0)
    assert outwards > 0.2
    assert at_the_apex > 0.7


def test_variants_are_a_few_per_cent_and_carry_their_levels():
    config = PatientConfig(t13_fraction=0.2, l6_fraction=0.2, four_lumbar_fraction=0.2)
    seen = {}
    for seed in range(30):
        patient = sample_patient(config, seed=seed)
        seen.setdefault(patient.variant, {v.level for v in patient.column.vertebrae})
    assert L.T13 in seen["T13"]
    assert L.L6 in seen["L6"]
    assert L.L5 not in seen["four_lumbar"]
    assert not {L.T13, L.L6} & seen["regular"]
    assert L.L5 in seen["regular"]


def test_organs_do_not_tell_the_level(patients):
    """Kidneys spread by more than a level and a half; the diaphragm by more than two."""
    kidneys = [
        [o.centre_mm[2] for o in p.viscera.organs if o.tissue == "kidney"] for p in patients
    ]
    assert np.ptp(np.percentile([z for pair in kidneys for z in pair], (5, 95))) > 90.0
    assert any(len(pair) < 2 for pair in kidneys)
    assert np.std([p.torso.domes_mm[0] for p in patients]) > 25.0


def test_levels_of_a_patient_agree(patients):
    pairs = np.array([[_bodies(p)[level].bmd_mg_cm3 for level in (L.L1, L.L2)] for p in patients])
    assert np.corrcoef(pairs.T)[0, 1] > 0.97
    assert 1.0 < np.std(pairs[:, 0] - pairs[:, 1]) < 15.0
    assert patients[0].bmd_mg_cm3 == pytest.approx(pairs[0].mean())


def test_bone_lines_of_the_tube_potentials():
    """Cohort means of one bone at 100, 120 and 140 kV keep the ratios of 16 747 scans."""
    assert bone_hu(100, kvp=120) / bone_hu(100, kvp=100) == pytest.approx(137.3 / 148.1, abs=0.001)
    assert bone_hu(100, kvp=120) / bone_hu(100, kvp=140) == pytest.approx(138.3 / 131.3, abs=0.001)
    assert bone_mg_cm3(bone_hu(87.0, kvp=80, phase="portal"), kvp=80, phase="portal") == 87.0
