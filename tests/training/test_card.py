"""A card says what was made, how, and what was measured, and no more."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from ctbone.localisation.naming import DecodeConfig
from ctbone.networks import LocaliserConfig
from ctbone.training.card import complete_card, write_card

TRIAL = {
    "levels_right": 2,
    "refusals": {},
    "centre_error_mm": {"p5": 0.5, "median": 1, "p95": 2.0},
}
SHARE = {"events": 97, "of": 100, "share": 0.97, "limits": [0.915, 0.994]}
BENCHMARK = {
    "made_with": {"weights_sha256": "abc"},
    "trial": {
        "all": {
            "studies": 50,
            "level_right": SHARE,
            "dice": {"n": 9, "mean": 0.94, "p5": 0.9, "median": 0.95, "p95": 0.97},
            "quiet_hu": None,
            "chains": {"right": 48, "misnamed": 2},
        },
        "by_field": {},
    },
    "criteria": [
        {"criterion": "level right", "value": 0.97, "limit": 0.98, "met": False},
        {"criterion": "error", "value": None, "limit": 2.0, "met": None},
    ],
    "studies": [{"seed": 1}],
    "real": {
        "criteria": [],
        "studies": [{"study": "01-ct", "ending": "located", "verdict": "right", "levels": []}],
    },
    "speed": {"runs": {"ctbone, cpu": {"wall_s": 1.5, "peak_mb": 900.0}, "on a GPU": None}},
}


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "localiser.json"
    write_card(
        path,
        network=LocaliserConfig(),
        decode=DecodeConfig(),
        sha256="abc",
        training={
            "seed": 3,
            "patients": 7,
            "source": "stream",
            "fit": {"epochs": 2},
            "validation": {"validation_heat": 0.0123},
        },
        trial=TRIAL,
    )
    return path


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(json.dumps(content))
    return path


def text(card):
    return card.with_suffix(".md").read_text()


def test_a_card_of_one_network(card):
    said = text(card)
    assert "their ribs, arches and discs" in said
    assert "7 simulated patients, rendered while it was fitted" in said
    assert "(seed 3, 2 epochs)" in said
    assert "Losses at its best epoch, on patients kept for choosing it" in said
    assert "| heat | 0.0123 |" in said
    assert "| levels right | 2 |" in said
    assert "| refusals | none |" in said
    assert "| centre error, mm | median 1 (5 % 0.5, 95 % 2) |" in said
    assert "No image of a patient went into them." in said
    assert "second network" not in said
    content = json.loads(card.read_text())
    assert content["weights_sha256"] == "abc"
    assert content["decode"]["min_confidence"] == pytest.approx(DecodeConfig().min_confidence)


def test_a_card_of_both_networks_and_the_benchmark(card, tmp_path):
    training = {"seed": 0, "stretches": 400, "fit": {"epochs": 20}, "validation": {}}
    fine = {"network": {"spacing_mm": 1.25}, "weights_sha256": "def", "training": training}
    complete_card(
        card,
        fine=written(tmp_path, "outliner.json", fine),
        benchmark=written(tmp_path, "figures.json", BENCHMARK),
    )
    said = text(card)
    assert "A second network looks at each vertebra in its own frame, at 1.25 mm" in said
    assert "The fine network: 400 simulated stretches" in said
    assert "`abc`" in said
    assert "`def`" in said
    assert "| level right | 0.97 | 0.98 | missed |" in said
    assert "| error | not to be had | 2 | not measured |" in said
    assert "| level right | 97 of 100: 97.0 % (95 % interval 91.5 to 99.4) |" in said
    assert "| dice | median 0.95 (5 % 0.9, 95 % 0.97) |" in said
    assert "| quiet, HU | not to be had |" in said
    assert "| chains | right 48, misnamed 2 |" in said
    assert "| 01-ct | located | right |" in said
    assert "| ctbone, cpu | wall, s 1.5, peak, MB 900 |" in said
    # The benchmark replaces the trial, and its studies stay with it.
    assert "levels right" not in said
    assert "studies" not in json.loads(card.read_text())["benchmark"]


def test_labelled_data_are_named_with_their_licences(card):
    content = json.loads(card.read_text())
    content["training"]["labelled"] = {"verse": 12}
    card.write_text(json.dumps(content))
    complete_card(card)
    assert "Mixed in: 12 labelled CT in the verse layout." in text(card)
    assert "The labelled data have licences of their own" in text(card)


def test_a_benchmark_of_other_weights_is_refused(card, tmp_path):
    other = BENCHMARK | {"made_with": {"weights_sha256": "fed"}}
    with pytest.raises(ValueError, match="a benchmark of the weights abc, found one of fed"):
        complete_card(card, benchmark=written(tmp_path, "figures.json", other))
    assert "benchmark" not in json.loads(card.read_text())


@pytest.mark.parametrize(("content", "words"), [("[]", "a JSON object"), ("{", "expected JSON")])
def test_a_file_of_no_figures_is_refused(card, tmp_path, content, words):
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=words):
        complete_card(card, benchmark=path)
    with pytest.raises(ValueError, match=r"found no gone\.json"):
        complete_card(card, fine=tmp_path / "gone.json")


def test_the_script_completes_a_card(card, tmp_path, monkeypatch):
    script = Path(__file__).parents[2] / "scripts" / "complete_card.py"
    figures = written(tmp_path, "figures.json", BENCHMARK)
    monkeypatch.setattr("sys.argv", [script.name, str(card), "--benchmark", str(figures)])
    runpy.run_path(str(script), run_name="__main__")
    assert "| chains | right 48, misnamed 2 |" in text(card)


def test_figures_of_the_last_epoch_are_not_called_those_of_the_best(card):
    content = json.loads(card.read_text())
    content["training"]["fit"]["keep"] = "last"
    card.write_text(json.dumps(content))
    complete_card(card)
    assert "Losses at its last epoch, on patients kept for validation" in text(card)
