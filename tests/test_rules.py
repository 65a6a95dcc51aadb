"""Rules are data, and each cut-off belongs to the class its source gives it to."""

import pytest
import yaml

from ctbone.records import BoneCategory
from ctbone.resources import config_path
from ctbone.rules import load_rule, shipped_rule

NORMAL, OSTEOPENIA, OSTEOPOROSIS = (
    BoneCategory.NORMAL,
    BoneCategory.OSTEOPENIA,
    BoneCategory.OSTEOPOROSIS,
)


@pytest.mark.parametrize(
    ("name", "value", "category"),
    [
        ("acr_qct", 79.9, OSTEOPOROSIS),
        ("acr_qct", 80.0, OSTEOPENIA),
        ("acr_qct", 120.0, OSTEOPENIA),
        ("acr_qct", 120.1, NORMAL),
        ("dxa_t_score", -2.5, OSTEOPOROSIS),
        ("dxa_t_score", -2.4, OSTEOPENIA),
        ("dxa_t_score", -1.1, OSTEOPENIA),
        ("dxa_t_score", -1.0, NORMAL),
        ("hu_l1", 110.0, OSTEOPOROSIS),
        ("hu_l1", 160.0, OSTEOPENIA),
        ("hu_l1", 160.1, NORMAL),
        ("east_asian_qct", 50.0, OSTEOPOROSIS),
        ("east_asian_qct", 50.1, OSTEOPENIA),
    ],
)
def test_cut_offs_belong_where_their_source_puts_them(name, value, category):
    assert shipped_rule(name).category(value) is category


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_finite_value_has_no_category(value):
    message = f"^trabecular_hu of rule 'hu_l1' must be finite, got {value}$"
    with pytest.raises(ValueError, match=message):
        shipped_rule("hu_l1").category(float(value))


@pytest.mark.parametrize("name", ["acr_qct", "dxa_t_score", "hu_l1", "east_asian_qct"])
def test_shipped_rules_name_source_population_and_what_was_checked(name):
    rule = shipped_rule(name)
    assert rule.name == name
    assert min(map(len, (rule.source, rule.population, rule.verified))) > 10


def test_every_shipped_rule_is_tested_here():
    shipped = {path.stem for path in config_path("decision/acr_qct.yaml").parent.glob("*.yaml")}
    assert shipped == {"acr_qct", "dxa_t_score", "hu_l1", "east_asian_qct"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": "z_score"}, "quantity must be one of"),
        ({"unit": "HU"}, "unit of bmd_mg_cm3 must be mg/cm3, got 'HU'"),
        ({"osteoporosis_below": 130.0}, "must be less than normal_above"),
        ({"osteoporosis_below": 120.0}, "must be less than normal_above"),
        ({"colour": "red"}, "unknown keys"),
        ({"source": None}, "lacks"),
    ],
)
def test_senseless_rules_are_refused(tmp_path, change, message):
    keys = yaml.safe_load(config_path("decision/acr_qct.yaml").read_text())
    keys = {key: value for key, value in {**keys, **change}.items() if value is not None}
    path = tmp_path / "rule.yaml"
    path.write_text(yaml.safe_dump(keys))
    with pytest.raises(ValueError, match=message):
        load_rule(path)


def test_an_unknown_rule_is_refused_with_those_that_ship():
    with pytest.raises(ValueError, match="hu_l1"):
        shipped_rule("who")
