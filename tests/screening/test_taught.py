"""A head measures as it was taught."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ctbone.densitometry import Correction, DomainConfig, named_path
from ctbone.estimation import Conditions, write_model
from ctbone.runs import file_digest
from ctbone.screening import ScreenConfig, screen
from ctbone.screening.taught import as_taught
from tests.estimation.heads import small_head

SHIPPED = Path("pompe2015_aapm2026")
LOW = DomainConfig(minimum_kvp=80.0)
TAUGHT = Conditions(
    levels=("T12", "L3"),
    domain=LOW,
    correction=named_path(SHIPPED, Correction),
    assume_phase="arterial",
)


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    def write(taught):
        folder = tmp_path_factory.mktemp("heads") / "model"
        write_model(folder, small_head(conditions=taught))
        return folder

    return write


@pytest.fixture(scope="module")
def model(write):
    return write(TAUGHT)


def config_of(model, **given):
    return ScreenConfig(export=Path("export"), out=Path("out"), model=model, **given)


def test_what_is_not_said_is_as_the_head_was_taught(model):
    config, notes = as_taught(config_of(model))
    assert (config.levels, config.domain, config.assume_phase) == (("T12", "L3"), LOW, "arterial")
    assert file_digest(config.correction) == file_digest(TAUGHT.correction)
    assert notes == []
    assert as_taught(config) == (config, [])


def test_without_a_model_the_usual_stands():
    config, notes = as_taught(config_of(None, correction=SHIPPED))
    assert (config.levels, config.domain) == (("L1", "L2"), DomainConfig())
    assert (config.correction, config.assume_phase, notes) == (SHIPPED, None, [])


def test_levels_of_which_nothing_is_known_are_noted(model, write):
    config, notes = as_taught(config_of(model, levels=("T12", "L4"), fallback=("L1",)))
    assert config.levels == ("T12", "L4")
    assert notes == [
        "this model learnt from T12, L3 and is asked for L4, L1, of which nothing is known"
    ]
    assert as_taught(config_of(model, levels=("L3",)))[1] == []
    assert as_taught(config_of(write(Conditions()), levels=("L3",)))[1] == []


def test_a_fallback_is_none_of_the_levels_that_the_head_learnt_from(model):
    with pytest.raises(ValueError, match="fallback must name other levels, each once, got L3"):
        as_taught(config_of(model, fallback=("L3",)))


def test_another_domain_is_taken_and_noted(model):
    config, [note] = as_taught(config_of(model, domain=DomainConfig()))
    assert config.domain == DomainConfig()
    assert "learnt from acquisitions of domain minimum_kvp 80.0, sharp_kernels False" in note
    assert "asked for those of minimum_kvp 90.0, sharp_kernels False" in note
    assert as_taught(config_of(model, domain=LOW))[1] == []


def test_another_phase_is_taken_and_noted(model, write):
    config, [note] = as_taught(config_of(model, assume_phase="excretory"))
    assert config.assume_phase == "excretory"
    assert "learnt with assume_phase arterial, and is asked to measure with excretory" in note
    bare = write(replace(TAUGHT, assume_phase=None))
    assert "assume_phase not given" in as_taught(config_of(bare, assume_phase="arterial"))[1][0]


def test_the_same_correction_may_be_said_again(model, tmp_path):
    copy = tmp_path / "mine.yaml"
    copy.write_bytes(named_path(SHIPPED, Correction).read_bytes())
    for given in (SHIPPED, copy):
        config, notes = as_taught(config_of(model, correction=given))
        assert (config.correction, notes) == (model / "correction.yaml", [])


def test_another_correction_is_refused(model, write, tmp_path):
    other = tmp_path / "mine.yaml"
    other.write_bytes(named_path(SHIPPED, Correction).read_bytes() + b"\n")
    message = r"mine\.yaml does not go with this model, which learnt from attenuation that another"
    with pytest.raises(ValueError, match=message):
        as_taught(config_of(model, correction=other))
    bare = write(replace(TAUGHT, correction=None, assume_phase=None))
    with pytest.raises(ValueError, match="learnt from uncorrected attenuation: leave it out, or"):
        as_taught(config_of(bare, correction=SHIPPED))
    with pytest.raises(ValueError, match="assume_phase is for a correction, and this model"):
        as_taught(config_of(bare, assume_phase="arterial"))


def test_the_command_measures_so_and_refuses_an_edited_folder(model, write, tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n")
    given = {"export": tmp_path / "export", "masks": tmp_path / "masks.csv", "workers": 0}
    asked = ScreenConfig(**given, out=tmp_path / "out", model=model, levels=("L1",))
    with pytest.raises(Exception, match="expected studies in the export"):
        screen(asked)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["config"]["domain"] == {"minimum_kvp": 80.0, "sharp_kernels": False}
    assert record["config"]["assume_phase"] == "arterial"
    assert "correction pompe2015_aapm2026, version 1" in record["weights"]
    assert any("learnt from T12, L3 and is asked for L1" in note for note in record["warnings"])
    edited = write(TAUGHT)
    path = edited / "model.json"
    path.write_text(path.read_text().replace('"minimum_kvp": 80.0', '"minimum_kvp": 0.0'))
    with pytest.raises(ValueError, match=r"model\.json of model was altered after training"):
        screen(replace(asked, out=tmp_path / "other", model=edited))
