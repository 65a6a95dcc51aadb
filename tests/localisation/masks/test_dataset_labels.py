"""dataset.json of nnU-Net says which number is which vertebra, or what is wrong with it."""

import json

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import read_dataset_labels


def write(folder, labels):
    path = folder / "dataset.json"
    path.write_text(json.dumps({"labels": labels, "channel_names": {"0": "CT"}}))
    return path


@pytest.mark.parametrize(
    "name",
    ["L1", "l1", "vertebrae_L1", "vertebra L1", "Vertebral-Body.L1", "vert_L1", "corpus L1"],
)
def test_names_of_a_vertebra_are_known(tmp_path, name):
    path = write(tmp_path, {"background": 0, name: 3})
    assert read_dataset_labels(path) == {3: VertebralLevel.L1}


@pytest.mark.parametrize("name", ["Th12", "TH12", "T12", "vertebra_th12"])
def test_both_ways_to_write_thoracic_levels_are_known(tmp_path, name):
    assert read_dataset_labels(write(tmp_path, {name: 1})) == {1: VertebralLevel.T12}


def test_what_is_no_vertebra_is_left_out(tmp_path):
    others = [
        "disc_L1",
        "disc_L1_L2",
        "rib_left_1",
        "nerve_root_L1",
        "sacrum",
        "L1_L2",
        "canal L1",
    ]
    labels = {name: number for number, name in enumerate(others, start=1)}
    found = read_dataset_labels(write(tmp_path, labels | {"ignore": 40, "vertebrae_L2": 30}))
    assert found == {30: VertebralLevel.L2}


def test_version_1_writes_numbers_to_names(tmp_path):
    path = write(tmp_path, {"0": "background", "5": "vertebrae_L5", "6": "vertebrae_L4"})
    assert read_dataset_labels(path) == {5: VertebralLevel.L5, 6: VertebralLevel.L4}


def test_regions_of_several_numbers_matter_for_vertebrae_alone(tmp_path):
    path = write(tmp_path, {"background": 0, "spine": [1, 2], "L1": 1})
    assert read_dataset_labels(path) == {1: VertebralLevel.L1}
    with pytest.raises(ValueError, match=r"L1 must have one positive number, got \[1, 2\]"):
        read_dataset_labels(write(tmp_path, {"background": 0, "L1": [1, 2]}))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"L1": 0}, "L1 must have one positive number, got 0"),
        ({"L1": True}, "L1 must have one positive number, got True"),
        ({"L1": 1, "vertebra_L1": 2}, "L1 and its number must stand once, vertebra_L1 again"),
        ({"L1": 1, "L2": 1}, "L2 and its number must stand once, L2 again"),
        ({"background": 0, "liver": 1}, "such as vertebrae_L1, found background, liver"),
        ({}, "such as vertebrae_L1, found none"),
        ({"x": "L1"}, "L1 must have one positive number, got 'x'"),
        (["L1"], "must hold labels, names to numbers"),
    ],
)
def test_unsound_labels_are_refused(tmp_path, labels, message):
    with pytest.raises(ValueError, match=rf"dataset\.json.*{message}"):
        read_dataset_labels(write(tmp_path, labels))


@pytest.mark.parametrize("text", ["{", "\xff\xfe", "[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, text):
    (tmp_path / "dataset.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"dataset\.json is not JSON"):
        read_dataset_labels(tmp_path / "dataset.json")


def test_a_file_that_is_absent_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"found no dataset\.json"):
        read_dataset_labels(tmp_path / "dataset.json")
