import numpy as np

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig, sample_patient

from .distances import distance


def test_arms_lie_above_the_head_or_beside_the_chest():
    for share in (0.0, 1.0):
        for seed in range(10):
            patient = sample_patient(PatientConfig(arms_up_fraction=share), seed=seed)
            shoulders = patient.bones.shoulders
            rise = shoulders.arms_mm[:, 1, 2] - shoulders.arms_mm[:, 0, 2]
            assert shoulders.arms_up is bool(share)
            assert np.all(rise > 150.0) if share else np.all(rise < -150.0)


def test_shoulders_are_a_pair_beside_the_upper_chest(patients):
    for patient in patients:
        t2 = next(v for v in patient.column.vertebrae if v.level is L.T2).centre_mm
        right, left = patient.bones.shoulders.arms_mm[:, 0]
        assert right[0] < t2[0] - 90.0 < t2[0] + 90.0 < left[0]
        assert abs(0.5 * (right + left) - t2)[2] < 60.0


def test_shoulder_blades_lie_outside_the_ribs(patients):
    """The plate itself; a millimetre of touching is forgiven."""
    for patient in patients[:15]:
        for shape in patient.bones.shoulders.girdle:
            corners = getattr(shape, "corners_mm", None)
            if corners is not None:
                middles = corners.mean(1)[:3]
                gap = distance(middles, patient.bones.cage.ribs)
                assert gap.min() > -1.0


def test_collar_bones_run_from_the_sternum_to_the_shoulder(patients):
    for patient in patients[:30]:
        collars = [t for t in patient.bones.shoulders.girdle
                   if getattr(t, "points_mm", np.zeros((0, 3))).shape[0] == 4]  # fmt: skip
        assert len(collars) == 2
        for collar, arm in zip(collars, patient.bones.shoulders.arms_mm, strict=True):
            assert distance(collar.points_mm[:1], patient.bones.cage.sternum)[0] < 20.0
            assert np.linalg.norm(collar.points_mm[-1] - arm[0]) < 50.0
