from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.asymmetry import deeks, funnel
from ctbone.pooling.model.likelihood import Counts

from .conftest import load_pins, to_counts

#: Sets with at least three tables of differing size.
NAMES = [name for name, entry in load_pins().items() if (entry["r"].get("deeks") or {})]

#: What R's ``lm`` calls what.
FIELDS = {
    "slope": "slope",
    "se": "se",
    "t": "t",
    "p": "p",
    "slope_lo": "slope_lower",
    "slope_hi": "slope_upper",
    "intercept": "intercept",
    "se_intercept": "se_intercept",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("variant", "corrects_size"),
    [("single_cc_ess_raw", False), ("midas_single_cc_ess_corrected", True)],
)
def test_the_line_is_that_of_r(pins, name, variant, corrects_size):
    counts = to_counts(pins[name]["tables"])
    found = deeks(counts, corrects_size=corrects_size)
    expected = pins[name]["r"]["deeks"][variant]
    if found is None:
        # Two tables, or equal odds ratios: R's line has no error, or is one of rounding.
        assert name in {"edge_k2", "edge_tau0_k8"}
        return
    if found.k < len(pins[name]["tables"]):
        # R takes half a patient for a side that nobody is on.
        return
    assert found.df == expected["df"]
    for key, field in FIELDS.items():
        assert getattr(found, field) == pytest.approx(expected[key], rel=1e-6, abs=1e-9), key


def test_midas_own_example(pins):
    # Printed by MIDAS v2.00 for its 39 tables.
    expected = pins["pet_axillary39"]["published_stata"]["midas_v2_pdf"]["deeks"]
    found = deeks(to_counts(pins["pet_axillary39"]["tables"]), corrects_size=True)
    assert found.slope == pytest.approx(expected["slope"], abs=1e-6)
    assert [found.slope_lower, found.slope_upper] == pytest.approx(expected["ci"], abs=5e-6)
    line = [found.intercept_lower, found.intercept_upper]
    assert line == pytest.approx(expected["ci_intercept"], abs=1e-6)


def test_nothing_to_say_of_equal_studies(tables):
    assert deeks(Counts.from_tables([tables["auditc"][0]] * 6)) is None
    assert deeks(Counts.from_tables(tables["auditc"][:2])) is None


def test_only_empty_cells_are_corrected():
    counts = to_counts([(9, 0, 1, 8), (20, 4, 9, 30), (14, 1, 2, 15)])
    log_odds, size, corrected = funnel(counts)
    assert corrected.tolist() == [True, False, False]
    assert log_odds[0] == pytest.approx(np.log(9.5 * 8.5 / (0.5 * 1.5)))
    assert log_odds[1] == pytest.approx(np.log(20 * 30 / (4 * 9)))
    assert size[0] == pytest.approx(4 * 10 * 8 / 18)
    _, larger, _ = funnel(counts, corrects_size=True)
    assert larger[0] == pytest.approx(4 * 11 * 9 / 20)
    assert larger[1] == size[1]


def test_tables_without_one_side_have_no_odds_ratio():
    counts = to_counts([(9, 2, 1, 8), (20, 4, 9, 30), (14, 1, 2, 15), (0, 3, 0, 9), (7, 5, 2, 40)])
    assert (deeks(counts).k, deeks(counts).df) == (4, 2)
    assert deeks(counts, confidence=0.5).slope_upper < deeks(counts).slope_upper
