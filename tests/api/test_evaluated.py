"""``ctbone.evaluate``: files and frames give the same, and show it."""

import pandas as pd
import pytest

import ctbone
from ctbone.errors import NothingUsable
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
