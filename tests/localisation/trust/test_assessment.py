"""The whole road: from a scan and its vertebrae to the same vertebrae with their reasons."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation.trust import TrustConfig, assess, assessed_levels
from ctbone.records import BodyMask, Flag, Morphometry
from ctbone.volume import CTVolume
from tests.localisation.spine import BODY_MM

_V = VertebralLevel


def reasons(volume, vertebrae, **options):
    return [v.reason for v in assess(volume, vertebrae, **options)]


def heights(front, middle, back):
    return Morphometry(height_anterior_mm=front, height_middle_mm=middle, height_posterior_mm=back)


def test_nothing_speaks_against_healthy_vertebrae(spine, located):
    found = assess(spine.volume, located)
    assert found == tuple(located)
    assert [v.level.name for v in found] == ["T12", "L1", "L2"]


@pytest.mark.parametrize(
    ("radius_mm", "hu", "offset_mm", "reason"),
    [
        (5.0, 3000, (0.0, 0.0, 0.0), Reason.METAL),
        (8.0, 3000, (BODY_MM[0] + 6.0, 0.0, 0.0), Reason.METAL),
        (7.0, 0, (6.0, -3.0, 0.0), Reason.FOCAL_LESION),
        (5.0, 450, (-6.0, 0.0, 0.0), Reason.FOCAL_LESION),
        (5.0, -900, (0.0, 0.0, 0.0), Reason.IMPLAUSIBLE_ATTENUATION),
    ],
)
def test_what_is_in_one_body_refuses_that_body(
    with_ball, located, radius_mm, hu, offset_mm, reason
):
    volume = with_ball(radius_mm, hu, offset_mm=offset_mm)
    assert reasons(volume, located) == [None, reason, None]


def test_a_lesion_that_fills_its_body_shows_against_the_neighbours(with_ball, located):
    # To the wall all round, so that nothing of the body is left to compare it with.
    filled = with_ball(40.0, 60, squash=(BODY_MM[2] - 2.5) / 40.0)
    inside = located[1]
    assert reasons(filled, located) == [None, Reason.LEVELS_DISAGREE, None]
    assert reasons(filled, [inside], config=TrustConfig(wall_hu=-1000.0)) == [None]


def test_a_mask_on_soft_tissue_is_no_vertebra(spine, located):
    soft = CTVolume(np.full_like(spine.volume.hu, 45), spine.volume.affine, "1.2.3")
    found = assess(soft, located)
    assert {v.reason for v in found} == {Reason.IMPLAUSIBLE_ATTENUATION}
    assert "a wall at least 10 HU denser than the inside, found 0" in found[0].detail


def test_a_fracture_is_read_from_the_heights_that_the_locator_gives(spine, located):
    broken = [replace(v, morphometry=heights(24.0, 23.0, 25.0)) for v in located]
    broken[1] = replace(broken[1], morphometry=heights(17.0, 20.0, 25.0))
    assert reasons(spine.volume, broken) == [None, Reason.FRACTURE, None]


def test_a_height_between_flag_and_fracture_is_flagged(spine, located):
    grey = [replace(v, morphometry=heights(24.0, 23.0, 25.0)) for v in located]
    grey[1] = replace(grey[1], morphometry=heights(20.6, 21.5, 25.0))
    found = assess(spine.volume, grey)
    assert [v.reason for v in found] == [None] * 3
    assert [v.flags for v in found] == [(), (Flag.BORDERLINE_HEIGHT,), ()]


def test_a_reason_of_the_locator_stands(with_ball, located):
    doubtful = [replace(v, reason=Reason.LEVEL_UNCERTAIN, detail="L1 or L2") for v in located]
    found = assess(with_ball(5.0, 3000), doubtful)
    assert {(v.reason, v.detail) for v in found} == {(Reason.LEVEL_UNCERTAIN, "L1 or L2")}


def test_what_the_field_cuts_is_truncated_and_not_looked_at(with_ball, located):
    cut = [located[0], replace(located[1], is_whole=False), located[2]]
    assert reasons(with_ball(5.0, 3000), cut) == [None, Reason.TRUNCATED, None]


def test_only_the_levels_asked_for_are_looked_at(with_ball, located):
    volume = with_ball(5.0, 3000)
    assert reasons(volume, located, levels={_V.L2}) == [None] * 3
    assert reasons(volume, located, levels={_V.L1}) == [None, Reason.METAL, None]


def test_the_sacrum_is_not_looked_at(with_ball, located):
    sacrum = [replace(located[1], level=_V.S1)]
    assert reasons(with_ball(5.0, 3000), sacrum) == [None]


def test_neighbours_are_looked_at_with_the_levels_asked_for():
    assert assessed_levels((_V.L1, _V.L2)) == {_V.T12, _V.T13, _V.L1, _V.L2, _V.L3}
    assert assessed_levels((_V.L4,)) == {_V.L3, _V.L4}


def test_thresholds_are_those_of_the_configuration(with_ball, located):
    volume = with_ball(7.0, 0, offset_mm=(6.0, -3.0, 0.0))
    lenient = TrustConfig(hole_mm3=5000.0, level_multiple=50.0, spread_ratio=50.0)
    assert reasons(volume, located, config=lenient) == [None] * 3


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"width_mm": (50.0, 20.0)}, "width_mm must ascend, got 50 to 20"),
        ({"borderline_loss": 0.3}, "must ascend within 0 and 1, got 0.3 and 0.2"),
        ({"least_hu": 600.0}, "least_hu must lie below most_hu"),
        ({"hole_mm3": -5.0}, "hole_mm3 must not be negative, got -5"),
        ({"volume_cm3": (-1.0, 90.0)}, "volume_cm3 must not be negative, got -1"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(changes, named):
    with pytest.raises(ValueError, match=named):
        TrustConfig(**changes)


def test_a_dent_that_only_the_image_shows_is_a_fracture(spine, located, monkeypatch):
    body = replace(located[1], morphometry=heights(25.0, 22.0, 25.0))
    vertebrae = [located[0], body, located[2]]
    assert reasons(spine.volume, vertebrae) == [None, None, None]
    seen = "ctbone.localisation.trust.evidence.dents_mm"
    monkeypatch.setattr(seen, lambda *_, **__: 2.5)
    found = assess(spine.volume, vertebrae)[1]
    assert found.reason is Reason.FRACTURE
    assert "22% in the middle, where its end plates show 2.5 mm inside" in found.detail
    # The flag is of the heights that stand in the table.
    assert Flag.BORDERLINE_HEIGHT not in found.flags


def test_a_level_with_coarse_struts_is_refused_though_its_mean_is_that_of_the_others(
    spine, located
):
    values = spine.volume.hu.astype(np.float64)
    rng = np.random.default_rng(4)
    values += rng.normal(0.0, 15.0, values.shape)
    body = spine.bodies == _V.L1
    values[body] += 60.0 * np.where(np.indices(body.shape)[0][body] % 2, 1.0, -1.0)
    striped = CTVolume(values.astype(np.int16), spine.volume.affine, "1.2.3")
    found = assess(striped, located)
    assert [v.reason for v in found] == [None, Reason.FOCAL_LESION, None]
    assert "expected a spread within" in found[1].detail


def test_a_mask_that_holds_no_voxel_of_the_patch_is_no_body(spine, located):
    away = np.eye(4)
    away[:3, 3] = np.asarray(located[1].centroid_mm) + 500.0
    gone = replace(located[1], body=BodyMask(np.ones((2, 2, 2), dtype=bool), away))
    found = assess(spine.volume, (located[0], gone, located[2]))
    assert [v.reason for v in found] == [None, Reason.IMPLAUSIBLE_GEOMETRY, None]
    assert found[1].detail == "expected a volume of 6 to 90 cm3, found 0"
    # Nobody outlined this one, and it is measured by an ellipse.
    assert reasons(spine.volume, (replace(located[1], body=None),)) == [None]
