import numpy as np

from ctbone.phantom.tissue import Tissue


def _organs(patients, tissue):
    return [o for p in patients for o in p.viscera.organs if o.tissue is tissue]


def test_the_spleen_lies_along_the_tenth_rib(crowd):
    """Its upper end is behind and nearer to the spine; its flat outside faces wall and back."""
    spleens = [o for o in _organs(crowd, Tissue.SPLEEN) if max(o.semi_axes_mm) > 30.0]
    assert len(spleens) > 0.85 * len(crowd)
    for spleen in spleens:
        left, back, up = spleen.frame[:, 2]
        assert left < 0.0 < back < up
        thin = spleen.frame[:, int(np.argmin(spleen.semi_axes_mm))]
        assert thin[0] > 0.8
        assert thin[1] > 0.2


def test_the_neck_of_the_gallbladder_lies_behind_its_fundus(crowd):
    bladders = [
        o
        for o in _organs(crowd, Tissue.PELVIC_ORGAN)
        if any(layer.tissue is Tissue.BILE for layer in o.layers)
    ]
    assert 0.7 < len(bladders) / len(crowd) < 0.95
    for bladder in bladders:
        left, back, up = bladder.frame[:, 2]
        assert left > 0.0
        assert 0.3 < back < up


def test_the_apex_of_the_heart_points_forwards_down_and_left(crowd):
    for patient in crowd:
        muscle = patient.viscera.heart[0]
        assert muscle.tissue is Tissue.MYOCARDIUM
        left, back, up = -muscle.frame[:, 2]
        assert left > 0.3
        assert back < -0.2
        assert up < -0.4
