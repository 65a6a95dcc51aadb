from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ctbone.drawing import new_figure
from ctbone.interchange import AccuracyTable
from ctbone.pooling.analysis import analyse
from ctbone.pooling.figures import FIGURES, Missing, Plate, draw, file_name, plates, save_plate
from ctbone.pooling.figures.forest import forest
from ctbone.pooling.figures.rows import Row, Sheet, paint, split
from ctbone.pooling.figures.scattergram import scattergram
from ctbone.records import Interval

from .conftest import to_tables


def named(counts, **covariates):
    return [
        AccuracyTable(
            study=f"Study {i}",
            table=table,
            covariates={name: values[i % len(values)] for name, values in covariates.items()},
        )
        for i, table in enumerate(counts)
    ]


@pytest.fixture(scope="module")
def whole(tables):
    return analyse(named(tables["auditc"], validation=("internal", "external")))


@pytest.fixture(scope="module")
def bare():
    return analyse(named(to_tables([(9, 0, 0, 8)] * 2)))


@pytest.fixture(scope="module")
def drawn(whole, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    draw(whole, folder)
    return folder


def texts(path):
    return re.findall(r">([^<>]+)</text>", path.read_text(encoding="utf-8"))


def test_every_figure_is_png_and_svg(drawn):
    names = {path.name for path in drawn.iterdir()}
    assert names == {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}


def test_the_same_analysis_is_drawn_in_the_same_bytes(whole, drawn, tmp_path):
    some = {"forest", "scattergram", "influence"}
    for plate in (plate for plate in plates(whole) if plate.name in some):
        for path in save_plate(plate, tmp_path, plate.name):
            assert path.read_bytes() == (drawn / path.name).read_bytes()


def test_files_of_targets_have_names_of_their_own(bare, tmp_path):
    found = draw(replace(bare, target="normal"), tmp_path, suffix="normal")
    assert {path.stem for path in found} == {"forest_normal", "sroc_normal"}
    assert "Summary ROC: normal" in texts(tmp_path / "sroc_normal.svg")


def test_the_forest_plot_has_counts_intervals_weights_and_heterogeneity(drawn, whole):
    found = texts(drawn / "forest.svg")
    first = whole.tables[0].table
    assert f"{first.true_positives}/{first.diseased}" in found
    assert f"{first.true_negatives}/{first.healthy}" in found
    assert {"Study 0", "Study 13", "Pooled", "Prediction interval"} <= set(found)
    assert found.count("Weight") == 2
    pooled = whole.summary.sensitivity
    assert f"{pooled.estimate:.2f} ({pooled.lower:.2f} to {pooled.upper:.2f})" in found
    test = whole.homogeneity[0]
    assert any(text.startswith(f"Q = {test.q:.1f}, df = 13, P &lt; 0.001") for text in found)


def test_weights_of_a_margin_sum_to_one_hundred(drawn):
    numbers = [float(t) for t in texts(drawn / "forest.svg") if re.fullmatch(r"\d+\.\d", t)]
    ticks = {0.2, 0.4, 0.6, 0.8}
    weights = [n for n in numbers if n not in ticks]
    assert sum(weights) == pytest.approx(200.0, abs=1.5)


def test_subgroups_stand_below_their_covariate(drawn, whole):
    found = texts(drawn / "subgroups.svg")
    order = [found.index(text) for text in ("external", "internal", "All studies")]
    assert order == sorted(order)
    assert any(text.startswith("validation: P ") for text in found)


def test_what_a_model_gives_is_in_its_figures(drawn, whole):
    sroc = " ".join(texts(drawn / "sroc.svg"))
    for part in ("confidence region", "prediction region", "SROC curve, area", "14 tables"):
        assert part in sroc
    assert "Confirmation only" in texts(drawn / "scattergram.svg")
    assert any("Regression line, P = " in text for text in texts(drawn / "funnel.svg"))
    assert {"A. Bivariate normality", "B. Cook's distance"} <= set(texts(drawn / "influence.svg"))
    positive = whole.fagan[0].positive.estimate
    assert any(f"Positive test: {positive:.0%}" in text for text in texts(drawn / "fagan.svg"))


def test_figures_without_a_model_say_why_they_are_missing(bare, tmp_path):
    missing = [plate for plate in plates(bare) if isinstance(plate, Missing)]
    assert {plate.name for plate in missing} == set(FIGURES) - {"forest", "sroc"}
    assert all(plate.why.endswith(".") for plate in missing)
    assert {path.stem for path in draw(bare, tmp_path)} == {"forest", "sroc"}


def test_many_studies_become_several_sheets(whole):
    detail = replace(whole.detail, weights=whole.weights * 12)
    parts = forest(replace(whole, tables=whole.tables * 12, detail=detail))
    assert [plate.name for plate in parts] == ["forest_1", "forest_2", "forest_3"]
    assert file_name(parts[0], "normal") == "forest_1_normal"
    assert "part 2 of 3" in parts[1].title


@pytest.mark.parametrize("k", [1, 79, 80, 81, 200])
def test_a_split_loses_no_row(k):
    rows = [Row(name=str(i)) for i in range(k)]
    parts = split(rows, 80)
    assert [row for part in parts for row in part] == rows
    assert max(map(len, parts)) <= 80
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def sheet_of(k, name="A study of 2020"):
    value = Interval(0.88, 0.8, 0.98)
    row = Row(name=name, values=(value, value), counts=("1234/5678",) * 2, weights=(12.3, 4.5))
    pooled = replace(row, name="Pooled", style="summary", weights=(None, None))
    prediction = replace(pooled, name="Prediction interval", style="prediction")
    return Sheet(
        title="Sensitivity and specificity",
        rows=(*[row] * k, pooled, prediction),
        heads=("TP/(TP+FN)", "TN/(TN+FP)"),
        interval="Value (95 % interval)",
        footers=("Q = 1234.5, df = 80, P < 0.001, I\u00b2 = 100 %",) * 2,
        pooled=(0.88, 0.88),
    )


def boxes_of(sheet):
    with new_figure(*sheet.size_in) as figure:
        paint(figure, sheet)
        renderer = FigureCanvasAgg(figure).get_renderer()
        shown = [text for text in figure.axes[0].texts if text.get_text()]
        return figure.bbox, [text.get_window_extent(renderer) for text in shown]


@pytest.mark.parametrize("name", ["A", "Wagenknecht, McMillan and WOMBWELL"])
@pytest.mark.parametrize("k", [4, 30, 80])
def test_no_text_of_a_sheet_is_cut_or_covers_another(k, name):
    sheet = sheet_of(k, name)
    page, boxes = boxes_of(sheet)
    assert all(page.x0 <= b.x0 and b.x1 <= page.x1 for b in boxes)
    assert all(page.y0 <= b.y0 and b.y1 <= page.y1 for b in boxes)
    rows = {}
    for box in boxes:
        rows.setdefault(round((box.y0 + box.y1) / 8.0), []).append(box)
    for row in rows.values():
        row.sort(key=lambda box: box.x0)
        assert all(a.x1 <= b.x0 for a, b in pairwise(row))
    assert len(rows) >= k
    assert sheet.letters_pt >= 6.0


def test_sheets_are_no_taller_than_a_page_of_their_width():
    for k in (4, 40, 80):
        width, height = sheet_of(k).size_in
        assert height <= 11.7
        assert width <= 10.5


def painted(plate):
    with new_figure(*plate.size_in) as figure:
        plate.paint(figure)
        return figure.axes


def test_studies_with_an_empty_cell_stay_in_the_scattergram(whole):
    rows = [(9, 0, 3, 11), (8, 2, 0, 11), (7, 0, 0, 9), (0, 2, 5, 8), (9, 2, 3, 0), (0, 0, 5, 9)]
    analysis = replace(whole, tables=(*whole.tables, *named(to_tables(rows))))
    (axes,) = painted(scattergram(analysis))
    found = np.concatenate([c.get_offsets() for c in axes.collections])
    # All but the last, whose positive ratio is 0/0.
    assert len(found) == 14 + 5
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert {left, right} <= set(found[:, 0])
    assert {bottom, top} <= set(found[:, 1])


def test_alternative_texts_and_captions_are_sentences(whole):
    for plate in plates(whole):
        assert isinstance(plate, Plate)
        assert plate.alt.endswith(".")
        assert plate.caption.endswith((".", ")."))


def test_other_models_are_drawn_too(tables):
    found = plates(analyse(named(tables["auditc"]), model="normal_reml"))
    assert [plate.name for plate in found if isinstance(plate, Missing)] == ["subgroups"]
    assert all(painted(plate) for plate in found if isinstance(plate, Plate))


EDGES = {
    "no variance": [(80, 20, 20, 80)] * 4 + [(160, 40, 40, 160)] * 4,
    "one margin alone": [(80, 2 + 8 * i, 20, 98 - 8 * i) for i in range(8)],
    "a study without diseased": [(0, 3, 0, 30), (8, 2, 2, 9), (7, 1, 4, 8), (9, 4, 2, 12)] * 2,
    "empty cells": [(8, 0, 0, 9), (7, 0, 1, 9), (6, 1, 0, 8), (9, 2, 2, 7), (5, 0, 3, 9)],
}


@pytest.mark.parametrize("name", EDGES)
def test_figures_hold_at_the_edge_of_the_model(name):
    found = plates(analyse(named(to_tables(EDGES[name]))))
    drawn = [plate for plate in found if isinstance(plate, Plate)]
    assert len(drawn) >= 4
    for plate in drawn:
        for axes in painted(plate):
            assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()
            assert not any("nan" in text.get_text() for text in axes.texts)
