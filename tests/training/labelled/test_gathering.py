"""Labelled studies are read once, parted by patient, and none is lost."""

from __future__ import annotations

import pytest

from ctbone.errors import NothingUsable
from ctbone.runs import RunLog
from ctbone.training import LabelledData
from ctbone.training.cases import read_case
from ctbone.training.labelled import gather_cases, gathering
from ctbone.training.labelled.gathering import held_out_patients
from tests.training.labelled.folders import write_verse


@pytest.fixture
def data(tmp_path, scanned):
    root = write_verse(tmp_path / "data", scanned, patients=("sub-a1", "sub-b2", "sub-c3"))
    return LabelledData(path=root, layout="verse")


def gather(data, folder, log=None):
    return gather_cases(data, folder=folder, spacing_mm=12.0, log=log or RunLog("train", None))


def test_studies_are_parted_kept_and_counted(data, tmp_path, monkeypatch):
    broken = data.path / "derivatives" / "sub-b2" / "sub-b2_dir-ax_seg-vert_msk.nii.gz"
    broken.write_bytes(b"no mask")
    log = RunLog("train", None)
    found = gather(data, tmp_path / "kept", log)
    assert log.counts == {
        "labelled_verse_training": 1,
        "labelled_verse_held_out": 1,
        "labelled_verse_unreadable_file": 1,
    }
    assert log.warnings == [
        "labelled data in the verse layout, study 2 in order of names: "
        "the label map is no readable NIfTI: ImageFileError"
    ]
    assert not set(found.training) & set(found.held_out)
    for path in (*found.training, *found.held_out):
        assert "sub-" not in path.name
        assert len(read_case(path).levels) >= 6
    # Read once: a second run takes what is kept.
    monkeypatch.setattr(gathering, "to_case", None)
    broken.unlink()
    assert gather(data, tmp_path / "kept") == found


def test_a_study_that_lacks_its_other_half_is_counted(data, tmp_path):
    next(data.path.glob("rawdata/sub-a1/*")).unlink()
    next(data.path.glob("derivatives/sub-b2/*_msk.nii.gz")).unlink()
    log = RunLog("train", None)
    assert len(gather(data, tmp_path / "kept", log).training) == 1
    assert log.counts == {
        "labelled_verse_training": 1,
        "labelled_verse_unreadable_file": 1,
        "labelled_verse_mask_missing": 1,
    }
    said = "labelled data in the verse layout, study {} in order of names: expected {}, found none"
    assert log.warnings == [
        said.format(1, "a CT beside the labels"),
        said.format(2, "labelled vertebrae beside the CT"),
    ]


def test_a_fault_of_many_is_said_once(data, tmp_path):
    for number in range(7):
        image = data.path / "rawdata" / f"sub-z{number}" / f"sub-z{number}_ct.nii.gz"
        image.parent.mkdir()
        image.write_bytes(b"")
    log = RunLog("train", None)
    gather(data, tmp_path / "kept", log)
    assert log.counts["labelled_verse_mask_missing"] == 7
    [said] = log.warnings
    assert "studies 4, 5, 6, 7, 8 and 2 more in order of names" in said


def test_two_sets_of_one_layout_are_counted_together(data, tmp_path):
    log = RunLog("train", None)
    for _ in range(2):
        gather(data, tmp_path / "kept", log)
    assert log.counts == {"labelled_verse_training": 4, "labelled_verse_held_out": 2}


def test_data_of_which_nothing_can_be_used(data, tmp_path):
    for path in data.path.glob("derivatives/*/*_msk.nii.gz"):
        path.write_bytes(b"no mask")
    with pytest.raises(NothingUsable, match="whole labelled vertebra, found none of 3"):
        gather(data, tmp_path / "kept")


def test_patients_are_chosen_by_their_names_alone():
    names = [f"sub-{n:03d}" for n in range(40)]
    apart = held_out_patients(names + names, share=0.25)
    assert len(apart) == 10
    assert held_out_patients(names[::-1], share=0.25) == apart
    assert len(held_out_patients(["a", "b"], share=0.01)) == 1
    assert held_out_patients(["a"], share=0.9) == frozenset()
