"""One name chooses what finds vertebrae."""

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.ingest import write_label_map
from ctbone.localisation import (
    MaskLocator,
    SegmentationAlgorithm,
    TotalSegmentatorLocator,
    algorithm_of,
    locator,
    make_locator,
)
from tests.localisation.spine import make_spine


@pytest.mark.parametrize("name", ["masks", "native"])
def test_masks_are_taken_where_they_are_given(tmp_path, name):
    spine = make_spine(("L1", "L2"))
    write_label_map(tmp_path / "m.nii.gz", spine.vertebrae, spine.volume.affine)
    table = tmp_path / "masks.csv"
    table.write_text("series_uid,mask,numbering\n1.2.3,m.nii.gz,verse\n")
    locate = make_locator(name, masks=table, images=tmp_path)
    assert isinstance(locate, MaskLocator)
    assert [v.level.name for v in locate(spine.volume)] == ["L1", "L2"]


def test_masks_that_are_asked_for_have_to_be_given():
    with pytest.raises(ValueError, match=r"expected masks\.csv for the locator masks"):
        make_locator("masks")


def test_masks_and_another_locator_exclude_each_other(tmp_path):
    with pytest.raises(ValueError, match="masks and the locator totalsegmentator exclude"):
        make_locator("totalsegmentator", masks=tmp_path / "masks.csv")


def test_the_network_that_ships_is_what_native_means(monkeypatch):
    asked = {}
    monkeypatch.setattr(locator, "shipped_locator", lambda **given: asked.update(given))
    make_locator("native", levels=(VertebralLevel.L3,), device="cuda")
    assert asked == {"levels": (VertebralLevel.L3,), "device": "cuda"}


def test_masks_of_a_user_are_not_called_automatic():
    assert algorithm_of(MaskLocator({})) == SegmentationAlgorithm(
        name="masks given to ctbone", is_automatic=False
    )
    other = TotalSegmentatorLocator(run=print, version="2.4.0")
    assert algorithm_of(other).version == "2.4.0"
    assert algorithm_of(lambda _: (), sha256="ff").sha256 == "ff"
