"""``ctbone.pool``: tables of every source, and how what it finds shows itself."""

import re

import numpy as np
import pandas as pd
import pytest

import ctbone
from ctbone.errors import NothingUsable
from ctbone.interchange import read_tables
from ctbone.pooling import analyse

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def frame():
    counts = [(45, 10, 5, 40), (30, 8, 6, 52), (25, 3, 9, 61), (61, 12, 4, 33), (38, 9, 7, 70)]
    rows = [dict(zip(("tp", "fp", "fn", "tn"), row, strict=True)) for row in counts]
    names = {"study": [f"Study {n}" for n in range(5)], "target": "osteoporosis"}
    return pd.DataFrame(rows).assign(**names)


@pytest.fixture(scope="module")
def found(frame):
    return ctbone.pool(frame)


def test_a_frame_gives_what_its_file_gives(frame, found, tmp_path):
    frame.to_csv(tmp_path / "tables.csv", index=False)
    again = ctbone.pool(tmp_path / "tables.csv")
    pd.testing.assert_frame_equal(again.summary, found.summary)
    direct = analyse(read_tables(tmp_path / "tables.csv")).summary.sensitivity
    row = found.summary.query("quantity == 'sensitivity'").iloc[0]
    assert (row.estimate, row.lower, row.upper) == (direct.estimate, direct.lower, direct.upper)
    assert found["osteoporosis"].summary.sensitivity == direct
    assert f"5 tables, sensitivity {direct:.2f}" in repr(found)


def test_several_sources_are_pooled_together(frame, found, tmp_path):
    frame[:2].to_csv(tmp_path / "first.csv", index=False)
    both = ctbone.pool([tmp_path / "first.csv", frame[2:]], model="laplace", confidence=0.9)
    assert both["osteoporosis"].summary.k == 5
    assert both["osteoporosis"].summary.confidence == 0.9
    assert both.summary.estimate[0] != found.summary.estimate[0]


def test_it_shows_its_table_and_its_curve(found):
    shown = found._repr_html_()
    assert "Area under the SROC" in shown
    assert "data:image/svg+xml;base64," in shown
    assert b"SROC curve" in found.sroc("osteoporosis").content
    with pytest.raises(KeyError, match="normal was not pooled, but osteoporosis"):
        found.sroc("normal")


def test_what_it_shows_runs_nothing_and_leaves_its_surroundings_alone(frame):
    study = [HOSTILE, *frame.study[1:]]
    shown = ctbone.pool(frame.assign(study=study, target=HOSTILE))._repr_html_()
    assert "&lt;script&gt;" in shown
    tags = set(re.findall(r"<(\w+)", shown))
    assert not tags & {"script", "style", "link", "svg", "iframe"}
    assert not re.search(r"\s(id|class|on\w+)=", shown)
    # Text takes the colour of what it stands in, so that it can be read in the dark.
    assert set(re.findall(r"[;\"]color:([^;\"]+)", shown)) == {"inherit"}


def test_files_are_kept_where_they_are_asked_for(frame, tmp_path):
    kept = ctbone.pool(frame, out=tmp_path / "out", figures=False)
    assert kept.folder == tmp_path / "out"
    assert (kept.folder / "pooling.json").is_file()


def test_what_holds_no_tables_is_one_sentence(frame, tmp_path):
    with pytest.raises(ValueError, match=r"\Atables: expected the columns \['tn'\]"):
        ctbone.pool(frame.drop(columns="tn"))
    with pytest.raises(ValueError, match=r"tables 2, line 2: expected a whole number .* in tp"):
        ctbone.pool([frame, frame.assign(tp=0.5)])
    with pytest.raises(ValueError, match="expected at least one table below the header"):
        ctbone.pool(frame[:0])
    with pytest.raises(NothingUsable):
        ctbone.pool(frame.assign(tp=0, fn=0))
    with pytest.raises(FileNotFoundError, match="absent"):
        ctbone.pool(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("tables", "name"),
    [
        (None, "tables"),
        (3, "tables"),
        ({"tp": [1]}, "tables"),
        ([None], "tables"),
        ([{"tp": 1}, {"tp": 2}], "tables 1"),
        (np.zeros((2, 4)), "tables 1"),
        (b"ab", "tables"),
    ],
)
def test_what_is_no_source_is_one_sentence(tables, name):
    wanted = "expected a frame, an Evaluation or a path(, or several of these)?, found "
    with pytest.raises(TypeError, match=rf"\A{name}: {wanted}[^\n]*\Z"):
        ctbone.pool(tables)


def test_what_was_pooled_is_no_source(found):
    for tables in (found, [found]):
        with pytest.raises(TypeError, match="found Pooling"):
            ctbone.pool(tables)


@pytest.mark.parametrize("form", [iter, tuple, lambda frames: (one for one in frames)])
def test_several_sources_come_in_any_form(frame, found, form):
    again = ctbone.pool(form([frame[:2], frame[2:]]))
    pd.testing.assert_frame_equal(again.summary, found.summary)


def test_an_index_of_studies_counts_once(frame, found):
    again = ctbone.pool(frame.set_index("study", drop=False))
    pd.testing.assert_frame_equal(again.summary, found.summary)


@pytest.mark.parametrize(
    ("path", "message"), [("", "found an empty path"), (".", "found the fol")]
)
def test_a_path_to_no_file_is_one_sentence(path, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        ctbone.pool(path)
