"""Pictures are drawn for every outcome, are light, and show what they are given."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageDraw

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation import MaskEntry, locate_labels, picture
from ctbone.localisation.pictures.canvas import BODY, REGION, WARNING
from ctbone.records import BmdEstimate, Morphometry, VertebraLocalisation
from ctbone.volume import CTVolume
from tests.localisation.pictures.columns import LEVELS, make_column, make_ct
from tests.localisation.spine import make_spine

ENTRY = MaskEntry(path=None, numbering="verse", holds="body")
L1, L2 = VertebralLevel.L1, VertebralLevel.L2
ESTIMATE = BmdEstimate(level=L1, trabecular_hu=139.2, bmd_mg_cm3=111.0, sd_mg_cm3=6.0)
LONG = "expected something that takes many words to say, found something else " * 6

#: Columns of the two sections and of the axial planes, pixels.
SECTIONS, NAMES, AXIAL = slice(0, 370), slice(385, 525), slice(912, 1190)


@pytest.fixture(scope="module")
def spine():
    return make_spine(degrees=(10.0, 4.0, 0.0))


@pytest.fixture(scope="module")
def located(spine):
    return locate_labels(spine.volume, spine.bodies, spine.volume.affine, entry=ENTRY)


@pytest.fixture
def drawn(tmp_path):
    """Draw, and return the pixels."""

    def draw(volume, vertebrae=(), estimates=(), **options):
        path = tmp_path / "new" / "a.png"
        picture(volume, vertebrae, estimates, path, **options)
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB")).astype(int)

    return draw


def coloured(values):
    """Count pixels that are not grey: outlines and names."""
    return int(np.count_nonzero(np.ptp(values, axis=-1) > 60))


def count(values, colour):
    """Count pixels of one colour."""
    return int((values == ImageColor.getrgb(colour)).all(axis=-1).sum())


def with_reason(vertebrae, level, reason, detail=""):
    return [replace(v, reason=reason, detail=detail) if v.level is level else v for v in vertebrae]


def test_bodies_and_the_measured_region_are_outlined(drawn, spine, located):
    found = drawn(spine.volume, located, [ESTIMATE])
    assert count(found[:, SECTIONS], BODY) > 300
    assert count(found[:360, AXIAL], BODY) > 100
    assert count(found[:360, AXIAL], REGION) > 100
    assert count(found, WARNING) == 0


def test_what_was_not_measured_shows_no_region(drawn, spine, located):
    found = drawn(spine.volume, located, [ESTIMATE])
    assert count(found[360:690, AXIAL], BODY) > 100
    assert count(found[360:690, AXIAL], REGION) == 0


def test_a_reason_is_shown_at_the_vertebra_and_beside_its_plane(drawn, spine, located):
    refused = with_reason(located, L2, Reason.FRACTURE, "expected 20 %, found 34 %")
    found = drawn(spine.volume, refused, [ESTIMATE])
    for part in (found[:, SECTIONS], found[:, NAMES], found[360:690, AXIAL]):
        assert count(part, WARNING) > 20
    assert count(found[:350, AXIAL], WARNING) == 0


def test_without_vertebrae_the_middle_and_the_reason_are_shown(drawn, spine):
    plain = drawn(spine.volume)
    note = drawn(spine.volume, note="spine_not_found: none seen")
    assert coloured(plain) == 0
    assert plain[100:500, AXIAL].max() > 200
    assert count(note[-50:], WARNING) > 50
    assert coloured(note[:600]) == 0


def test_a_centre_without_a_body_is_marked(drawn, spine):
    centre = tuple(spine.centres_mm[L1].tolist())
    bare = VertebraLocalisation(L1, centre, spine.axes, 0.9, None, is_whole=True)
    assert coloured(drawn(spine.volume, [bare])[:, SECTIONS]) > 20


def test_the_axial_plane_is_that_of_the_measured_level(drawn, spine, located):
    first, third = (
        drawn(spine.volume, located, [BmdEstimate(level=VertebralLevel[n], trabecular_hu=100.0)])
        for n in ("L1", "L3")
    )
    assert np.abs(first[:, AXIAL] - third[:, AXIAL]).max() > 50


def test_levels_asked_for_are_shown_even_where_they_were_not_located(drawn, spine, located):
    asked = [VertebralLevel[name] for name in ("T12", "L2", "L4")]
    found = drawn(spine.volume, located, (), levels=asked)
    height = 680 // 3
    shown = [count(found[n * height + 30 : (n + 1) * height, AXIAL], BODY) for n in range(3)]
    assert min(shown[:2]) > 50
    assert shown[2] == 0


def test_the_axial_plane_lies_in_the_frame_of_the_vertebra(drawn):
    straight = make_spine()
    turned = make_spine(degrees=(18.0, -12.0, 15.0))
    planes = []
    for made in (straight, turned):
        found = locate_labels(made.volume, made.bodies, made.volume.affine, entry=ENTRY)
        exact = [replace(v, axes=made.axes) for v in found]
        planes.append(drawn(made.volume, exact, [ESTIMATE])[40:290, AXIAL])
    body = [np.argwhere((p == ImageColor.getrgb(BODY)).all(axis=-1)) for p in planes]
    sizes = [np.ptp(points, axis=0) for points in body]
    # An ellipse of 42 by 30 mm at 3.4 pixels a millimetre, however it lies in the scanner.
    for size in sizes:
        assert size == pytest.approx([30 * 3.4, 42 * 3.4], abs=12)


def test_a_sagittal_scan_is_drawn_upright_too(drawn, spine, located):
    order = [2, 0, 1]
    turned = CTVolume(
        np.ascontiguousarray(spine.volume.hu.transpose(order)),
        spine.volume.affine[:, [*order, 3]],
        "1.2.3",
    )
    difference = np.abs(drawn(spine.volume, located) - drawn(turned, located))
    assert np.mean(difference > 16) < 0.01


def test_a_noisy_scan_makes_a_light_file(tmp_path):
    rng = np.random.default_rng(0)
    ct = make_ct((110, 110, 60), (2.0, 2.0, 5.0), lambda p: rng.normal(40.0, 20.0, p.shape[:3]))
    picture(ct, make_column(("T12", "L1", "L2", "L3")), [ESTIMATE], tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size < 125_000


UNSURE = {"confidence": 0.5, "runner_up": L2, "reason": Reason.LEVEL_UNCERTAIN, "detail": LONG}
REFUSED = {"reason": Reason.IMPLAUSIBLE_ATTENUATION, "detail": LONG, "is_whole": False}
HEIGHTS = Morphometry(height_anterior_mm=24.0, height_middle_mm=23.0, height_posterior_mm=25.0)
COLUMNS = {
    "thoracic": make_column(LEVELS, pitch=20.0),
    "long": make_column(LEVELS, pitch=27.0, bodies=False),
    "scoliosis": make_column(LEVELS[5:], pitch=28.0, sway=60.0, lean=6.0),
    "two": make_column(("L1", "L2"), pitch=36.0),
    "one": make_column(("L1",)),
    "measured": [
        replace(v, confidence=0.95, morphometry=HEIGHTS) for v in make_column(("L1", "L2"))
    ],
    "unsure": [replace(v, **UNSURE) for v in make_column(LEVELS, pitch=22.0)],
    "refused": [replace(v, **REFUSED) for v in make_column(LEVELS, pitch=26.0)],
    "some refused": [replace(v, **REFUSED) for v in make_column(("L1", "L2", "L3"), pitch=33.0)],
    "none": [],
}


@pytest.mark.parametrize(("name", "note"), list(zip(COLUMNS, ["", LONG * 3] * 5, strict=True)))
def test_no_word_lies_on_another_or_leaves_the_picture(monkeypatch, drawn, name, note):
    boxes, write = [], ImageDraw.ImageDraw.text

    def record(self, place, text, colour, font, anchor, **options):
        boxes.append((text, self.textbbox(place, text, font, anchor)))
        write(self, place, text, colour, font, anchor, **options)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", record)
    drawn(make_ct(), COLUMNS[name], [ESTIMATE], note=note)
    assert len(boxes) > 10
    for text, (left, top, right, bottom) in boxes:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= 1200, text
        assert bottom <= 720, text
    overlaps = [(a[0], b[0]) for a, b in combinations(boxes, 2) if _overlap(a[1], b[1])]
    assert overlaps == []


def _overlap(one, other):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 0
        and min(one[3], other[3]) - max(one[1], other[1]) > 0
    )


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [((40, 40, 1), (5.0, 5.0, 5.0)), ((3, 40, 40), (5.0, 5.0, 5.0)), ((2, 2, 2), (0.1, 0.1, 0.1))],
)
def test_a_volume_of_any_shape_is_drawn(drawn, shape, spacing):
    assert drawn(make_ct(shape, spacing), note="too few slices").shape == (720, 1200, 3)


def test_a_vertebra_outside_the_field_is_named_all_the_same(drawn):
    away = replace(make_column(("L1",))[0], centroid_mm=(400.0, 0.0, 900.0), is_whole=False)
    assert drawn(make_ct(), [away]).shape == (720, 1200, 3)
