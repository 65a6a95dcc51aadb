"""docs/python.md, from simulated patients to the pooled estimate, as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

import ctbone
from ctbone.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """What the cells of the page leave in the memory of a notebook."""
    text, names = PAGE.read_text(encoding="utf-8"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        (command,) = re.findall(r"^ctbone (.*)$", text, re.MULTILINE)
        main(shlex.split(command))
        for cell in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            exec(compile(cell, PAGE.name, "exec"), names)  # noqa: S102 - our own page
        names["folder"] = Path.cwd()
    return names


def test_every_study_of_the_export_is_accounted_for(notebook):
    run = notebook["run"]
    assert run.counts["found"] == run.counts["screened"] + run.counts["rejected"] == 2
    assert len(run.results) == len(run.studies) == 2
    assert repr(run).startswith("Screening(found 2, screened")
    assert run.flow.content.startswith(b"<?xml")
    assert "Screening: found 2" in run._repr_html_()


def test_a_screening_is_read_again(notebook):
    again = ctbone.read_screening(notebook["folder"] / "screened")
    assert again.counts == notebook["run"].counts
    uid = again.results.query("status == 'screened'").study_uid.iloc[0]
    assert again.picture(uid).content.startswith(b"\x89PNG")
    with pytest.raises(
        ValueError, match=r"expected a picture of the study 1\.2\.3, found no such stu"
    ):
        again.picture("1.2.3")


def test_the_way_of_one_ct_ends_where_the_screening_ends(notebook):
    uid = notebook["run"].results.study_uid[0]
    masks = notebook["folder"] / "simulated" / "masks"
    scan = notebook["scan"]
    alone = ctbone.estimate(ctbone.localise(scan, mask=masks / f"{scan.series.series_uid}.nii.gz"))
    row = notebook["run"].results.set_index("study_uid").loc[uid]
    # What is keyed at random, and what is of the clock, differs.
    differs = ["study_uid", "patient_id", "scanner", "seconds"]
    assert (
        row.drop(differs[1:]).dropna().to_dict()
        == alone.results.iloc[0].drop(differs).dropna().to_dict()
    )


def test_the_shipped_localiser_measures_what_the_masks_do(notebook):
    assert notebook["patient"].value == pytest.approx(
        notebook["run"].results.trabecular_hu[0], abs=5
    )
    assert (notebook["folder"] / "spine.png").read_bytes() == notebook["found"].picture.content
    assert [one.level.name for one in notebook["lower"].found.shown] == ["L3"]


def test_own_tables_are_pooled_with_published_ones(notebook):
    pooled = notebook["pooled"]
    own = notebook["accuracy"].tables.query("target == 'osteoporosis'")
    assert pooled["osteoporosis"].summary.k == 4 + len(own)
    assert notebook["accuracy"].confusion.to_numpy().sum() == 2


def test_what_is_no_screening_is_refused(notebook, tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the folder of a screening, found none"):
        ctbone.read_screening(tmp_path / "absent")
    with pytest.raises(ctbone.CtboneError, match=r"expected run\.json in .*, found none"):
        ctbone.read_screening(tmp_path)
    with pytest.raises(ValueError, match=r"expected a run of ctbone screen in .* ctbone simulate"):
        ctbone.read_screening(notebook["folder"] / "simulated")
    with pytest.raises(ValueError, match="the export must be a folder, got absent"):
        ctbone.screen("absent", out=tmp_path / "out")
