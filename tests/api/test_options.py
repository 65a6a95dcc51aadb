"""Options have the names, the types and the mistakes of the command line."""

from dataclasses import fields
from pathlib import Path

import pytest

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
        (EvaluateOptions, EvaluateConfig, {"results", "cohort", "out"}),
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
