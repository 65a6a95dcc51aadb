import numpy as np

from ctbone.anatomy import VertebralLevel as L


def _area(strap, height):
    a, b = (np.interp(height, strap.heights_mm, row) for row in strap.semi_axes_mm.T)
    return np.pi * a * b / 100.0


def _centre(patient, level):
    return next((v.centre_mm for v in patient.column.vertebrae if v.level is level), None)


def test_psoas_and_erectors_measure_what_people_do(crowd):
    """At L3, a side: psoas 5 to 17 cm2, erectors with multifidus 13 to 32 cm2."""
    psoas, erectors = [], []
    for patient in crowd:
        height = _centre(patient, L.L3)[2]
        psoas.append(_area(patient.viscera.muscles[0], height))
        outer, inner = patient.viscera.muscles[-4:-2]
        erectors.append(_area(outer, height) + _area(inner, height))
    assert 6.0 < np.mean(psoas) < 14.0
    assert 15.0 < np.mean(erectors) < 28.0


def test_muscles_come_in_pairs_on_either_side(crowd):
    for patient in crowd[:40]:
        for strap in patient.viscera.muscles:
            assert np.all(np.diff(strap.heights_mm) >= 0.0)
        right, left = patient.viscera.muscles[:2]
        height = _centre(patient, L.L2)[2]
        sides = [np.interp(height, s.heights_mm, s.middles_mm[:, 0]) for s in (right, left)]
        assert sides[0] < _centre(patient, L.L2)[0] < sides[1]


def test_old_muscle_is_thinner_darker_and_fattier(crowd):
    def mean(of, low, high):
        return np.mean([of(p) for p in crowd if low <= p.age_years < high])

    def fat(patient):
        return sum((b.radii_mm**2).sum() for b in patient.viscera.marbling)

    def shift(patient):
        return patient.viscera.muscles[0].shift_hu

    assert mean(fat, 75, 95) > 2.0 * mean(fat, 20, 45)
    assert mean(shift, 75, 95) < mean(shift, 20, 45) - 8.0


def test_muscles_stay_under_the_skin(crowd):
    """The middle of every muscle lies inside the outline of the skin."""
    for patient in crowd:
        torso = patient.torso
        c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
        for strap in patient.viscera.muscles[-4:]:
            heights = strap.heights_mm
            half, mid, deep, off = (np.interp(heights, torso.heights_mm, r) for r in torso.skin)
            x, y = (strap.middles_mm - np.outer(heights, torso.lean)).T
            inside = ((c * x + s * y - off) / half) ** 2 + ((c * y - s * x - mid) / deep) ** 2
            assert inside.max() < 1.0
