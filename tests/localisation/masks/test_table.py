"""masks.csv gives each series its mask, or says what is wrong in which line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import MaskMissing
from ctbone.ingest import write_label_map
from ctbone.localisation import MaskEntry, MaskLocator
from ctbone.records import BodyMask
from ctbone.volume import CTVolume
from tests.localisation.spine import make_spine


def write_case(folder, spine, header, row):
    folder.mkdir(exist_ok=True)
    write_label_map(folder / "mask.nii.gz", spine.vertebrae, spine.volume.affine)
    (folder / "masks.csv").write_text(f"{header}\n{row}\n")
    return folder / "masks.csv"


def test_a_table_gives_each_series_its_mask(tmp_path):
    spine = make_spine()
    table = write_case(tmp_path, spine, "series_uid,mask,numbering", "1.2.3,mask.nii.gz,verse")
    locate = MaskLocator.from_csv(table, images=tmp_path)
    found = locate(spine.volume)
    body = next(v.body for v in found if v.level is VertebralLevel.L2)
    assert isinstance(body, BodyMask)
    expected = BodyMask(spine.bodies == VertebralLevel.L2, spine.volume.affine)
    assert body.volume_mm3 == pytest.approx(expected.volume_mm3, rel=0.2)
    with pytest.raises(MaskMissing, match="listed for the series"):
        locate(CTVolume(spine.volume.hu, spine.volume.affine, "9.9"))


def test_an_image_that_is_damaged_takes_no_other_mask_with_it(tmp_path):
    (tmp_path / "ct.nii").write_bytes(bytes(400))
    table = tmp_path / "masks.csv"
    table.write_text("series_uid,image,mask,numbering\n,ct.nii,m.nii,verse\n1,,m.nii,verse\n")
    assert list(MaskLocator.from_csv(table, images=tmp_path).entries) == ["1"]


def test_a_row_can_name_a_nifti_image(tmp_path):
    spine = make_spine()
    write_label_map(
        tmp_path / "ct.nii.gz", spine.volume.hu - spine.volume.hu.min(), spine.volume.affine
    )
    table = write_case(tmp_path, spine, "image,mask,numbering", "ct.nii.gz,mask.nii.gz,verse")
    (uid,) = MaskLocator.from_csv(table, images=tmp_path).entries
    assert (
        len(
            MaskLocator.from_csv(table, images=tmp_path)(
                CTVolume(spine.volume.hu, spine.volume.affine, uid)
            )
        )
        == 4
    )


def test_a_mask_that_is_gone_is_a_fault_of_the_study(tmp_path):
    spine = make_spine(("L1",))
    table = write_case(tmp_path, spine, "series_uid,mask,numbering", "1.2.3,gone.nii.gz,ctbone")
    with pytest.raises(MaskMissing, match="does not exist"):
        MaskLocator.from_csv(table, images=tmp_path)(spine.volume)


@pytest.mark.parametrize(
    ("numbering", "holds"),
    [
        ("ctbone", "body"),
        ("verse", "vertebra"),
        ("totalsegmentator", "vertebra"),
        ("totalsegmentator_v1", "vertebra"),
        ("totalsegmentator_v2", "vertebra"),
        ("monai", "vertebra"),
    ],
)
def test_what_masks_hold_follows_the_scheme_unless_said(tmp_path, numbering, holds):
    spine = make_spine(("L1",))
    table = write_case(tmp_path, spine, "series_uid,mask,numbering", f"1,mask.nii.gz,{numbering}")
    assert MaskLocator.from_csv(table, images=tmp_path).entries["1"].holds == holds
    table = write_case(
        tmp_path, spine, "series_uid,mask,numbering,holds", f"1,mask.nii.gz,{numbering},body"
    )
    assert MaskLocator.from_csv(table, images=tmp_path).entries["1"].holds == "body"


def test_a_data_set_of_nnunet_says_what_its_numbers_mean(tmp_path):
    spine = make_spine()
    own = {"background": 0, "disc_L1": 1, "vertebrae_L1": 2, "vertebrae_L2": 3}
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": own}))
    labels = np.zeros_like(spine.vertebrae)
    labels[spine.vertebrae == VertebralLevel.L1] = 2
    labels[spine.vertebrae == VertebralLevel.L2] = 3
    labels[spine.vertebrae == VertebralLevel.L3] = 1
    table = write_case(
        tmp_path,
        replace(spine, vertebrae=labels),
        "series_uid,mask,numbering,labels",
        "1.2.3,mask.nii.gz,nnunet,dataset.json",
    )
    found = MaskLocator.from_csv(table, images=tmp_path)(spine.volume)
    assert [v.level.name for v in found] == ["L1", "L2"]


@pytest.mark.parametrize("own", [("verse", {1: VertebralLevel.L1}), ("nnunet", {})])
def test_numbers_come_from_one_place(own):
    with pytest.raises(ValueError, match=f"numbers of {own[0]} must be known from one place"):
        MaskEntry(Path("m.nii"), own[0], "body", own[1])


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("series_uid,mask", "1,m.nii", "numbering"),
        ("series_uid,mask,numbering", "1,m.nii,atlas", "line 2: numbering must be one of"),
        ("series_uid,mask,numbering", "1,,verse", "line 2: expected the path of a mask"),
        ("series_uid,mask,numbering", ",m.nii,verse", "line 2: expected series_uid or image"),
        ("image,mask,numbering", "no.nii,m.nii,verse", "an image that does not exist"),
        (
            "series_uid,mask,numbering",
            "1,m.nii,ctbone\n2,n.nii,ctbone\n1,o.nii,ctbone",
            "masks.csv, line 4: expected a mask a series, that of line 2 again",
        ),
        (
            "series_uid,mask,numbering,holds",
            "1,m.nii,verse,arch",
            "holds must be body or vertebra",
        ),
        ("series_uid,mask,numbering", "1,m.nii,nnunet", "line 2: expected labels, a dataset"),
        (
            "series_uid,mask,numbering,labels",
            "1,m.nii,verse,dataset.json",
            "for nnunet alone, 'dataset.json' for verse",
        ),
        (
            "series_uid,mask,numbering,labels",
            "1,m.nii,nnunet,gone.json",
            r"line 2: .* found no gone\.json",
        ),
    ],
)
def test_unsound_tables_are_refused(tmp_path, header, row, message):
    (tmp_path / "masks.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(ValueError, match=message):
        MaskLocator.from_csv(tmp_path / "masks.csv", images=tmp_path)
