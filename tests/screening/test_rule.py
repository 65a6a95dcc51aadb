from types import SimpleNamespace

import pytest
from torch import nn

from ctbone.densitometry import Calibration
from ctbone.estimation import HuLine, NetworkEstimator
from ctbone.patches import InputConfig, PatchGrid
from ctbone.resources import config_path
from ctbone.screening.rule import quantity_given, rule_for

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


def test_a_line_of_every_scan_lets_a_rule_of_densities_decide():
    path = config_path("decision/acr_qct.yaml")
    assert rule_for(HuLine(), path, is_calibrated=True).name == "acr_qct"
    assert rule_for(HuLine(), None, is_calibrated=True).name == "acr_qct"
    assert quantity_given(HuLine()) == "trabecular_hu"


def head(task):
    # Nothing of it but its task and its fit to the input is asked.
    config = SimpleNamespace(task=task, in_channels=1, dimensions=3, pooling="none", core_voxels=0)
    return NetworkEstimator("net", PatchGrid(), InputConfig(), config, nn.Identity())


@pytest.mark.parametrize(
    ("task", "rule"),
    [
        ("bmd", "acr_qct"),
        ("multitask", "acr_qct"),
        ("t_score", "dxa_t_score"),
        ("category", "acr_qct"),
        ("ordinal", "acr_qct"),
        ("binary", "acr_qct"),
    ],
)
def test_the_rule_follows_the_task_of_a_head(task, rule):
    assert rule_for(head(task), None).name == rule


def test_a_head_of_t_scores_takes_no_rule_of_densities_and_a_classifier_any():
    qct, dxa = config_path("decision/acr_qct.yaml"), config_path("decision/dxa_t_score.yaml")
    with pytest.raises(ValueError, match="decides on bmd_mg_cm3, and net gives t_score"):
        rule_for(head("t_score"), qct)
    with pytest.raises(ValueError, match="decides on t_score, and net gives bmd_mg_cm3"):
        rule_for(head("multitask"), dxa)
    assert rule_for(head("t_score"), dxa).name == "dxa_t_score"
    assert rule_for(head("binary"), dxa).name == "dxa_t_score"


@pytest.mark.parametrize(
    ("estimate", "is_calibrated", "quantity"),
    [
        (HuLine(), False, "trabecular_hu"),
        (HuLine(), True, "bmd_mg_cm3"),
        (head("multitask"), False, "bmd_mg_cm3"),
        (head("t_score"), False, "t_score"),
    ],
)
def test_an_estimator_gives_one_quantity_to_decide_on(estimate, is_calibrated, quantity):
    assert quantity_given(estimate, is_calibrated=is_calibrated) == quantity
