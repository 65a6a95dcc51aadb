"""masks.csv gives each series its mask, or says what is wrong in which line."""

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import MaskMissing
from ctbone.ingest import write_label_map
from ctbone.localisation import MaskLocator
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
    [("ctbone", "body"), ("verse", "vertebra"), ("totalsegmentator", "vertebra")],
)
def test_what_masks_hold_follows_the_scheme_unless_said(tmp_path, numbering, holds):
    spine = make_spine(("L1",))
    table = write_case(tmp_path, spine, "series_uid,mask,numbering", f"1,mask.nii.gz,{numbering}")
    assert MaskLocator.from_csv(table, images=tmp_path).entries["1"].holds == holds
    table = write_case(
        tmp_path, spine, "series_uid,mask,numbering,holds", f"1,mask.nii.gz,{numbering},body"
    )
    assert MaskLocator.from_csv(table, images=tmp_path).entries["1"].holds == "body"


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
    ],
)
def test_unsound_tables_are_refused(tmp_path, header, row, message):
    (tmp_path / "masks.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(ValueError, match=message):
        MaskLocator.from_csv(tmp_path / "masks.csv", images=tmp_path)
