import numpy as np

from ctbone.phantom.tissue import Tissue


def test_chambers_lie_in_the_muscle(crowd):
    for patient in crowd[:60]:
        muscle, *chambers = (o for o in patient.viscera.heart if o.tissue is not Tissue.BOWEL)
        assert muscle.tissue is Tissue.MYOCARDIUM
        assert [c.tissue for c in chambers].count(Tissue.ARTERY) == 2
        for chamber in chambers:
            gap = np.linalg.norm(chamber.centre_mm - muscle.centre_mm)
            assert gap < max(muscle.semi_axes_mm)


def test_the_left_ventricle_is_left_of_the_right_atrium(crowd):
    for patient in crowd:
        _, ventricle, _, _, atrium, *_ = patient.viscera.heart
        assert ventricle.centre_mm[0] > atrium.centre_mm[0]


def test_hernias_come_with_age(crowd):
    def share(low, high):
        ages = [p for p in crowd if low <= p.age_years < high]
        return np.mean([any(o.tissue is Tissue.BOWEL for o in p.viscera.heart) for p in ages])

    assert share(20, 45) < share(70, 95)
    assert share(70, 95) < 0.4
