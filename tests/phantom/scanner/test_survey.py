import numpy as np
import pytest
import torch

from ctbone.phantom.scanner.projection import Outline
from ctbone.phantom.scanner.survey import look, water_per_mm

from .conftest import abdomen, positions, with_disc

SHAPE, SPACING = (128, 128), (3.4, 3.4)


def seen(plane, *, kvp=120, shaded=False, copies=4):
    hu = torch.as_tensor(np.repeat(plane[None], copies, 0), dtype=torch.float32)
    return look(hu, (4.0, *SPACING), kvp=kvp, shaded=shaded)


def lifted(survey, maps):
    return survey.square.lift(maps, SHAPE)[0].numpy()


@pytest.mark.parametrize("kvp", [80, 100, 120, 140])
def test_water_attenuates_as_it_should(kvp):
    """NIST: 0.2269 cm2/g at 50 keV, 0.2059 at 60, 0.1837 at 80."""
    assert 0.0183 < water_per_mm(kvp) < 0.0212


def test_rays_hold_the_path_through_the_body():
    survey = seen(abdomen(SHAPE, SPACING))
    assert float(survey.paths.amax()) == pytest.approx(340.0 * water_per_mm(120), rel=0.06)
    assert survey.water_mm == pytest.approx(np.sqrt(340.0 * 240.0), rel=0.03)


def test_noise_is_high_in_the_middle_and_streaks_where_the_body_is_wide():
    wide = seen(abdomen(SHAPE, SPACING, width_mm=420.0, depth_mm=220.0))
    round_ = seen(abdomen(SHAPE, SPACING, width_mm=300.0, depth_mm=300.0))
    x, y = positions(SHAPE, SPACING)
    middle, rim = np.hypot(x, y) < 25.0, (np.hypot(x, y) > 115.0) & (np.hypot(x, y) < 140.0)
    variance = lifted(round_, round_.variance)
    assert 1.3 < variance[middle].mean() / variance[rim].mean() < 4.0
    assert lifted(wide, wide.lateral)[middle].mean() > 0.3
    assert lifted(round_, round_.lateral)[middle].mean() < 0.1
    in_front = (np.abs(x) < 40.0) & (np.abs(y + 150.0) < 15.0)
    assert lifted(wide, wide.frontal)[in_front].mean() > 0.2
    assert lifted(wide, wide.frontal)[middle].mean() < 0.1


def test_noise_is_one_over_the_body_and_follows_its_thickness_some_of_the_way():
    thick, thin = (
        abdomen(SHAPE, SPACING, width_mm=w, depth_mm=d) for w, d in ((400, 300), (260, 180))
    )
    hu = torch.as_tensor(np.stack([thick] * 4 + [thin] * 4), dtype=torch.float32)
    survey = look(hu, (4.0, *SPACING), kvp=120)
    variance = torch.stack(
        [survey.square.lift(m[None], SHAPE)[0] for m in survey.variance]
    ).numpy()
    means = [variance[k][plane > -500.0].mean() for k, plane in ((0, thick), (-1, thin))]
    assert means[0] > 1.0 > means[1]
    assert 1.2 < means[0] / means[1] < 6.0


def test_air_alone_has_even_noise():
    survey = seen(np.full(SHAPE, -1000.0))
    assert bool((survey.variance == 1.0).all())


def test_shading_is_made_only_where_it_is_wanted():
    assert seen(abdomen(SHAPE, SPACING)).hardened_hu is None


def test_water_is_cupped_about_zero():
    survey = seen(abdomen(SHAPE, SPACING, width_mm=300.0, depth_mm=300.0), shaded=True)
    shading = lifted(survey, survey.hardened_hu)
    radius = np.hypot(*positions(SHAPE, SPACING))
    middle, rim = shading[radius < 25.0].mean(), shading[(radius > 115) & (radius < 135)].mean()
    assert -8.0 < middle - rim < -3.0
    assert abs(shading[radius < 145.0].mean()) < 2.0


def test_dense_bones_have_a_dark_band_between_them_and_read_low():
    water = abdomen(SHAPE, SPACING, width_mm=380.0, depth_mm=260.0)
    hips = with_disc(with_disc(water, SPACING, (-90, 20), 48, 700.0), SPACING, (90, 20), 48, 700.0)
    survey = [seen(plane, shaded=True) for plane in (hips, water)]
    shading = [lifted(s, s.hardened_hu) for s in survey]
    x, y = positions(SHAPE, SPACING)
    band, off = (np.abs(x) < 30) & (np.abs(y - 20) < 8), (np.abs(x) < 30) & (np.abs(y + 80) < 8)
    change = shading[0] - shading[1]
    assert -40.0 < change[band].mean() < -8.0
    assert abs(change[off].mean()) < 3.0
    assert change[np.hypot(x - 90, y - 20) < 12].mean() < -15.0


def test_a_vertebra_in_a_usual_body_keeps_its_density():
    """The energies of bone mineral hold in the middle of a body: little is left to shade."""
    water = abdomen(SHAPE, SPACING)
    bone = with_disc(water, SPACING, (0, 60), 44, 180.0)
    shading = [
        lifted(s, s.hardened_hu) for s in (seen(bone, shaded=True), seen(water, shaded=True))
    ]
    x, y = positions(SHAPE, SPACING)
    assert abs((shading[0] - shading[1])[np.hypot(x, y - 60) < 12].mean()) < 8.0


def test_what_lies_beyond_a_narrow_field_attenuates_too():
    """A reconstruction of the spine alone is shaded and noisy as it would be in a wide field."""
    whole = with_disc(abdomen(SHAPE, SPACING), SPACING, (0, 60), 44, 300.0)
    rows, columns = slice(54, 90), slice(46, 82)
    narrow = torch.as_tensor(np.repeat(whole[None, rows, columns], 4, 0), dtype=torch.float32)
    body = Outline(centre_mm=(-8.0 * 3.4, 0.0), half_mm=(120.0, 170.0))
    wide = seen(whole, shaded=True)
    found = look(narrow, (4.0, *SPACING), kvp=120, shaded=True, body=body)
    assert found.water_mm == pytest.approx(wide.water_mm, rel=0.05)
    assert float(found.paths.amax()) == pytest.approx(float(wide.paths.amax()), rel=0.1)
    shading = [
        lifted(wide, wide.hardened_hu)[rows, columns],
        found.square.lift(found.hardened_hu, (36, 36))[0].numpy(),
    ]
    assert np.abs(shading[0] - shading[1]).mean() < 4.0
