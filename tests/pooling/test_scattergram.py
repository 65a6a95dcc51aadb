from __future__ import annotations

import math

import pytest

from ctbone.pooling.scattergram import quadrant, study_ratios

from .conftest import to_tables


@pytest.mark.parametrize(
    ("positive", "negative", "name"),
    [
        (10.1, 0.09, "confirmation and exclusion"),
        (10.1, 0.1, "confirmation only"),
        (10.0, 0.09, "exclusion only"),
        (10.0, 0.1, "neither confirmation nor exclusion"),
    ],
)
def test_the_thresholds_themselves_prove_nothing(positive, negative, name):
    assert quadrant(positive, negative) == name


@pytest.mark.parametrize(
    ("counts", "ratios"),
    [
        ((8, 2, 2, 8), (4.0, 0.25)),
        ((8, 0, 2, 8), (math.inf, 0.2)),
        ((8, 2, 0, 8), (5.0, 0.0)),
        ((8, 8, 2, 0), (0.8, math.inf)),
        ((0, 2, 8, 8), (0.0, 1.25)),
        ((0, 0, 8, 8), None),
        ((8, 8, 0, 0), None),
        ((0, 2, 0, 8), None),
        ((8, 0, 2, 0), None),
    ],
)
def test_ratios_of_a_table_take_no_correction(counts, ratios):
    found = study_ratios(to_tables([counts])[0])
    assert found == (None if ratios is None else pytest.approx(ratios))
