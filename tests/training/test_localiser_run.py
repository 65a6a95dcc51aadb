"""Runs that make the localiser: from a cache or a stream, mixed, cut off and resumed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ctbone.errors import NothingUsable
from ctbone.runs import RunLog
from ctbone.training import FitConfig, LabelledData, fields, localiser_run
from ctbone.training.localiser_run import train_localiser
from ctbone.training.stream import renderers
from tests.training.labelled.folders import write_verse

FIT = FitConfig(epochs=3, batch_size=2, device="cpu", threads=1, average=0.9)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Neither processes nor a trial: both are tested where they stand."""
    monkeypatch.setattr(localiser_run, "try_localiser", lambda locate, *, seeds: [])
    monkeypatch.setattr(
        localiser_run, "renderers", lambda count, *, beside: renderers(1, beside=False)
    )


@pytest.fixture(scope="session")
def verse(tmp_path_factory, scanned):
    return write_verse(tmp_path_factory.mktemp("verse"), scanned)


@pytest.fixture
def streamed(recipe, rendered, tmp_path):
    """Four patients, two at a time; what is linked here may be dropped."""
    folder = tmp_path / "cases"
    for path in rendered.glob("*.npz"):
        link = folder / path.name if "31000000" in path.name else folder / "stream" / path.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.hardlink_to(path)
    return replace(recipe, source="stream", fresh=1, cache=folder)


def run(recipe, out, fit=FIT):
    log = RunLog("train", None)
    out.mkdir(exist_ok=True)
    figures = train_localiser(recipe, out=out, seed=3, fit_config=fit, log=log)
    return figures, log, (out / "localiser.safetensors").read_bytes()


def test_labelled_data_are_mixed_in_and_measured_apart(recipe, rendered, verse, tmp_path):
    # Two sets of one layout, as VerSe 2019 and 2020 are.
    data = LabelledData(path=verse, layout="verse", share=0.25)
    mixed = replace(recipe, cache=rendered, labelled=(data, data))
    figures, log, weights = run(mixed, tmp_path / "mixed")
    assert log.counts["labelled_verse_training"] == log.counts["labelled_verse_held_out"] == 2
    assert {"held_out_loss", "held_out_body", "validation_loss"} <= set(figures)
    card = json.loads((tmp_path / "mixed" / "localiser.json").read_text())
    assert card["training"]["labelled"] == {"verse": 2}
    assert (
        "Mixed in: 2 labelled CT in the verse layout"
        in (tmp_path / "mixed" / "localiser.md").read_text()
    )
    _, _, alone = run(replace(recipe, cache=rendered), tmp_path / "alone")
    assert weights != alone


def test_labelled_data_that_hold_nothing_end_the_run(recipe, rendered, verse, tmp_path):
    (tmp_path / "rawdata" / "sub-a").mkdir(parents=True)
    (tmp_path / "derivatives" / "sub-a").mkdir(parents=True)
    (tmp_path / "rawdata" / "sub-a" / "sub-a_ct.nii.gz").write_bytes(b"")
    (tmp_path / "derivatives" / "sub-a" / "sub-a_seg-vert_msk.nii.gz").write_bytes(b"")
    data = LabelledData(path=tmp_path, layout="verse")
    with pytest.raises(NothingUsable, match="found none of 1"):
        run(replace(recipe, cache=rendered, labelled=(data,)), tmp_path / "out")


def test_a_stream_that_was_cut_off_ends_like_one_that_was_not(
    streamed, verse, tmp_path, monkeypatch
):
    data = LabelledData(path=verse, layout="verse", share=0.5)
    recipe = replace(streamed, labelled=(data,))
    kept = [(path, path.read_bytes()) for path in (streamed.cache / "stream").iterdir()]
    _, log, whole = run(recipe, tmp_path / "whole")
    assert log.counts["patients"] == 4
    assert not list((streamed.cache / "stream").iterdir())
    for path, content in kept:
        path.write_bytes(content)

    draws, draw = [], fields.draw_field

    def failing(*given):
        draws.append(given)
        # Two epochs of 4 and 1 draws are done; the third is cut off.
        if len(draws) > 2 * 5 + 1:
            raise OSError("the power went")
        return draw(*given)

    for module in ("fields", "labelled.mixing"):
        monkeypatch.setattr(f"ctbone.training.{module}.draw_field", failing)
    with pytest.raises(OSError, match="the power went"):
        run(recipe, tmp_path / "part")
    for module in ("fields", "labelled.mixing"):
        monkeypatch.setattr(f"ctbone.training.{module}.draw_field", draw)
    _, _, resumed = run(recipe, tmp_path / "part", replace(FIT, resume=True))
    assert resumed == whole
    # A run that had ended goes on to the same end.
    for path, content in kept:
        path.write_bytes(content)
    assert run(recipe, tmp_path / "part", replace(FIT, resume=True))[2] == whole


def test_a_run_that_wants_more_patients_than_a_seed_has_is_refused(recipe, tmp_path):
    many = replace(recipe, source="stream", patients=400_000)
    with pytest.raises(ValueError, match=r"a seed has 1000000 patients .* wants 1200000"):
        run(many, tmp_path)
