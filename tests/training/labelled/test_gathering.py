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
    assert len(log.warnings) == 1
    assert not set(found.training) & set(found.held_out)
    for path in (*found.training, *found.held_out):
        assert "sub-" not in path.name
        assert len(read_case(path).levels) >= 6
    # Read once: a second run takes what is kept.
    monkeypatch.setattr(gathering, "to_case", None)
    broken.unlink()
    assert gather(data, tmp_path / "kept") == found


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
