"""The baseline measures HU, and mg/cm3 only with a scanner's line."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import Calibration, fit_calibration, measure
from ctbone.errors import NotEvaluable
from ctbone.estimation import HuLine
from ctbone.records import Flag

LINE = Calibration(
    slope_mg_cm3_per_hu=0.8,
    intercept_mg_cm3=2.0,
    phantom="k2hpo4",
    scanner="Scanner A",
    kvp=120.0,
    source="test",
    residual_sd_mg_cm3=5.0,
)


def test_without_a_calibration_there_is_no_density(make_patch):
    [estimate] = HuLine()((make_patch(118.0, level=VertebralLevel.L2),))
    assert estimate.level is VertebralLevel.L2
    assert estimate.trabecular_hu == pytest.approx(118.0)
    assert (estimate.bmd_mg_cm3, estimate.sd_mg_cm3) == (None, None)
    assert Flag.UNCALIBRATED in estimate.flags
    assert HuLine().name == "hu_line (uncalibrated)"


def test_with_a_calibration_density_lies_on_its_line(make_patch):
    [estimate] = HuLine(LINE)((make_patch(100.0),))
    assert estimate.bmd_mg_cm3 == pytest.approx(82.0)
    assert estimate.sd_mg_cm3 == 5.0
    assert Flag.UNCALIBRATED not in estimate.flags
    assert HuLine(LINE).name == "hu_line (Scanner A)"


def test_a_fitted_line_says_how_sure_it_is_at_the_attenuation_that_was_measured(make_patch):
    seen = np.linspace(40.0, 220.0, 12)
    line = fit_calibration(
        seen, 0.8 * seen + 4.0 * (-1.0) ** np.arange(12),
        phantom="k2hpo4", scanner="A", kvp=120.0, source="test",
    )  # fmt: skip
    [estimate] = HuLine(line)((make_patch(300.0),))
    assert estimate.sd_mg_cm3 == pytest.approx(line.sd_at_mg_cm3(300.0))
    assert estimate.sd_mg_cm3 > 1.2 * line.sd_mg_cm3
    assert estimate.sd_degrees_of_freedom == 10


def test_a_line_of_patients_is_less_sure_of_one_vertebra_than_of_the_mean_of_two(make_patch):
    measured = HuLine(replace(LINE, bodies=2))
    one, two = make_patch(100.0), make_patch(100.0, level=VertebralLevel.L2)
    assert [estimate.sd_mg_cm3 for estimate in measured((one, two))] == [5.0, 5.0]
    assert measured((one,))[0].sd_mg_cm3 == pytest.approx(5.0 * 2.0**0.5)


def test_the_spread_and_the_volume_of_the_region_come_with_its_mean(make_patch):
    patch = make_patch(100.0)
    [estimate], found = HuLine(LINE)((patch,)), measure(patch)
    assert (estimate.trabecular_median_hu, estimate.trabecular_sd_hu) == (
        found.median_hu,
        found.sd_hu,
    )
    assert (estimate.trabecular_p10_hu, estimate.trabecular_p90_hu) == (found.p10_hu, found.p90_hu)
    assert estimate.trabecular_volume_mm3 == found.volume_mm3 > 0.0


def test_metal_is_not_evaluable(make_patch):
    level = VertebralLevel.L2
    with pytest.raises(NotEvaluable, match=r"L2: .* metal") as fault:
        HuLine(LINE)((make_patch(100.0), make_patch(2200.0, level=level)))
    assert fault.value.level is level


def test_vertebrae_are_measured_one_by_one_in_their_order(make_patch):
    levels = (VertebralLevel.L2, VertebralLevel.L1)
    patches = tuple(make_patch(90.0 + n, level=level) for n, level in enumerate(levels))
    found = HuLine()(patches)
    assert [e.level for e in found] == list(levels)
    assert [e.trabecular_hu for e in found] == pytest.approx([90.0, 91.0])
    assert HuLine()(()) == ()
