"""Each threshold holds at its value and not below it."""

from dataclasses import replace

import pytest

from ctbone.errors import Reason
from ctbone.localisation.trust import TRUST
from ctbone.localisation.trust.attenuation import attenuation_doubts, attenuation_flags
from ctbone.localisation.trust.evidence import Evidence
from ctbone.records import Flag

HEALTHY = Evidence(
    size_mm=(44.0, 33.0, 26.0),
    volume_mm3=25000.0,
    median_hu=140.0,
    wall_hu=150.0,
    plate_hu=5.0,
)

CASES = [
    (Reason.TRUNCATED, {"padding": 0.06}, {"padding": 0.05}),
    (Reason.METAL, {"metal_inside_mm3": 20.0}, {"metal_inside_mm3": 19.0}),
    (Reason.METAL, {"metal_beside_mm3": 150.0}, {"metal_beside_mm3": 149.0}),
    (Reason.IMPLAUSIBLE_ATTENUATION, {"gas_mm3": 50.0}, {"gas_mm3": 49.0}),
    (Reason.IMPLAUSIBLE_ATTENUATION, {"median_hu": -51.0}, {"median_hu": -50.0}),
    (Reason.IMPLAUSIBLE_ATTENUATION, {"median_hu": 501.0}, {"median_hu": 500.0}),
    (Reason.IMPLAUSIBLE_ATTENUATION, {"wall_hu": 9.0}, {"wall_hu": 10.0}),
    (Reason.SEVERE_DEGENERATION, {"plate_hu": 30.0}, {"plate_hu": 29.0}),
    (Reason.FOCAL_LESION, {"hole_mm3": 200.0}, {"hole_mm3": 199.0}),
    (Reason.FOCAL_LESION, {"dense_mm3": 80.0}, {"dense_mm3": 79.0}),
    (Reason.NOT_EVALUABLE, {"refusal": "too small"}, {}),
]


@pytest.mark.parametrize(("reason", "beyond", "at"), CASES)
def test_a_threshold_holds_where_it_stands(reason, beyond, at):
    (doubt,) = attenuation_doubts(replace(HEALTHY, **beyond), config=TRUST)
    assert doubt.reason is reason
    assert "expected" in doubt.detail or doubt.detail == "too small"
    assert not list(attenuation_doubts(replace(HEALTHY, **at), config=TRUST))


def test_metal_comes_before_the_streaks_that_it_throws():
    found = replace(HEALTHY, metal_inside_mm3=900.0, hole_mm3=900.0, plate_hu=300.0)
    reasons = [doubt.reason for doubt in attenuation_doubts(found, config=TRUST)]
    assert reasons == [Reason.METAL, Reason.SEVERE_DEGENERATION, Reason.FOCAL_LESION]


def test_mild_doubts_are_flags():
    assert attenuation_flags(HEALTHY, config=TRUST) == ()
    near = replace(HEALTHY, metal_beside_mm3=10.0, plate_hu=20.0)
    assert attenuation_flags(near, config=TRUST) == (Flag.METAL_NEARBY, Flag.UNEVEN_END_PLATES)
    assert not list(attenuation_doubts(near, config=TRUST))


def test_nothing_known_is_no_doubt():
    assert not list(attenuation_doubts(Evidence(), config=TRUST))
    assert attenuation_flags(Evidence(), config=TRUST) == ()
