from __future__ import annotations

import hashlib
import json

import pytest

from ctbone.interchange.model_record import (
    SCHEMA,
    joint_digest,
    listed_weights,
    read_model_record,
    sealed,
)

RECORD = {
    "schema": SCHEMA,
    "network": {"backbone": "resnet10"},
    "input": {"plane": "sagittal"},
    "grid": {},
    "weights": [{"file": "weights-0.safetensors", "sha256": "0"}],
    "weights_sha256": "0",
    "sha256": "0",
}


def test_a_complete_record_is_read(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps(sealed(RECORD)))
    assert read_model_record(tmp_path) == sealed(RECORD)


def test_what_may_stand_beside_is_kept(tmp_path):
    further = {"calibration": {"sd_factor": 2.0}, "validation": {}, "training": {"seed": 1}}
    (tmp_path / "model.json").write_text(json.dumps(sealed(RECORD | further)))
    assert read_model_record(tmp_path) == sealed(RECORD | further)


def test_order_and_spaces_of_the_file_do_not_matter(tmp_path):
    turned = dict(reversed(sealed(RECORD | {"validation": {"a": 1.50, "b": 2e-7}}).items()))
    (tmp_path / "model.json").write_text(json.dumps(turned, indent=7))
    assert read_model_record(tmp_path) == turned


@pytest.mark.parametrize(
    "altered",
    [
        {"grid": {"shape": [64, 64, 48]}},
        {"calibration": {"sd_factor": 0.5}},
        {"network": {"backbone": "resnet10", "dropout": 0.1}},
        {"sha256": "0" * 64},
    ],
)
def test_an_altered_record_is_refused_in_one_sentence(tmp_path, altered):
    written = sealed(RECORD | {"calibration": {"sd_factor": 2.0}})
    (tmp_path / "model.json").write_text(json.dumps(written | altered))
    message = rf"model.json of {tmp_path.name} was altered after .* train anew with what shall be"
    with pytest.raises(ValueError, match=message):
        read_model_record(tmp_path)


def test_a_number_that_is_none_has_no_digest(tmp_path):
    written = json.dumps(RECORD | {"validation": {"mae": float("nan")}})
    (tmp_path / "model.json").write_text(written)
    with pytest.raises(ValueError, match="not JSON compliant"):
        read_model_record(tmp_path)


def test_several_weights_have_one_digest():
    files = [{"file": "a", "sha256": "1"}, {"file": "b", "sha256": "2"}]
    assert listed_weights({"weights": files}) == {"a": "1", "b": "2"}
    assert joint_digest(["1"]) == "1"
    assert joint_digest(["1", "2"]) == hashlib.sha256(b"1\n2").hexdigest()
    assert joint_digest(["2", "1"]) != joint_digest(["1", "2"])


def weights(*files):
    return json.dumps(RECORD | {"weights": list(files)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON in UTF-8: Expecting"),
        ("[]", "must be of schema 3, got list"),
        (json.dumps(RECORD | {"schema": 2}), "must be of schema 3, got 2"),
        (json.dumps(RECORD | {"network": "resnet10"}), r"must be complete, lacks \['network'\]"),
        (json.dumps({"schema": 3, "input": {}}), r"lacks \['network', 'grid', 'weights', "),
        (json.dumps(RECORD | {"exec": "rm"}), r"holds unknown keys \['exec'\]"),
        (json.dumps(RECORD | {"training": []}), r"a mapping under each of \['training'\]"),
        (weights(), "must list weights once each, got 0"),
        (weights("w"), "must list weights as file and sha256, got w"),
        (weights({"file": "w"}), "must list weights as file and sha256"),
        (weights({"file": "w", "sha256": 0}), "must list weights as file and sha256"),
        (weights({"file": "../w", "sha256": "0"}), r"in its folder, got '\.\./w'"),
        (weights(*[{"file": "w", "sha256": "0"}] * 2), "must list weights once each, got 2"),
        (weights({"file": "w", "sha256": "1"}), "weights_sha256 is not that of the weights"),
    ],
)
def test_a_record_of_another_kind_is_refused(tmp_path, text, message):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_model_record(tmp_path)


def test_a_folder_without_a_record_is_named(tmp_path):
    with pytest.raises(ValueError, match=rf"{tmp_path.name} is no model folder"):
        read_model_record(tmp_path)
