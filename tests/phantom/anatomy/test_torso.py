import numpy as np

from ctbone.phantom import PatientConfig, sample_patient


def test_skin_encloses_wall_and_wall_encloses_cavity(crowd):
    for patient in crowd:
        torso = patient.torso
        for outer, inner in ((torso.skin, torso.wall), (torso.wall, torso.cavity)):
            assert np.all(outer[0] >= inner[0])
            assert np.all(outer[1] + outer[2] > inner[1] + inner[2] - 1e-6)
            assert np.all(outer[1] - outer[2] < inner[1] - inner[2] + 1e-6)


def _fat(patient, height):
    """Return the thickness of the fat at the sides, mm, at a height above S1."""
    torso = patient.torso
    foot = torso.heights_mm[0] + 320.0
    skin, wall = (
        np.interp(foot + height, torso.heights_mm, o[0]) for o in (torso.skin, torso.wall)
    )
    return skin - wall


def test_fat_grows_with_body_mass(crowd):
    bmi = np.array([p.weight_kg / (p.height_cm / 100.0) ** 2 for p in crowd])
    fat = np.array([_fat(p, 60.0) for p in crowd])
    assert np.corrcoef(bmi, fat)[0, 1] > 0.7


def test_women_carry_fat_on_the_hips_and_men_in_the_belly(crowd):
    def ratio(sex):
        return np.median([_fat(p, -85.0) / _fat(p, 60.0) for p in crowd if p.sex == sex])

    def belly(sex):
        found = []
        for p in (p for p in crowd if p.sex == sex):
            deep = np.interp(-60.0, p.torso.heights_mm, p.torso.cavity[2])
            chest = np.interp(150.0, p.torso.heights_mm, p.torso.cavity[2])
            found.append(deep / chest)
        return np.median(found)

    assert ratio("F") > 1.25 * ratio("M")
    assert belly("M") > belly("F")


def test_legs_part_below_the_pelvis(crowd):
    for patient in crowd[:50]:
        torso = patient.torso
        assert torso.parting_mm[0] > 50.0
        assert torso.parting_mm[np.searchsorted(torso.heights_mm, -100.0)] < 0.01


def test_only_women_have_breasts_and_they_lie_on_the_chest():
    for seed in range(20):
        patient = sample_patient(PatientConfig(female_fraction=1.0), seed=seed)
        right, left = (centre for centre, _ in patient.torso.breasts)
        assert right[0] < left[0]
        assert 80.0 < right[2] < 220.0
        man = sample_patient(PatientConfig(female_fraction=0.0), seed=seed)
        assert man.torso.breasts == ()


def test_bones_lie_under_the_skin(crowd):
    """Hip bones and spinous processes reach the skin in none but a few of the thinnest."""
    outside = []
    for patient in crowd[:80]:
        hips = np.concatenate([_points(s) for s in patient.bones.pelvis.hip_bones])
        arches = [_points(s) for arch in patient.column.arches for s in arch.shapes]
        outside.append([_beyond_skin(patient.torso, p) for p in (hips, np.concatenate(arches))])
    assert np.all(np.mean(outside, axis=0) < 0.06)


def _points(shape):
    return shape.points_mm if hasattr(shape, "points_mm") else shape.corners_mm.reshape(-1, 3)


def _beyond_skin(torso, points):
    rows = [np.interp(points[:, 2], torso.heights_mm, row) for row in torso.skin]
    half, middle, deep, off = rows
    x, y = (points[:, :2] - np.outer(points[:, 2], torso.lean)).T
    c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
    across, along = (c * x + s * y - off) / half, (c * y - s * x - middle) / deep
    return np.any(across**2 + along**2 - torso.squareness * (across * along) ** 2 > 1.0)
