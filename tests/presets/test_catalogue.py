import re
from dataclasses import replace
from pathlib import Path

import pytest

from ctbone.presets import catalogue, preset_text, read_presets
from ctbone.resources import config_path

PRESETS = read_presets()
BY_ID = {preset.id: preset for preset in PRESETS}

# Reference numbers of the 24 systems in JMIR 2025, e77155; 19 and 22 are works of another kind.
NUMBERS = [n for n in range(14, 40) if n not in (19, 22)]


def test_every_system_of_the_review_is_there_once_and_in_its_order():
    assert [preset.reference_number for preset in PRESETS] == NUMBERS
    assert len(BY_ID) == len(PRESETS)


def test_every_row_has_a_file_and_every_file_a_row():
    folder = config_path("presets/presets.csv").parent
    assert {path.stem for path in folder.glob("*.yaml")} == set(BY_ID)


def test_counts_agree_with_the_review():
    # Its text and tables: 7 systems in 3D, 5 segmented by hand, 5 with an external test and
    # 20 pooled.
    assert sum(preset.dimensions == 3 for preset in PRESETS) == 7
    assert sum(preset.segmentation == "manual" for preset in PRESETS) == 5
    assert sum(preset.in_meta_analysis for preset in PRESETS) == 20
    assert BY_ID["wu2025"].external_n == 4401
    assert BY_ID["huang2025"].internal_n is None
    assert BY_ID["wang2024"].temporal_n == 347
    assert BY_ID["yoshida2023"].region == ()


def test_every_preset_says_what_it_chose():
    assert all(preset.unknown for preset in PRESETS)


@pytest.mark.parametrize("preset", PRESETS, ids=BY_ID)
def test_every_line_of_a_file_says_where_it_is_from(preset):
    text = preset_text(preset.id)
    assert f"reference {preset.reference_number} of the" in text
    assert preset.journal in text
    lines = text.splitlines()
    for number, line in enumerate(lines):
        key = line.strip().split(":")[0]
        if key in {
            "backbone",
            "dimensions",
            "task",
            "plane",
            "window_hu",
            "levels",
            "unit",
            "grid",
        }:
            said = line + lines[number - 1]
            assert any(word in said for word in ("stated", "inferred", "unknown")), line
    assert "window_hu: bone  # unknown" in text


def test_the_documentation_has_a_row_for_each():
    text = (Path(__file__).parents[2] / "docs" / "presets.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(BY_ID)


def test_a_preset_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"^no preset 'wu25'; did you mean wu2025\?$"):
        preset_text("wu25")
    with pytest.raises(ValueError, match=r"no preset .*demo-head.; choose one of tong2024"):
        preset_text("../train/demo-head")


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("year", "soon", "line 2: year must be a whole number, got 'soon'"),
        ("study", "", "line 2: study must not be empty"),
        ("reference_standard", "MRI", "line 2: reference_standard must be one of QCT, DXA, HU"),
        ("end_to_end", "yes", "line 2: end_to_end must be one of true, false, got 'yes'"),
        ("internal_n", "-4", "line 2: internal_n must be a whole number, got '-4'"),
        ("dimensions", "4", "tong2024: dimensions and classes must be 2 or 3, got 4 and 3"),
        ("positive", "osteoporosis", "tong2024: expected what is positive for two classes alone"),
    ],
)
def test_a_broken_cell_is_refused_by_its_place(tmp_path, monkeypatch, column, cell, message):
    header, first = config_path("presets/presets.csv").read_text().splitlines()[:2]
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | {column: cell}
    table = tmp_path / "presets.csv"
    table.write_text(f"{header}\n{','.join(cells.values())}\n")
    ships = {"presets/presets.csv": table}
    monkeypatch.setattr(catalogue, "config_path", lambda name: ships.get(name, config_path(name)))
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        read_presets()


def test_two_classes_need_to_know_which_is_positive():
    with pytest.raises(ValueError, match="what is positive"):
        replace(BY_ID["kang2023"], positive=None)
