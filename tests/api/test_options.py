"""Options have the names, the types and the mistakes of the command line."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.api.options import (
    EstimateOptions,
    EvaluateOptions,
    LocaliseOptions,
    PoolOptions,
    ScreenOptions,
    ask,
)
from ctbone.evaluation import EvaluateConfig
from ctbone.ingest import SeriesRule
from ctbone.localisation import LocaliseConfig
from ctbone.localisation.trust import TrustConfig
from ctbone.pooling import PoolConfig
from ctbone.screening import ScreenConfig

#: What ``localise`` is not asked: it takes one CT, and writes nothing.
OF_FOLDERS = {"masks", "review", "dicom_seg", "series", "site_key"}


@pytest.mark.parametrize(
    ("options", "config", "fixed"),
    [
        (ScreenOptions, ScreenConfig, {"export", "out"}),
        (EvaluateOptions, EvaluateConfig, {"results", "cohort", "out", "against"}),
        (PoolOptions, PoolConfig, {"tables", "out"}),
        (LocaliseOptions, LocaliseConfig, {"export", "out"} | OF_FOLDERS),
    ],
)
def test_every_option_of_a_command_is_one_of_its_function(options, config, fixed):
    assert {item.name for item in fields(config)} == options.__annotations__.keys() | fixed


def test_an_estimate_takes_options_of_screen():
    assert EstimateOptions.__annotations__.keys() < ScreenOptions.__annotations__.keys()


def asked(**options):
    return ask(ScreenConfig, options, known=ScreenOptions, export="in", out=Path("out"))


def test_values_come_as_python_has_them():
    rule, trust = SeriesRule(), TrustConfig()
    found = asked(
        levels=["L1", "L3"],
        series=rule,
        trust=trust,
        model=None,
        pictures=False,
        domain={"minimum_kvp": 80},
        time_limit_s=5,
    )
    assert (found.export, found.out) == (Path("in"), Path("out"))
    assert (found.levels, found.series, found.trust) == (("L1", "L3"), rule, trust)
    assert (found.model, found.pictures, found.domain.minimum_kvp) == (None, False, 80.0)
    assert asked(calibration=Path("a,b.yaml")).calibration == Path("a,b.yaml")


def test_an_option_that_is_none_is_named_with_its_neighbour():
    with pytest.raises(
        TypeError, match="'modle' is no option of this function; did you mean mode"
    ):
        asked(modle="m")
    with pytest.raises(TypeError, match="'xyz' is no option of this function; expected one of"):
        asked(xyz=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": "two"}, "workers: expected a whole number, found two"),
        ({"levels": ["L9"]}, "levels: expected a list, each one of T12, L1, L2, L3, L4"),
        ({"workers": -1}, "workers must be 0 or more, got -1"),
        ({"model": "m", "calibration": "c"}, "give one of model, calibration, calibrator and"),
        ({"series": {"minimum_slice": 3}}, "'series.minimum_slice' is no option"),
    ],
)
def test_a_wrong_value_is_one_sentence_without_dashes(options, message):
    with pytest.raises(ValueError, match=r"\A[^\n]*\Z") as fault:
        asked(**options)
    assert message in str(fault.value)
    assert "--" not in str(fault.value)


def evaluated(**options):
    fixed = {"results": "r.csv", "cohort": "c.csv", "out": "out"}
    return ask(EvaluateConfig, options, known=EvaluateOptions, **fixed)


@pytest.mark.parametrize("name", ["study", "splits", "bootstrap", "model", "low_bone_mass"])
def test_none_is_an_option_that_was_left_out(name):
    assert evaluated(**{name: None}) == evaluated()


@pytest.mark.parametrize("name", ["levels", "trust", "series", "domain", "masks", "scheduler"])
def test_none_is_a_group_or_a_list_that_was_left_out(name):
    assert asked(**{name: None}) == asked()


@pytest.mark.parametrize("value", [None, "", 3, True, ["a"], {"a": 1}, b"a", pd.DataFrame()])
@pytest.mark.parametrize("name", ["export", "out"])
def test_what_is_no_path_makes_no_folder_of_its_name(name, value):
    fixed = {"export": "in", "out": "out", name: value}
    with pytest.raises(
        ValueError, match=rf"\A({name}: expected a path|expected {name}), found"
    ) as fault:
        ask(ScreenConfig, {}, known=ScreenOptions, **fixed)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"study": 5}, "study: expected text, found 5"),
        ({"study": ["a"]}, "study: expected text, found ['a']"),
        ({"model": {"a": 1}}, "model: expected a path, found {'a': 1}"),
        ({"model": np.zeros((9, 9))}, "model: expected a path, found ndarray"),
        ({"review": pd.DataFrame({"a": [1]})}, "review: expected a path, found DataFrame"),
        ({"bootstrap": np.zeros((9, 9))}, "bootstrap: expected a whole number, found ndarray"),
    ],
)
def test_what_is_no_text_is_not_written_as_such(options, message):
    with pytest.raises(ValueError) as fault:  # noqa: PT011 - compared as a whole
        evaluated(**options)
    assert str(fault.value).replace('"', "") == message


def test_numbers_of_numpy_are_numbers():
    found = evaluated(
        bootstrap=np.int64(10), confidence=np.float32(0.5), low_bone_mass=np.bool_(1)
    )
    assert (found.bootstrap, found.confidence, found.low_bone_mass) == (10, 0.5, True)
    assert asked(trust={"fracture_loss": np.float32(0.25)}).trust.fracture_loss == 0.25


SPLITS = ["train", "external_test"]


@pytest.mark.parametrize(
    "several",
    [
        tuple(SPLITS),
        np.array(SPLITS),
        pd.Series(SPLITS),
        pd.Series(SPLITS).unique(),
        pd.Index(SPLITS),
        dict.fromkeys(SPLITS).keys(),
        (name for name in SPLITS),
    ],
)
def test_several_values_are_anything_that_gives_them(several):
    assert evaluated(splits=several).splits == tuple(SPLITS)


def test_a_level_is_one_by_its_name():
    assert asked(levels=[VertebralLevel.L1, "L3"]).levels == ("L1", "L3")
