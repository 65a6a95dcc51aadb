"""``ctbone.localise`` and ``ctbone.estimate`` on a spine whose bodies are known."""

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import ctbone
from ctbone.anatomy import VertebralLevel
from ctbone.errors import LevelNotInField, OutOfDomain
from tests.localisation.spine import CORE_HU, make_spine
from tests.localisation.test_localise import write_nifti


@pytest.fixture(scope="module")
def make_found(tmp_path_factory):
    """Localise a spine of some levels by its own mask."""

    def make(shown, **options):
        spine = make_spine(shown)
        mask = tmp_path_factory.mktemp("mask") / "mask.nii.gz"
        write_nifti(mask, spine.bodies, spine.volume.affine)
        return ctbone.localise(spine.volume, mask=mask, **options)

    return make


@pytest.fixture(scope="module")
def found(make_found):
    return make_found(("T12", "L1", "L2", "L3"))


def test_vertebrae_stand_in_a_table_by_name_and_in_order(found):
    assert [vertebra.level.name for vertebra in found] == ["T12", "L1", "L2", "L3"]
    table = found.table.set_index("level")
    assert table.trabecular_hu["L1"] == pytest.approx(CORE_HU, abs=3.0)
    assert found["L2"].level is VertebralLevel.L2
    assert len(found) == len(found.table) == 4
    assert found.refusal == ""
    assert repr(found).startswith("Localisation(T12 ")
    assert f"L1 {table.trabecular_hu['L1']:.0f} HU" in repr(found)


def test_a_level_that_was_not_located_is_named_with_those_that_were(found):
    with pytest.raises(KeyError, match="L5 was not located, but T12, L1, L2, L3"):
        found["L5"]


def test_levels_are_found_by_name_and_by_themselves(found):
    level = VertebralLevel.L2
    assert found[level] is found["L2"]
    assert all(one in found for one in ("L2", level, found["L2"]))
    assert not any(one in found for one in ("L5", VertebralLevel.L5, "l2", 21, None))


def test_no_levels_are_the_usual_ones(make_found):
    low = make_found(("L1", "L3"), levels=[])
    assert [level.name for level in low.levels] == ["L1", "L2"]
    assert make_found(("L1", "L3"), levels=[low["L3"].level]).levels == (VertebralLevel.L3,)


def test_the_picture_is_a_png_that_can_be_kept(found, tmp_path):
    kept = found.picture.save(tmp_path / "spine.png")
    with Image.open(BytesIO(kept.read_bytes())) as image:
        assert image.size == (1200, 720)
    assert "data:image/png;base64," in found.picture._repr_html_()
    assert "data:image/png;base64," in found._repr_html_()
    assert repr(found.picture).startswith("Picture(Spine with outlines of the vertebrae, png,")


def test_outlines_can_be_given_back_as_a_mask(found, tmp_path):
    again = ctbone.localise(found.scan, mask=found.write_mask(tmp_path / "again.nii.gz"))
    np.testing.assert_allclose(again["L1"].centroid_mm, found["L1"].centroid_mm, atol=0.2)


def test_a_volume_without_the_levels_shows_what_it_has_and_has_no_estimate(make_found):
    low = make_found(("L3", "L4"))
    said = "expected L1 or L2 whole in the field of view, found L3, L4"
    assert low.refusal == f"level_not_in_field: {said}"
    assert said in low._repr_html_()
    with pytest.raises(LevelNotInField, match=said):
        ctbone.estimate(low)


def levels_of(estimate):
    return [one.level.name for one in estimate.result.estimates]


def test_levels_are_those_that_were_localised_unless_others_are_asked_for(make_found):
    low = make_found(("L3", "L4"), levels=["L3"], fallback=["L4"])
    assert levels_of(ctbone.estimate(low)) == ["L3"]
    assert levels_of(ctbone.estimate(low, levels=["L4"])) == ["L4"]
    with pytest.raises(
        ValueError, match="expected levels that were localised, L3, L4, found L2: "
    ):
        ctbone.estimate(low, levels=["L2", "L3"])


def test_a_fallback_is_the_one_that_is_asked_for(make_found):
    low = make_found(("L3", "L4"), fallback=["L3"])
    for options in ({}, {"model": None}, {"levels": []}, {"fallback": ["L3"]}):
        assert levels_of(ctbone.estimate(low, **options)) == ["L3"]
    for options in ({"fallback": []}, {"levels": ["L1"], "fallback": []}):
        with pytest.raises(LevelNotInField):
            ctbone.estimate(low, **options)


