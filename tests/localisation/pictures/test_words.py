"""What a picture says of a vertebra."""

from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation.pictures.words import (
    confidence_of,
    doubt_of,
    heights_of,
    name_of,
    numbers_of,
)
from ctbone.records import BmdEstimate, Morphometry
from tests.localisation.pictures.columns import make_column

(VERTEBRA,) = make_column(("L1",))
L1, L2 = VertebralLevel.L1, VertebralLevel.L2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "L1"),
        ({"is_whole": False}, "(L1)"),
        ({"runner_up": L2, "confidence": 0.98}, "L1"),
        ({"runner_up": L2, "confidence": 0.6}, "L1 or L2"),
        ({"runner_up": L2, "reason": Reason.LEVEL_UNCERTAIN}, "L1 or L2"),
        ({"reason": Reason.LEVEL_UNCERTAIN}, "L1?"),
        ({"runner_up": L2, "confidence": 0.6, "is_whole": False}, "(L1 or L2)"),
        ({"runner_up": L2, "reason": Reason.FRACTURE}, "L1"),
    ],
)
def test_a_name_gives_both_readings_where_it_is_unsure(changes, name):
    assert name_of(replace(VERTEBRA, **changes)) == name


def test_a_doubt_is_the_reason_and_its_sentence():
    found = replace(VERTEBRA, reason=Reason.FOCAL_LESION, detail="expected bone, found none")
    assert doubt_of(found) == "focal lesion: expected bone, found none"
    assert doubt_of(replace(found, detail="")) == "focal lesion"
    assert doubt_of(VERTEBRA) == ""
    assert doubt_of(replace(VERTEBRA, is_whole=False)) == "cut by the edge of the field"


def test_numbers_are_those_of_the_level():
    estimates = [
        BmdEstimate(level=L2, trabecular_hu=99.0),
        BmdEstimate(level=L1, trabecular_hu=139.4, bmd_mg_cm3=111.2, sd_mg_cm3=5.6),
    ]
    assert numbers_of(VERTEBRA, estimates) == "139 HU · 111 ± 6 mg/cm3"
    assert numbers_of(VERTEBRA, estimates[:1]) == "not measured"


def test_heights_and_confidence_are_given_where_they_are_known():
    heights = Morphometry(
        height_anterior_mm=24.06, height_middle_mm=23.0, height_posterior_mm=25.9
    )
    found = replace(VERTEBRA, morphometry=heights, confidence=0.934)
    assert heights_of(found) == "height 24.1 / 23.0 / 25.9 mm (ant., mid, post.)"
    assert confidence_of(found) == "level 93 % sure"
    assert (heights_of(VERTEBRA), confidence_of(VERTEBRA)) == ("", "")
