from __future__ import annotations

import hashlib
import json

import pytest

from ctbone.interchange.model_record import (
    SCHEMA,
    joint_digest,
    listed_weights,
    read_model_record,
)

RECORD = {
    "schema": SCHEMA,
    "network": {"backbone": "resnet10"},
    "input": {"plane": "sagittal"},
    "grid": {},
    "weights": [{"file": "weights-0.safetensors", "sha256": "0"}],
    "weights_sha256": "0",
}


def test_a_complete_record_is_read(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps(RECORD))
    assert read_model_record(tmp_path) == RECORD


def test_what_may_stand_beside_is_kept(tmp_path):
    further = {"calibration": {"sd_factor": 2.0}, "validation": {}, "training": {"seed": 1}}
    (tmp_path / "model.json").write_text(json.dumps(RECORD | further))
    assert read_model_record(tmp_path) == RECORD | further


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
        ("[]", "must be of schema 2, got list"),
        (json.dumps(RECORD | {"schema": 1}), "must be of schema 2, got 1"),
        (json.dumps(RECORD | {"network": "resnet10"}), r"must be complete, lacks \['network'\]"),
        (json.dumps({"schema": 2, "input": {}}), r"lacks \['network', 'grid', 'weights', "),
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
