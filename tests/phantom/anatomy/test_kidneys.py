import numpy as np

from ctbone.phantom.tissue import Tissue


def _kidneys(patient):
    return [o for o in patient.viscera.organs if o.tissue is Tissue.KIDNEY]


def test_kidneys_measure_what_kidneys_do(crowd):
    """9 to 13 cm long in most adults."""
    lengths = [2.0 * max(o.semi_axes_mm) for p in crowd for o in _kidneys(p)]
    assert 95.0 < np.mean(lengths) < 120.0
    assert np.mean((np.array(lengths) > 80.0) & (np.array(lengths) < 140.0)) > 0.95


def test_the_right_kidney_is_right_and_mostly_lower(crowd):
    pairs = [[o.centre_mm for o in _kidneys(p)] for p in crowd if len(_kidneys(p)) == 2]
    assert all(right[0] < left[0] for right, left in pairs)
    assert 0.5 < np.mean([right[2] < left[2] for right, left in pairs]) < 0.85


def test_cysts_come_with_age_and_stones_are_few(crowd):
    def cysts(patient):
        return sum(o.tissue is Tissue.FLUID for o in patient.viscera.organs)

    young = np.mean([cysts(p) for p in crowd if p.age_years < 45])
    old = np.mean([cysts(p) for p in crowd if p.age_years > 70])
    assert old > 2.0 * young
    stones = [
        sum(t.tissue is Tissue.CALCIFICATION for t in p.viscera.soft_threads) > 0 for p in crowd
    ]
    assert 0.03 < np.mean(stones) < 0.3


def test_upper_poles_lie_nearer_to_the_spine_and_further_back(crowd):
    """As psoas does: lower poles are pushed outwards and forwards."""
    for patient in crowd:
        for kidney in _kidneys(patient):
            up = kidney.frame[:, 2]
            assert up[2] > 0.8
            assert up[0] * np.sign(kidney.centre_mm[0] - patient.torso.origin_mm[0]) < -0.05
        assert np.mean([kidney.frame[1, 2] for kidney in _kidneys(patient)] or [1.0]) > 0.0
