"""A simulated export on the whole way: index and screen account for every study of it."""

import csv
import json
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest

from ctbone.ingest.command import IndexConfig, index
from ctbone.phantom import SimulateConfig, simulate
from ctbone.phantom.export.configuration import Fault
from ctbone.screening import ScreenConfig, screen
from tests.phantom.export.conftest import SITES, SMALL

#: What a study with a fault is to be rejected for.
DESERVED = {
    "missing_slices": "missing_slices",
    "truncated_file": "missing_slices",
    "no_torso": "not_torso",
    "missing_rescale": "missing_rescale",
    "scout_only": "localizer",
    "short_field": "level_not_in_field",
    "contradicting_slices": "duplicate_positions",
    "lossy_compression": "lossy_compression",
    "thick_slices": "slices_too_thick",
}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def screened(config, out):
    screen(
        ScreenConfig(
            export=config.out / "export",
            masks=config.out / "masks.csv",
            out=out,
            pictures=False,
            workers=0,
        )
    )
    counts = json.loads((out / "run.json").read_text())["counts"]
    return counts, {row["study_uid"]: row for row in rows(out / "results.csv")}


@pytest.mark.slow
def test_every_sound_study_is_screened_on_its_main_series(everything, truths, tmp_path):
    counts, found = screened(everything, tmp_path)
    assert counts["found"] == counts["screened"] == len(truths)
    assert counts["rejected"] == 0
    assert set(found) == set(truths)
    for uid, row in found.items():
        assert row["series_uid"] == truths[uid]["series"][0]["series_uid"]
        # A level that its masks make doubtful is left out, and says so.
        levels = row["levels"].split(";")
        assert set(levels) <= {"L1", "L2"}
        assert ("one_level_only" in row["flags"]) is (len(levels) == 1)
    assert sum(row["levels"] == "L1;L2" for row in found.values()) > len(found) / 2


@pytest.mark.slow
def test_every_fault_is_rejected_for_what_it_is(tmp_path):
    # The seed is one of which ten patients have all faults.
    config = SimulateConfig(
        out=tmp_path / "made", patients=10, seed=883, broken_fraction=0.85, faults=get_args(Fault),
        sites=tuple(replace(s, slice_thicknesses_mm=(5.0,), enhanced_fraction=0.2) for s in SITES),
        clutter_fraction=0.3, directory_fraction=0.5, reformat_fraction=0.3,
        dose_report_fraction=0.5, follow_up_fraction=0.1, **SMALL,
    )  # fmt: skip
    simulate(config)
    counts, found = screened(config, tmp_path / "screened")
    truths = [json.loads(path.read_text()) for path in (config.out / "truth").iterdir()]
    assert {t["fault"] for t in truths} == {None, *get_args(Fault)}
    assert set(found) == {truth["study_uid"] for truth in truths}
    assert counts["found"] == counts["screened"] + counts["rejected"] == len(truths)
    for truth in truths:
        row = found[truth["study_uid"]]
        expected = DESERVED[truth["fault"]] if truth["fault"] else ""
        assert row["reason"] == expected, truth["fault"]
    index(IndexConfig(export=config.out / "export", out=tmp_path / "index"))
    indexed = rows(tmp_path / "index" / "studies.csv")
    assert {row["study_uid"] for row in indexed} == set(found)
    assert Counter(row["status"] for row in found.values())["screened"] > 0
