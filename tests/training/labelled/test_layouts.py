"""Data sets are found in the layouts of others, and a bad one is named in a sentence."""

from __future__ import annotations

import json

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.training import LabelledData
from ctbone.training.cases import RIB
from ctbone.training.labelled import find_studies
from ctbone.training.recipe import Layout

T12, L1 = VertebralLevel.T12, VertebralLevel.L1


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def found(root, layout: Layout):
    return find_studies(LabelledData(path=root, layout=layout))


def test_verse(tmp_path):
    for part in ("01_training", "02_validation"):
        raw, derived = (tmp_path / part / name for name in ("rawdata", "derivatives"))
        touch(raw / "sub-x1" / f"sub-x1_split-{part}_ct.nii.gz")
        touch(derived / "sub-x1" / f"sub-x1_split-{part}_seg-vert_msk.nii.gz")
        touch(derived / "sub-x1" / f"sub-x1_split-{part}_seg-subreg_ctd.json")
        touch(raw / "sub-x2" / "sub-x2_ct.nii.gz")
    studies = [study for study in found(tmp_path, "verse") if study.masks]
    assert [study.patient for study in studies] == ["sub-x1", "sub-x1"]
    assert studies[0].image.name == "sub-x1_split-01_training_ct.nii.gz"
    assert studies[0].centroids is not None
    assert dict(studies[0].masks[0][1])[28] is not None
    assert not studies[0].has_ribs


def test_totalsegmentator(tmp_path):
    for patient in ("s0001", "s0002"):
        touch(tmp_path / patient / "ct.nii.gz")
    for name in ("vertebrae_L1", "vertebrae_T12", "rib_left_12", "rib_right_12", "spleen"):
        touch(tmp_path / "s0002" / "segmentations" / f"{name}.nii.gz")
    [study] = [study for study in found(tmp_path, "totalsegmentator") if study.masks]
    assert study.patient == "s0002"
    meant = {path.name.split(".")[0]: meaning for path, meaning in study.masks}
    assert meant == {
        "rib_left_12": {1: T12 + RIB},
        "rib_right_12": {1: T12 + RIB},
        "vertebrae_L1": {1: L1},
        "vertebrae_T12": {1: T12},
    }
    assert study.has_ribs


@pytest.mark.parametrize(
    "labels",
    [
        {"background": 0, "vertebrae_L1": 1, "rib_left_12": 2, "liver": 3},
        {"0": "background", "1": "L1", "2": "rib_right_12"},
    ],
)
def test_nnunet(tmp_path, labels):
    touch(tmp_path / "imagesTr" / "a_0000.nii.gz")
    touch(tmp_path / "imagesTr" / "a_0001.nii.gz")
    touch(tmp_path / "labelsTr" / "a.nii.gz")
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": labels}))
    [study] = found(tmp_path, "nnunet")
    assert study.image.name == "a_0000.nii.gz"
    assert study.masks[0][1] == {1: L1, 2: T12 + RIB}


@pytest.mark.parametrize("layout", ["verse", "totalsegmentator", "nnunet"])
def test_what_lacks_its_other_half_is_found_all_the_same(tmp_path, layout: Layout):
    image, mask = {
        "verse": ("rawdata/{}/{}_ct.nii.gz", "derivatives/{}/{}_seg-vert_msk.nii.gz"),
        "totalsegmentator": ("{}/ct.nii.gz", "{}/segmentations/vertebrae_L1.nii.gz"),
        "nnunet": ("imagesTr/{}_0000.nii.gz", "labelsTr/{}.nii.gz"),
    }[layout]
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": {"L1": 1}}))
    for name in ("sub-a", "sub-b"):
        touch(tmp_path / image.format(name, name))
    for name in ("sub-b", "sub-c"):
        touch(tmp_path / mask.format(name, name))
    studies = found(tmp_path, layout)
    assert [study.patient for study in studies] == ["sub-a", "sub-b", "sub-c"]
    assert [study.image.is_file() for study in studies] == [True, True, False]
    assert [len(study.masks) for study in studies] == [0, 1, 1]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="expected a folder, found none at gone"):
        found(tmp_path / "gone", "verse")


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ("verse", "expected rawdata/sub-.* found 0 images and no mask of any"),
        ("totalsegmentator", "expected .*/ct.nii.gz .* found 0 images and vertebrae of none"),
        ("nnunet", "expected dataset.json, found none"),
    ],
)
def test_a_folder_of_another_layout(tmp_path, layout, words):
    with pytest.raises(ValueError, match=words):
        found(tmp_path, layout)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json", "each a name and one number; found otherwise"),
        ('{"labels": {"spine": [1, 2]}}', "each a name and one number; found otherwise"),
        ('{"names": {}}', "each a name and one number; found otherwise"),
        ('{"labels": {"liver": 1}}', "expected vertebrae such as .*, found liver"),
        ('{"labels": {}}', "found no label"),
        ('{"labels": {"L1": 1}}', "found 0 images and labels of none"),
    ],
)
def test_a_bad_dataset_json(tmp_path, content, words):
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(ValueError, match=words):
        found(tmp_path, "nnunet")
