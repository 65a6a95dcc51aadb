"""Masks on disk become vertebrae with levels, places and axes, or a named refusal."""

import numpy as np
import pytest

from ctbone.anatomy import LABELS, VertebralLevel
from ctbone.errors import MaskMissing
from ctbone.ingest import read_label_map
from ctbone.localisation import MaskEntry, locate_labels
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


def test_levels_are_as_sure_as_who_gave_them():
    spine = make_spine(("L1", "L2"))
    found = locate_labels(
        spine.volume, spine.bodies, spine.volume.affine, entry=BODIES, confidence=0.75
    )
    assert [v.confidence for v in found] == [0.75, 0.75]


def test_the_arch_shows_how_a_vertebra_is_turned():
    spine = make_spine(degrees=(0.0, 0.0, 20.0))
    found = locate_labels(spine.volume, spine.vertebrae, spine.volume.affine, entry=WHOLE)
    assert angle_deg(found[1].axes[:, 1], spine.axes[:, 1]) < 4.0


@pytest.mark.parametrize("numbering", ["totalsegmentator", "totalsegmentator_v1", "monai"])
def test_other_numbers_are_told_apart(numbering):
    spine = make_spine()
    numbers = {level: number for number, level in LABELS[numbering].items()}
    labels = np.zeros_like(spine.vertebrae)
    for level in spine.centres_mm:
        labels[spine.vertebrae == level] = numbers[level]
    entry = MaskEntry(path=None, numbering=numbering, holds="vertebra")
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


def test_a_mask_of_another_numbering_is_refused():
    # VerSe's L1, L2 and L3 are L3, L2 and L1 of TotalSegmentator 1.
    spine = make_spine()
    entry = MaskEntry(path=None, numbering="totalsegmentator_v1", holds="body")
    with pytest.raises(MaskMissing, match=r"found L1 below L4: .* of another numbering"):
        locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=entry)


def test_a_mask_without_vertebrae_is_refused():
    spine = make_spine()
    with pytest.raises(MaskMissing, match="found no vertebra"):
        locate_labels(spine.volume, spine.bodies * 0, spine.volume.affine, entry=BODIES)


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
