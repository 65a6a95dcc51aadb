import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient

from .distances import distance


def _bodies(patient):
    return {v.level: v for v in patient.column.vertebrae}


def test_crests_stand_at_l4_or_the_disc_below_it_in_most(patients):
    """As heights in levels below L4: L4 reaches to 0.4, the disc to 0.6, L5 to 1.4."""
    heights = {"F": [], "M": []}
    for patient in patients:
        if patient.variant != "regular":
            continue
        upper, lower = (_bodies(patient)[level].centre_mm[2] for level in (L.L4, L.L5))
        crest = patient.bones.pelvis.crest_mm[:, 2].mean()
        heights[patient.sex].append((upper - crest) / (upper - lower))
    both = np.concatenate([*heights.values()])
    assert np.mean((both > -0.4) & (both < 0.62)) > 0.6
    assert np.mean((both > -0.5) & (both < 1.3)) > 0.97
    assert np.mean(heights["F"]) > np.mean(heights["M"])


def test_crests_go_by_the_sacrum_not_by_names():
    """With six lumbar vertebrae the crest stands at L5, not at L4."""
    patients = [sample_patient(PatientConfig(l6_fraction=1.0, t13_fraction=0.0,
                                             four_lumbar_fraction=0.0), seed=s)
                for s in range(20)]  # fmt: skip
    steps = [[abs(p.bones.pelvis.crest_mm[0, 2] - _bodies(p)[level].centre_mm[2])
              for level in (L.L4, L.L5)] for p in patients]  # fmt: skip
    assert np.mean(np.diff(steps, axis=1) < 0.0) > 0.8


def test_hips_are_a_pair_in_front_of_and_below_the_sacrum(patients):
    for patient in patients:
        right, left = patient.bones.pelvis.hips_mm
        s1 = _bodies(patient)[L.S1].centre_mm
        assert right[0] < s1[0] - 50.0 < s1[0] + 50.0 < left[0]
        assert np.linalg.norm(left - right) == pytest.approx(175.0, rel=0.16)
        assert max(right[2], left[2]) < s1[2] - 50.0


def test_hip_bones_leave_a_joint_to_the_sacrum(patients):
    """Bone of the ilium comes near the lateral mass, and hardly into it."""
    for patient in patients[:20]:
        wings, radii = patient.bones.sacrum.wings_mm, patient.bones.sacrum.radii_mm
        for side, wing in zip((-1.0, 1.0), wings, strict=True):
            out = wing[:3] + side * np.outer(radii[:3] + 1.0, [1.0, 0.0, 0.0])
            gap = distance(out, patient.bones.pelvis.hip_bones)
            assert gap[0] > -1.0
            assert gap.min() < 6.0


def test_heads_lie_free_in_their_sockets(patients):
    for patient in patients[:20]:
        pelvis = patient.bones.pelvis
        radius = max(tube.radii_mm[0] for tube in pelvis.heads)
        for hip in pelvis.hips_mm:
            assert radius < distance(hip[None], pelvis.hip_bones)[0] < radius + 6.0


def test_artificial_hips_replace_heads_in_the_share_asked_for():
    config = PatientConfig(age_range_years=(80.0, 81.0), hip_prosthesis_fraction=0.6)
    found = [sample_patient(config, seed=seed).bones.pelvis for seed in range(60)]
    has = [bool(p.balls) for p in found]
    assert 0.4 < np.mean(has) < 0.8
    assert {len(p.balls) for p in found} == {0, 1, 2}
    for pelvis in found:
        assert len(pelvis.heads) == 8 - 2 * len(pelvis.balls)
        for ball in pelvis.balls:
            assert np.linalg.norm(pelvis.hips_mm - ball.points_mm[0], axis=1).min() < 1e-6


def test_the_young_have_their_own_hips():
    config = PatientConfig(age_range_years=(20.0, 39.0), hip_prosthesis_fraction=1.0)
    assert not any(sample_patient(config, seed=s).bones.pelvis.stems for s in range(10))
