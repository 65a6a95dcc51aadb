"""Masks on disk become vertebrae with levels, places and axes, or a named refusal."""

import numpy as np
import pytest

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.errors import MaskMissing
from ctbone.ingest import read_label_map, write_label_map
from ctbone.localisation import MaskEntry, MaskLocator, locate_labels
from ctbone.records import BodyMask
from ctbone.volume import CTVolume
from tests.localisation.spine import dice, make_spine

BODIES = MaskEntry(path=None, numbering="verse", holds="body")
WHOLE = MaskEntry(path=None, numbering="verse", holds="vertebra")


def angle_deg(one, other):
    return np.degrees(np.arccos(np.clip(one @ other, -1.0, 1.0)))


@pytest.mark.parametrize("entry", [BODIES, WHOLE])
@pytest.mark.parametrize("degrees", [(0.0, 0.0, 0.0), (15.0, 6.0, 0.0)])
def test_levels_centres_and_axes_are_found(entry, degrees):
    spine = make_spine(degrees=degrees, scan_degrees=(4.0, -3.0, 8.0))
    labels = spine.bodies if entry is BODIES else spine.vertebrae
    found = locate_labels(spine.volume, labels, spine.volume.affine, entry=entry)
    assert [v.level.name for v in found] == ["T12", "L1", "L2", "L3"]
    for vertebra in found[1:3]:
        assert vertebra.confidence == 1.0
        away = np.asarray(vertebra.centroid_mm) - spine.centres_mm[vertebra.level]
        assert np.linalg.norm(away) < 2.5
        assert angle_deg(vertebra.axes[:, 2], spine.axes[:, 2]) < 4.0
        assert vertebra.is_whole


def test_the_arch_shows_how_a_vertebra_is_turned():
    spine = make_spine(degrees=(0.0, 0.0, 20.0))
    found = locate_labels(spine.volume, spine.vertebrae, spine.volume.affine, entry=WHOLE)
    assert angle_deg(found[1].axes[:, 1], spine.axes[:, 1]) < 4.0


def test_totalsegmentator_numbers_are_told_apart():
    spine = make_spine()
    numbers = {level: number for number, level in LABELS["totalsegmentator"].items()}
    labels = np.zeros_like(spine.vertebrae)
    for level in spine.centres_mm:
        labels[spine.vertebrae == level] = numbers[level]
    entry = MaskEntry(path=None, numbering="totalsegmentator", holds="vertebra")
    found = locate_labels(spine.volume, labels, spine.volume.affine, entry=entry)
    assert [v.level.name for v in found] == ["T12", "L1", "L2", "L3"]


def test_a_mask_on_another_grid_is_mapped_by_its_affine():
    spine = make_spine()
    flipped = spine.bodies[::-1, :, ::2].transpose(2, 0, 1)
    affine = spine.volume.affine
    flip = np.eye(4)
    flip[0, 0], flip[0, 3], flip[2, 2] = -1, spine.bodies.shape[0] - 1, 2
    order = np.eye(4)[:, [2, 0, 1, 3]]
    found = locate_labels(spine.volume, flipped, affine @ flip @ order, entry=BODIES)
    for vertebra in found:
        away = np.asarray(vertebra.centroid_mm) - spine.centres_mm[vertebra.level]
        assert np.linalg.norm(away) < 2.0


def test_a_vertebra_cut_by_the_field_is_not_whole():
    spine = make_spine()
    tops = np.argwhere(spine.bodies == VertebralLevel.T12)[:, 2]
    stop = int(tops.min()) + 4
    hu, labels = spine.volume.hu[:, :, :stop], spine.bodies[:, :, :stop]
    volume = CTVolume(hu, spine.volume.affine, "1.2.3")
    for mask in (labels, spine.bodies):
        found = locate_labels(volume, mask, spine.volume.affine, entry=BODIES)
        whole = {v.level.name: v.is_whole for v in found}
        assert (whole["L1"], whole["L2"]) == (True, True)
        assert not whole.get("T12", False)


def test_an_arch_without_its_body_is_left_out():
    spine = make_spine()
    labels = spine.vertebrae.copy()
    labels[spine.bodies == VertebralLevel.T12] = 0
    top = int(np.argwhere(labels == VertebralLevel.T12)[:, 2].max())
    volume = CTVolume(spine.volume.hu[:, :, : top - 2], spine.volume.affine, "1.2.3")
    found = locate_labels(volume, labels, spine.volume.affine, entry=WHOLE)
    assert [v.level.name for v in found] == ["L1", "L2", "L3"]


def test_a_mask_cut_by_its_own_grid_is_not_whole():
    spine = make_spine()
    start = int(np.argwhere(spine.bodies == VertebralLevel.L2)[:, 2].min()) + 3
    affine = spine.volume.affine.copy()
    affine[:3, 3] += affine[:3, 2] * start
    found = locate_labels(spine.volume, spine.bodies[:, :, start:], affine, entry=BODIES)
    assert {v.level.name: v.is_whole for v in found}["L2"] is False


def test_a_mask_that_lies_elsewhere_is_refused():
    spine = make_spine()
    affine = spine.volume.affine.copy()
    affine[:3, 3] += 900.0
    with pytest.raises(MaskMissing, match="does not overlap"):
        locate_labels(spine.volume, spine.bodies, affine, entry=BODIES)


def test_a_mask_without_vertebrae_is_refused():
    spine = make_spine()
    with pytest.raises(MaskMissing, match="found no vertebra"):
        locate_labels(spine.volume, spine.bodies * 0, spine.volume.affine, entry=BODIES)


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


@pytest.mark.parametrize(
    ("name", "numbering", "holds"),
    [
        ("totalseg.nii.gz", "totalsegmentator", "vertebra"),
        ("totalseg_vertebrae_pp_refined.nii.gz", "verse", "body"),
    ],
)
def test_real_masks_agree_on_l1_and_l2(shared_data, name, numbering, holds):
    folder = shared_data / "ct" / "totalseg_example" / "labels"
    labels = read_label_map(folder / name)
    bodies = read_label_map(folder / "totalseg_vertebrae_pp_refined.nii.gz")
    volume = CTVolume(np.zeros(labels.labels.shape, np.int16), labels.affine, "1")
    entry = MaskEntry(folder / name, numbering, holds)
    found = {
        v.level.name: v for v in locate_labels(volume, labels.labels, labels.affine, entry=entry)
    }
    for level in ("L1", "L2"):
        assert found[level].is_whole
        centre = np.argwhere(bodies.labels == VertebralLevel[level]).mean(axis=0)
        expected = labels.affine[:3, :3] @ centre + labels.affine[:3, 3]
        assert np.linalg.norm(np.asarray(found[level].centroid_mm) - expected) < 2.0
    assert not found["T12"].is_whole


def test_dice_of_a_mask_with_itself_is_one():
    spine = make_spine(("L1",))
    assert dice(spine.bodies > 0, spine.bodies > 0) == 1.0
