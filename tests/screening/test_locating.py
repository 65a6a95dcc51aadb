"""The record of a run keeps what decides where vertebrae are found."""

import json
from pathlib import Path

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import MaskLocator, TotalSegmentatorLocator
from ctbone.runs import RunLog
from ctbone.screening import locating
from ctbone.screening.locating import masks_digest, named_locator

LEVELS = (VertebralLevel.L1,)


def ask(name, log, *, masks=None):
    return named_locator(name, levels=LEVELS, masks=masks, images=Path(), log=log)


def write_masks(folder, level="L1"):
    (folder / "m.nii").write_bytes(b"a label map")
    (folder / "dataset.json").write_text(json.dumps({"labels": {level: 1}}))
    (folder / "masks.csv").write_text(
        "series_uid,mask,numbering,labels\n1.2,m.nii,nnunet,dataset.json\n"
    )
    return folder / "masks.csv"


def test_masks_need_no_weights(tmp_path):
    log = RunLog("screen", None)
    assert isinstance(ask("native", log, masks=write_masks(tmp_path)), MaskLocator)
    assert not log.weights
    assert not log.warnings


def test_the_version_of_another_program_stands_for_its_weights(monkeypatch):
    found = TotalSegmentatorLocator(run=print, version="2.4.0")
    monkeypatch.setattr(locating, "make_locator", lambda *_, **__: found)
    log = RunLog("screen", None)
    assert ask("totalsegmentator", log) is found
    assert log.weights == {"totalsegmentator": "version 2.4.0"}


def test_the_shipped_localiser_is_used_with_a_warning(monkeypatch):
    class Shipped:
        @property
        def digests(self):
            return {"localiser": "ab"}

    monkeypatch.setattr(locating, "shipped_locator", lambda **_: Shipped())
    log = RunLog("screen", None)
    assert isinstance(ask("native", log), Shipped)
    assert log.weights == {"localiser": "ab"}
    assert log.warnings[0].startswith("no --masks")


@pytest.mark.parametrize("change", ["dataset.json", "m.nii"])
def test_what_masks_hold_and_mean_decides_a_result(tmp_path, change):
    masks = write_masks(tmp_path)
    before = masks_digest(masks, images=tmp_path)
    assert before == masks_digest(masks, images=tmp_path)
    content = (tmp_path / change).read_bytes()
    (tmp_path / change).write_bytes(content.replace(b"L1", b"L2").replace(b"map", b"mop"))
    assert masks_digest(masks, images=tmp_path) != before
