from __future__ import annotations

import json

import pytest

from ctbone.interchange.model_record import SCHEMA, read_model_record

RECORD = {
    "schema": SCHEMA,
    "network": {"backbone": "resnet10"},
    "input": {"plane": "sagittal"},
    "grid": {},
    "weights": "weights-0.safetensors",
    "weights_sha256": "0",
}


def test_a_complete_record_is_read(tmp_path):
    (tmp_path / "model.json").write_text(json.dumps(RECORD))
    assert read_model_record(tmp_path) == RECORD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON in UTF-8: Expecting"),
        ("[]", "must be of schema 1, got list"),
        (json.dumps(RECORD | {"schema": 2}), "must be of schema 1, got 2"),
        (json.dumps(RECORD | {"network": "resnet10"}), r"must be complete, lacks \['network'\]"),
        (json.dumps({"schema": 1, "input": {}}), r"lacks \['network', 'grid', 'weights', "),
    ],
)
def test_a_record_of_another_kind_is_refused(tmp_path, text, message):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_model_record(tmp_path)


def test_a_folder_without_a_record_is_named(tmp_path):
    with pytest.raises(ValueError, match=rf"{tmp_path.name} is no model folder"):
        read_model_record(tmp_path)
