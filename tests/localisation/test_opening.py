"""The record of a run keeps what decides where vertebrae are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.localisation import (
    LocatorChoice,
    MaskLocator,
    TotalSegmentatorLocator,
    open_locator,
    opening,
)
from ctbone.runs import RunLog

LEVELS = (VertebralLevel.L1,)


def ask(name, log, *, masks=None, localiser=None):
    choice = LocatorChoice(name=name, masks=masks, localiser=localiser)
    return open_locator(choice, levels=LEVELS, log=log)


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
    monkeypatch.setattr(opening, "make_locator", lambda *_, **__: found)
    log = RunLog("screen", None)
    assert ask("totalsegmentator", log) is found
    assert log.weights == {"totalsegmentator": "version 2.4.0"}


def test_the_shipped_localiser_is_used_with_a_warning(monkeypatch):
    class Shipped:
        @property
        def digests(self):
            return {"localiser": "ab"}

    monkeypatch.setattr(opening, "shipped_locator", lambda **_: Shipped())
    log = RunLog("screen", None)
    assert isinstance(ask("native", log), Shipped)
    assert log.weights == {"localiser": "ab"}
    assert log.warnings[0].startswith("no --masks")


def test_weights_of_ones_own_go_before_those_that_ship(tmp_path, monkeypatch):
    class Own:
        @property
        def digests(self):
            return {"localiser": "cd", "outliner": "ef"}

    asked = []
    monkeypatch.setattr(
        opening, "load_locator", lambda path, **options: asked.append((path, options)) or Own()
    )
    log = RunLog("screen", None)
    weights = tmp_path / "localiser.safetensors"
    assert isinstance(ask("native", log, localiser=weights), Own)
    assert asked == [(weights, {"levels": LEVELS, "device": log.device})]
    assert log.weights == Own().digests
    assert not log.warnings


@pytest.mark.parametrize(
    ("options", "other"),
    [({"masks": Path("masks.csv")}, "masks"), ({"name": "totalsegmentator"}, "totalsegmentator")],
)
def test_two_things_that_find_vertebrae_exclude_each_other(options, other):
    with pytest.raises(ValueError, match=f"{other} and a localiser exclude each other"):
        LocatorChoice(localiser=Path("localiser.safetensors"), **options)
