"""``ctbone.evaluate``: files and frames give the same, and show it."""

import pandas as pd
import pytest

import ctbone
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog
from tests.evaluation.simulated import write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Paths of cohort and results."""
    return write_study(tmp_path_factory.mktemp("study"), patients=60)


@pytest.fixture(scope="module")
def found(study):
    cohort, results = study
    return ctbone.evaluate(results, cohort, study="Ours", bootstrap=20)


def frames_of(study):
    kinds = {"study_uid": str, "patient_id": str}
    return [pd.read_csv(path, dtype=kinds) for path in study]


def test_frames_give_what_files_give(study, found):
    cohort, results = frames_of(study)
    again = ctbone.evaluate(results, cohort, study="Ours", bootstrap=20)
    pd.testing.assert_frame_equal(again.accuracy, found.accuracy)
    pd.testing.assert_frame_equal(again.tables, found.tables)
    assert repr(again) == repr(found)


def test_part_of_a_frame_is_evaluated_alone(study, found):
    cohort, results = frames_of(study)
    east = ctbone.evaluate(results, cohort[cohort.site == "East"], bootstrap=0)
    assert set(east.tables.cohort) == {"external_test, East"}
    assert len(east.tables) < len(found.tables)


def test_it_says_what_it_found(found):
    whole = found.findings.whole[0]
    assert found.confusion.to_numpy()[:, :3].sum() == whole.matrix.total
    assert list(found.confusion.index) == ["normal", "osteopenia", "osteoporosis"]
    sensitivity = found.accuracy.query(
        "group == 'all patients' and target == 'osteoporosis' and quantity == 'sensitivity'"
    ).estimate.item()
    assert f"osteoporosis sensitivity {sensitivity:.2f}" in repr(found)
    shown = found._repr_html_()
    assert "Evaluation of Ours" in shown
    assert f"{100 * sensitivity:.1f}" in shown
    assert all(note.split(":")[0] in shown for note in found.notes[:3])
    assert found.folder is None


def test_files_are_kept_where_they_are_asked_for(study, tmp_path):
    cohort, results = study
    out = tmp_path / "out"
    kept = ctbone.evaluate(results, cohort, out=out, bootstrap=0, figures=False, page=False)
    assert kept.folder == out
    assert (out / "run.json").is_file()
    assert not (out / "figures").exists()


def test_a_table_that_is_none_is_one_sentence(study, tmp_path):
    cohort, results = frames_of(study)
    with pytest.raises(
        ValueError, match=r"\Aresults: expected the columns \['status'\], found \["
    ):
        ctbone.evaluate(results.drop(columns="status"), cohort)
    with pytest.raises(ValueError, match=r"\Acohort: expected the columns \['split'\], found \["):
        ctbone.evaluate(results, cohort.drop(columns="split"))
    with pytest.raises(
        ValueError, match="results, line 2: 'fine' is no value of the column categ"
    ):
        ctbone.evaluate(results.assign(category="fine"), cohort)
    with pytest.raises(FileNotFoundError, match="absent"):
        ctbone.evaluate(tmp_path / "absent.csv", cohort)
    with pytest.raises(NothingUsable, match="expected patients in the splits"):
        ctbone.evaluate(results, cohort.assign(split="train"))
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1, got 2"):
        ctbone.evaluate(results, cohort, confidence=2)


FAST = {"bootstrap": 0, "figures": False, "page": False}


def test_another_test_is_given_in_any_form(study):
    cohort, path = study
    of_file = ctbone.evaluate(path, cohort, against=path, **FAST)
    assert of_file.findings.comparison is not None
    of_frame = ctbone.evaluate(path, cohort, against=frames_of(study)[1], **FAST)
    assert of_frame.findings.comparison == of_file.findings.comparison


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("results", "results: expected a Screening, a frame or a path, found "),
        ("cohort", "cohort: expected a frame or a path, found "),
        ("against", "against: expected a Screening, a frame or a path, found "),
    ],
)
@pytest.mark.parametrize(
    ("value", "kind"),
    [(3, TypeError), (pd.Series(["a"]), TypeError), ({"a": 1}, TypeError), ("", ValueError)],
)
def test_what_is_no_table_is_one_sentence(study, place, message, value, kind):
    cohort, results = study
    with pytest.raises(kind, match=rf"\A{message}[^\n]*\Z"):
        ctbone.evaluate(**{"results": results, "cohort": cohort} | {place: value})


@pytest.mark.parametrize("place", ["results", "cohort", "against", "review"])
def test_a_file_that_is_not_there_is_one_sentence(study, place, tmp_path):
    given = dict(zip(("cohort", "results"), study, strict=True))
    with pytest.raises(
        FileNotFoundError, match=r"\Aexpected a file or a folder, found nothing at"
    ):
        ctbone.evaluate(**given | {place: tmp_path / "absent.csv"}, **FAST)
    with pytest.raises(ValueError, match=r"\Aexpected a file, found the folder "):
        ctbone.evaluate(**given | {place: tmp_path}, **FAST)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("", "out: expected a path, found an empty one"),
        (0, "out: expected a path, found 0"),
        (3, "out: expected a path, found 3"),
        (["a"], r"out: expected a path, found \['a'\]"),
        ("afile", "expected a folder, found the file afile"),
        ("other", "out other must be a folder of its own, and holds a run of ctbone pool"),
    ],
)
def test_a_folder_that_is_none_is_refused_and_nothing_written(
    study, out, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "afile").write_text("x")
    RunLog("pool", {}).write(tmp_path / "other")
    with pytest.raises(ValueError, match=rf"\A{message}\Z"):
        ctbone.evaluate(*reversed(study), out=out, **FAST)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["afile", "other", "run.json"]
