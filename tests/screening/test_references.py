"""The populations of a run: which are opened, what is noted, and which are refused."""

import dataclasses
import json
from pathlib import Path

import pytest
import yaml

from ctbone.densitometry import ReferencePopulation
from ctbone.runs import RunLog
from ctbone.screening.references import open_references

KEYS = {
    "name": "women",
    "version": 3,
    "quantity": "bmd_mg_cm3",
    "levels": ["L1", "L2"],
    "sex": "F",
    "phantom": "k2hpo4",
    "young_mean": 170,
    "young_sd": 25,
    "mean_by_age": {20: 170, 80: 80},
    "sd_by_age": {20: 25, 80: 30},
    "population": "nobody",
    "source": "made up for a test",
    "verified": "nothing",
}


@pytest.fixture
def write(tmp_path):
    def written(**changes):
        keys = KEYS | changes
        path = tmp_path / f"{keys['name']}.yaml"
        path.write_text(yaml.safe_dump(keys))
        return path

    return written


def opened(*paths, given="bmd_mg_cm3", log=None):
    return open_references(paths, given=given, log=log or RunLog("screen", None))


def test_no_population_is_opened_unless_it_is_asked_for():
    log = RunLog("screen", None)
    assert opened(given="trabecular_hu", log=log) == ()
    assert (log.weights, log.warnings) == ({}, [])


def test_a_population_is_noted_with_version_source_and_digest(write, tmp_path):
    log = RunLog("screen", None)
    (women,) = opened(write(), log=log)
    assert isinstance(women, ReferencePopulation)
    assert women.mean_by_age == {20.0: 170.0, 80.0: 80.0}
    record = json.loads(log.write(tmp_path / "out").read_text())
    ((name, digest),) = record["weights"].items()
    assert (name, len(digest)) == ("reference women, version 3", 64)
    (warning,) = record["warnings"]
    assert "compare with women, version 3 (made up for a test)" in warning
    assert "are no T-scores of DXA, and decide nothing" in warning


def test_there_may_be_one_for_each_sex(write):
    both = opened(write(), write(name="men", sex="M"))
    assert [one.sex for one in both] == ["F", "M"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phantom": "hydroxyapatite"}, r"of k2hpo4, .* found women in hydroxyapatite: no QCT"),
        ({"phantom": "water"}, r"women.yaml: phantom must be one of .*'k2hpo4', 'hydroxyapatite'"),
        ({"levels": ["L9"]}, r"women.yaml: a member of levels must be one of"),
        ({"quantity": "t_score"}, r"women.yaml: quantity must be one of"),
        ({"young": 1}, r"women.yaml holds unknown keys \['young'\]"),
    ],
)
def test_a_population_that_cannot_be_used_is_refused_by_its_file(write, change, message):
    with pytest.raises(ValueError, match=message):
        opened(write(**change))


def test_attenuation_of_people_is_no_reference_of_densities():
    with pytest.raises(ValueError, match=r"of bmd_mg_cm3, found jang2019_l1_hu of trabecular_hu"):
        opened(Path("jang2019_l1_hu"))


def test_a_run_that_gives_no_density_is_refused_before_the_first_study(write):
    with pytest.raises(ValueError, match=r"women is compared with densities, .* gives t_score"):
        opened(write(), given="t_score")


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"name": "more"}, "one for any sex, or one a sex, got F and F"),
        ({"name": "all", "sex": "any"}, "one for any sex, or one a sex, got F and any"),
    ],
)
def test_two_populations_for_one_patient_are_refused(write, second, message):
    with pytest.raises(ValueError, match=message):
        opened(write(), write(**second))


def test_two_populations_of_one_name_are_refused(write):
    path = write()
    with pytest.raises(ValueError, match="a name of their own, got women and women"):
        opened(path, path)


def test_the_keys_of_a_file_are_those_of_the_record():
    assert set(KEYS) == {item.name for item in dataclasses.fields(ReferencePopulation)}
