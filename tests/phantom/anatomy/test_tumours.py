from dataclasses import replace

import numpy as np
import pytest

from ctbone.phantom import sample_patient
from ctbone.phantom.anatomy.tumours import _side, with_growths
from ctbone.phantom.tissue import Tissue
from tests.phantom.conftest import HEALTHY

KINDS = ("haemangioma", "lytic_metastasis", "sclerotic_metastasis")


@pytest.fixture(scope="module")
def column():
    return sample_patient(HEALTHY, seed=3).column


def _grown(column, kind, count=5):
    return with_growths(column, kind=kind, count=count, rng=np.random.default_rng(2))


@pytest.mark.parametrize("kind", KINDS)
def test_growths_lie_where_the_findings_say(column, kind):
    grown, findings = _grown(column, kind)
    assert len(findings) == 5
    for finding in findings:
        body = next(v for v in grown.vertebrae if v.level is finding.level)
        (lesion,) = body.lesions
        assert finding.kind == kind
        assert finding.size_mm == pytest.approx(2.0 * max(lesion.semi_axes_mm), abs=0.06)
        assert 8 <= finding.level.order < 26
    clean = [v for v in grown.vertebrae if v.level not in {f.level for f in findings}]
    assert not any(v.lesions for v in clean)


@pytest.mark.parametrize("kind", KINDS)
def test_middles_lie_in_their_bodies(column, kind):
    grown, _ = _grown(column, kind, count=40)
    for body in grown.vertebrae:
        for lesion in body.lesions:
            size = np.array([body.width_mm, body.depth_mm, body.height_mm])
            assert (np.abs(lesion.centre_mm) <= 0.45 * size).all()


def test_kinds_are_made_of_what_they_are(column):
    blood, lytic, dense = (
        [lesion for v in _grown(column, kind)[0].vertebrae for lesion in v.lesions]
        for kind in KINDS
    )
    assert all(lesion.filling is Tissue.FAT and lesion.struts_mm > 0.0 for lesion in blood)
    assert all(lesion.filling is Tissue.TUMOUR and lesion.opens for lesion in lytic)
    assert all(float(lesion.filling) > 300.0 for lesion in dense)


@pytest.mark.parametrize(
    ("place", "side"),
    [
        ((12.0, 3.0, 0.0), "left"),
        ((-12.0, 3.0, 0.0), "right"),
        ((2.0, 10.0, 0.0), "back"),
        ((2.0, -10.0, 0.0), "front"),
        ((1.0, -1.0, 9.0), "middle"),
    ],
)
def test_sides_are_those_of_the_patient(column, place, side):
    """Left and posterior are positive in a body's own frame."""
    grown, _ = _grown(column, "haemangioma", count=1)
    body = next(v for v in grown.vertebrae if v.lesions)
    assert _side(body, replace(body.lesions[0], centre_mm=place)) == side