def test_what_is_held_against_a_vertebra_is_what_it_was_localised_with(make_found):
    strict = make_found(("T12", "L1", "L2", "L3"), trust={"least_hu": 200.0})
    assert strict.refusal
    with pytest.raises(ctbone.CtboneError):
        ctbone.estimate(strict)


def test_an_estimate_says_what_it_is_and_what_it_rests_on(found):
    found = ctbone.estimate(found)
    assert (found.category, found.quantity) == ("osteopenia", "trabecular_hu")
    assert found.value == pytest.approx(CORE_HU, abs=3.0)
    assert found.bmd_mg_cm3 is None
    assert "uncalibrated" in found.flags
    assert "no model and no calibration" in found.notes[0]
    assert (
        repr(found)
        == f"Estimate(osteopenia, Trabecular attenuation {found.value:.1f} HU, L1 and L2)"
    )
    assert found.results.trabecular_hu[0] == pytest.approx(found.value, abs=1e-4)
    shown = found._repr_html_()
    assert "Attenuation is not calibrated" in shown
    assert ">L1<" in shown
    assert ">L3<" not in shown


def test_a_calibration_gives_a_density(found, tmp_path):
    line = {
        "slope_mg_cm3_per_hu": 0.8,
        "intercept_mg_cm3": 2.0,
        "phantom": "k2hpo4",
        "scanner": "made up",
        "kvp": 120.0,
        "source": "made up",
        "residual_sd_mg_cm3": 4.0,
        "pairs": 40,
    }
    (tmp_path / "line.yaml").write_text(json.dumps(line))
    density = ctbone.estimate(found, calibration=tmp_path / "line.yaml")
    assert density.value == pytest.approx(0.8 * CORE_HU + 2.0, abs=3.0)
    assert density.bmd_mg_cm3.lower < density.value < density.bmd_mg_cm3.upper
    assert "mg/cm3" in repr(density)


def test_a_series_out_of_the_domain_has_no_estimate(found):
    scan = replace(found.scan, series=replace(found.scan.series, kvp=80.0))
    with pytest.raises(OutOfDomain, match="expected 90 kV or more"):
        ctbone.estimate(replace(found, scan=scan))
    assert ctbone.estimate(replace(found, scan=scan), domain={"minimum_kvp": 0}).value > 0.0


def test_mistakes_are_one_sentence(found, tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a label map, found no file at"):
        ctbone.localise(found.scan, mask=tmp_path / "absent.nii.gz")
    with pytest.raises(ValueError, match=r"the mask: numbering must be one of .*, got 'mine'"):
        ctbone.localise(found.scan, mask=found.write_mask(tmp_path / "m.nii.gz"), numbering="mine")
    with pytest.raises(
        TypeError, match="'level' is no option of this function; did you mean leve"
    ):
        ctbone.localise(found.scan, level="L1")
    with pytest.raises(FileNotFoundError, match="found nothing at absent"):
        ctbone.localise("absent")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"mask": ""}, ValueError, "mask: expected the path of a label map, found an empty path"),
        ({"mask": np.zeros((3, 3, 3))}, TypeError, "mask: expected the path of .*, found ndarray"),
        (
            {"numbering": "verse"},
            ValueError,
            "expected a mask for the numbering verse, found none",
        ),
    ],
)
def test_what_is_said_of_a_mask_is_never_passed_over(found, options, kind, message):
    with pytest.raises(kind, match=message):
        ctbone.localise(found.scan, **options)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("x.png", ValueError, r"expected a path that ends in \.nii or \.nii\.gz, found x\.png"),
        ("absent/x.nii.gz", FileNotFoundError, "found nothing at .*absent"),
        ("", ValueError, "path: expected a path, found an empty path"),
    ],
)
def test_a_mask_that_cannot_be_written_is_one_sentence(found, name, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        found.write_mask(name and tmp_path / name)


@pytest.mark.parametrize("name", ["calibration", "rule"])
def test_a_file_that_is_not_there_is_one_sentence(found, name, tmp_path):
    for path, message in (("absent", "found nothing at"), ("", "expected a file, found the fold")):
        with pytest.raises((FileNotFoundError, ValueError), match=message):
            ctbone.estimate(found, **{name: tmp_path / path})


@pytest.mark.parametrize(
    "options", [{"levels": None}, {"fallback": None}, {"levels": np.array([])}]
)
def test_none_leaves_the_levels_that_were_localised(make_found, options):
    low = make_found(("L3", "L4"), levels=["L3"])
    assert levels_of(ctbone.estimate(low, **options)) == ["L3"]
