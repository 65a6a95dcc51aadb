import pytest

from ctbone.densitometry import Calibration
from ctbone.estimation import HuLine
from ctbone.resources import config_path
from ctbone.screening.rule import rule_for

LINE = Calibration(
    slope_mg_cm3_per_hu=0.8,
    intercept_mg_cm3=0.0,
    phantom="k2hpo4",
    scanner="A",
    kvp=120.0,
    source="pairs",
)


def test_without_a_file_the_rule_follows_what_is_measured():
    assert rule_for(HuLine(), None).name == "hu_l1"
    assert rule_for(HuLine(LINE), None).name == "acr_qct"


def test_a_rule_for_another_quantity_is_refused():
    path = config_path("decision/acr_qct.yaml")
    assert rule_for(HuLine(LINE), path).name == "acr_qct"
    with pytest.raises(ValueError, match=r"decides on bmd_mg_cm3, and hu_line .* trabecular_hu"):
        rule_for(HuLine(), path)
