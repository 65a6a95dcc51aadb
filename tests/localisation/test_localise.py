"""Every study ends as located or rejected, with files that can be used again."""

import csv
import importlib
import json
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable, WeightsMismatch
from ctbone.ingest import CATALOGUE, index_export
from ctbone.interchange import OUTCOME_FILES, REVIEW_COLUMNS
from ctbone.localisation import LocaliseConfig, MaskLocator, localise
from ctbone.runs import RunLog
from ctbone.volume import CTVolume
from tests.localisation.masks.test_dicom import write_ct
from tests.localisation.spine import make_spine

TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_nifti(path, values, affine):
    image = nibabel.Nifti1Image(values, TO_RAS @ affine)
    image.set_sform(TO_RAS @ affine, code=1)
    nibabel.save(image, path)


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """A whole spine, one that shows L3 alone, and a CT without a mask."""
    tmp_path = tmp_path_factory.mktemp("localise")
    folder = tmp_path / "export"
    folder.mkdir()
    lines = ["image,mask,numbering,holds"]
    for name, levels in (("whole", ("T12", "L1", "L2", "L3")), ("low", ("L3",))):
        spine = make_spine(levels, scan_degrees=(0.0, 4.0, 0.0))
        air = np.full((120, 120, 62), -1000, np.int16)
        air[28:92, 24:96] = spine.volume.hu
        affine = spine.volume.affine.copy()
        affine[:3, 3] -= affine[:3, :3] @ [28, 24, 0]
        write_nifti(folder / f"{name}.nii.gz", air, affine)
        write_nifti(tmp_path / f"{name}-mask.nii.gz", spine.vertebrae, spine.volume.affine)
        lines.append(f"{name}.nii.gz,{name}-mask.nii.gz,verse,vertebra")
    spine = make_spine(("L4",), offset_mm=(0.0, 2.0, 0.0))
    air[28:92, 24:96] = spine.volume.hu
    write_nifti(folder / "unlisted.nii.gz", air, affine)
    (tmp_path / "masks.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def out(export):
    folder = export.parent / "out"
    masks = export.parent / "masks.csv"
    localise(LocaliseConfig(export=export, out=folder, masks=masks))
    return folder


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_study_is_accounted_for(out):
    counts = json.loads((out / "run.json").read_text())["counts"]
    assert counts["found"] == counts["located"] + counts["rejected"] == 3
    reasons = [row["reason"] for row in rows(out / "rejections.csv")]
    assert sorted(reasons) == ["level_not_in_field", "mask_missing"]
    assert len(list((out / "pictures").glob("*.png"))) == 3


def test_a_row_a_vertebra_says_where_it_is_and_what_it_holds(out):
    found = {(row["study_uid"], row["level"]): row for row in rows(out / "vertebrae.csv")}
    located = {key: row for key, row in found.items() if row["centroid_x_mm"]}
    assert len(located) == 5
    (one,) = [row for (_, level), row in located.items() if level == "L1"]
    assert float(one["trabecular_hu"]) == pytest.approx(140.0, abs=3.0)
    assert one["evaluable"] == "true"
    assert float(one["centroid_x_mm"]) == pytest.approx(7.0, abs=2.0)
    assert float(one["centroid_y_mm"]) == pytest.approx(-100.0, abs=2.5)


def test_a_level_out_of_view_has_a_row_that_says_so(out):
    low = [row for row in rows(out / "vertebrae.csv") if not row["centroid_x_mm"]]
    found = [(row["level"], row["evaluable"], row["reason"]) for row in low]
    assert found == [(name, "false", "level_not_in_field") for name in ("L1", "L2")]


def test_its_masks_can_be_given_back(tmp_path, export, out):
    again = tmp_path / "again"
    localise(LocaliseConfig(export=export, out=again, masks=out / "masks.csv"))
    first, second = (
        {(r["study_uid"], r["level"]): r for r in rows(folder / "vertebrae.csv")}
        for folder in (out, again)
    )
    assert first.keys() == second.keys()
    for key, row in first.items():
        for name in ("centroid_x_mm", "centroid_y_mm", "centroid_z_mm"):
            if not row[name]:
                continue
            assert float(second[key][name]) == pytest.approx(float(row[name]), abs=0.11)


def test_masks_come_out_under_the_names_of_a_reviewer(tmp_path, export, capsys):
    (tmp_path / "key").write_bytes(b"k" * 32)
    studies = index_export(export, key=b"k" * 32)
    uids = {study.series[0].slices[0].path.name: study.study_uid for study in studies}
    whole, low = uids["whole.nii.gz"], uids["low.nii.gz"]
    names = "T12=none L1=T12 L2=L1 L3=L2"
    verdicts = [(whole, "relabel", names), (low, "reject"), ("1.2.3", "accept")]
    cells = (dict(zip(REVIEW_COLUMNS, said, strict=False)) for said in verdicts)
    review = write_rows(
        tmp_path / "review.csv",
        REVIEW_COLUMNS,
        ({"reviewed_on": "2026-11-22"} | row for row in cells),
    )
    again = tmp_path / "out"
    masks, key = export.parent / "masks.csv", tmp_path / "key"
    localise(LocaliseConfig(export=export, out=again, masks=masks, review=review, site_key=key))
    labels = nibabel.load(again / "masks" / f"{whole}.nii.gz").get_fdata()
    levels = [VertebralLevel(int(label)).name for label in np.unique(labels)[1:]]
    assert levels == ["T12", "L1", "L2"]
    refused = {row["study_uid"]: row for row in rows(again / "rejections.csv")}[low]
    assert (refused["reason"], refused["stage"]) == ("rejected_in_review", "select")
    warnings = json.loads((again / "run.json").read_text())["warnings"]
    counted = "2 of 3 rows of the review count (for nothing: 1 of studies not in the export)"
    assert counted in warnings
    assert f"Note: {counted}." in capsys.readouterr().out


def test_an_export_without_studies_is_nothing_usable(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n1,m.nii,verse\n")
    config = LocaliseConfig(
        export=tmp_path / "empty", out=tmp_path / "out", masks=tmp_path / "masks.csv"
    )
    with pytest.raises(NothingUsable, match="neither DICOM nor NIfTI"):
        localise(config)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 3


def test_a_file_that_is_cut_short_is_rejected_without_its_path(tmp_path):
    folder = tmp_path / "export" / "SMITH_JOHN"
    folder.mkdir(parents=True)
    spine = make_spine(("L1",))
    path = folder / "SMITH.nii"
    write_nifti(path, spine.volume.hu, spine.volume.affine)
    path.write_bytes(path.read_bytes()[:-100])
    (tmp_path / "masks.csv").write_text("series_uid,mask,numbering\n1,m.nii,verse\n")
    out = tmp_path / "out"
    localise(LocaliseConfig(export=tmp_path / "export", out=out, masks=tmp_path / "masks.csv"))
    (row,) = rows(out / "rejections.csv")
    assert row["reason"] == "unreadable_file"
    assert "SMITH" not in (out / "rejections.csv").read_text()
    assert "SMITH" not in (out / "run.json").read_text()


def test_commands_write_the_same_columns_of_vertebrae(out):
    header = (out / "vertebrae.csv").read_text().splitlines()[0]
    assert header == ",".join(OUTCOME_FILES["vertebrae.csv"])


def test_the_network_runs_where_the_configuration_says(tmp_path, export, monkeypatch):
    asked = []

    def build(*, levels, device):
        asked.append((device, [level.name for level in levels]))
        raise WeightsMismatch("none here")

    monkeypatch.setattr("ctbone.localisation.opening.shipped_locator", build)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    for device in ("auto", "cpu"):
        with pytest.raises(WeightsMismatch):
            localise(LocaliseConfig(export=export, out=tmp_path, device=device, levels=("L3",)))
    assert asked == [("cuda", ["L3"]), ("cpu", ["L3"])]
    assert LocaliseConfig(export=export, out=tmp_path).device == "auto"


def test_the_catalogue_has_the_name_that_ingest_gives_it(out):
    assert (out / CATALOGUE).is_file()


def test_a_configuration_without_levels_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one level"):
        LocaliseConfig(export=tmp_path, out=tmp_path, levels=())
    with pytest.raises(ValueError, match="got L1 twice"):
        LocaliseConfig(export=tmp_path, out=tmp_path, levels=("L1", "L1"))


def test_a_bug_costs_one_study_and_ends_no_run(tmp_path, export, monkeypatch):
    masks = MaskLocator.from_csv(export.parent / "masks.csv", images=export)
    calls = []

    def locate(volume):
        calls.append(volume)
        return masks(volume) if len(calls) > 1 else 1 / 0

    module = importlib.import_module("ctbone.localisation.localise")
    monkeypatch.setattr(module, "open_locator", lambda *_, **__: locate)
    localise(LocaliseConfig(export=export, out=tmp_path, device="cpu"))
    counts = json.loads((tmp_path / "run.json").read_text())["counts"]
    assert (len(calls), counts["found"], counts["unexpected"]) == (3, 3, 1)
    (row,) = [r for r in rows(tmp_path / "rejections.csv") if r["reason"] == "unexpected"]
    assert row["stage"] == "locate"
    assert "ZeroDivisionError at " in row["detail"]


def test_a_picture_that_fails_costs_no_study(tmp_path, export, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    module = importlib.import_module("ctbone.localisation.study_work")
    monkeypatch.setattr(module, "picture", fail)
    localise(LocaliseConfig(export=export, out=tmp_path, masks=export.parent / "masks.csv"))
    log = json.loads((tmp_path / "run.json").read_text())
    assert log["counts"]["located"] == 1
    assert log["warnings"] == ["3 pictures could not be drawn"]


def test_the_reason_of_a_refusal_names_its_stage(out):
    stages = {row["reason"]: row["stage"] for row in rows(out / "rejections.csv")}
    assert stages == {"level_not_in_field": "locate", "mask_missing": "locate"}


def test_what_a_run_writes_lies_outside_its_input(tmp_path):
    with pytest.raises(ValueError, match="must lie outside the export"):
        localise(LocaliseConfig(export=tmp_path, out=tmp_path / "out"))
    assert not list(tmp_path.iterdir())


def test_a_second_run_leaves_nothing_of_the_first(tmp_path, export):
    config = LocaliseConfig(export=export, out=tmp_path, masks=export.parent / "masks.csv")
    localise(config)
    stale = [tmp_path / "pictures" / "9.png", tmp_path / "masks" / "9.nii.gz"]
    for path in stale:
        path.touch()
    localise(config)
    assert not any(path.exists() for path in stale)
    with pytest.raises(ValueError, match="which this run reads and would write over"):
        localise(LocaliseConfig(export=export, out=tmp_path, masks=tmp_path / "masks.csv"))
    assert list((tmp_path / "masks").iterdir())


def test_a_locator_is_chosen_by_name(tmp_path, export):
    with pytest.raises(ValueError, match=r"expected masks\.csv for the locator masks"):
        localise(LocaliseConfig(export=export, out=tmp_path, locator="masks", device="cpu"))


def test_weights_of_ones_own_find_the_vertebrae(tmp_path, export, monkeypatch):
    asked = []

    def load(weights, *, levels, device):
        asked.append(weights)
        raise WeightsMismatch("none here")

    monkeypatch.setattr("ctbone.localisation.opening.load_locator", load)
    weights = tmp_path / "mine.safetensors"
    config = LocaliseConfig(export=export, out=tmp_path, localiser=weights, device="cpu")
    with pytest.raises(WeightsMismatch):
        localise(config)
    assert asked == [weights]
    with pytest.raises(ValueError, match="masks and a localiser exclude each other"):
        replace(config, masks=tmp_path / "masks.csv")


def test_masks_become_dicom_segmentations_where_that_is_asked_for(tmp_path):
    spine = make_spine()
    air = np.full((120, 120, 62), -1000, np.int16)
    air[28:92, 24:96] = spine.volume.hu
    affine = spine.volume.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ [28, 24, 0]
    write_ct(tmp_path / "in" / "ct", replace(spine, volume=CTVolume(air, affine, "1")))
    write_nifti(tmp_path / "mask.nii.gz", spine.bodies, spine.volume.affine)
    (tmp_path / "masks.csv").write_text(
        "series_uid,mask,numbering\n1.2.3.1.1,mask.nii.gz,ctbone\n"
    )
    given = {"export": tmp_path / "in", "masks": tmp_path / "masks.csv"}
    localise(LocaliseConfig(out=tmp_path / "out", dicom_seg="pseudonym", **given))
    names = sorted(path.name for path in (tmp_path / "out" / "segmentations").iterdir())
    assert names[0] == "1.2.3.1-body.dcm"
    localise(LocaliseConfig(out=tmp_path / "out", **given))
    assert not list((tmp_path / "out").glob("segmentations/*"))


def test_a_study_that_no_segmentation_can_refer_to_is_counted(tmp_path, export):
    masks = export.parent / "masks.csv"
    localise(LocaliseConfig(export=export, out=tmp_path, masks=masks, dicom_seg="pseudonym"))
    log = json.loads((tmp_path / "run.json").read_text())
    assert log["warnings"] == ["2 studies could have no DICOM segmentation"]
    assert log["counts"]["located"] == 1


def test_a_folder_is_shown_as_it_is_called(capsys):
    module = importlib.import_module("ctbone.localisation.localise")
    module._report(RunLog("localise", None, warnings=["see [/b]"]), Path("out/[/a]"))
    assert capsys.readouterr().out.endswith(
        "Note: see [/b].\nVertebrae: out/[/a]/vertebrae.csv\n"
        "Pages to look at: ctbone report --run out/[/a]\n"
    )
