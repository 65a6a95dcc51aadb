"""Lines are drawn where they belong, texts break where they may, and files stay light."""

import numpy as np
import pytest
from PIL import Image, ImageColor

from ctbone.localisation.pictures import canvas
from ctbone.localisation.pictures.canvas import (
    BODY,
    REGION,
    WARNING,
    outline,
    printable,
    save,
    shaded,
    text_width,
    wrapped,
)

RADIUS = 30.0


def ring(*, dashed=False):
    """Return how far from the middle each pixel of a drawn circle lies, and how many there are."""
    rows, columns = np.indices((90, 100))
    away = np.hypot(rows - 44.0, columns - 50.0)
    panel = np.zeros((120, 130, 3), np.uint8)
    share = np.clip(0.5 + (RADIUS - away) / 3.0, 0.0, 1.0)
    outline(panel, share, BODY, corner=(10, 20), dashed=dashed)
    drawn = np.argwhere(panel.any(axis=-1))
    return np.hypot(drawn[:, 0] - 54.0, drawn[:, 1] - 70.0)


def test_an_outline_runs_where_half_is_inside():
    found = ring()
    assert np.abs(found - RADIUS).max() < 2.0
    assert found.mean() == pytest.approx(RADIUS, abs=0.3)
    assert found.size > 2.0 * np.pi * RADIUS


def test_a_dashed_outline_is_half_of_it():
    assert ring(dashed=True).size / ring().size == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("share", [np.zeros((9, 9)), np.full((9, 9), 0.4), np.ones((2, 9))])
def test_what_is_not_there_has_no_outline(share):
    panel = np.zeros((9, 9, 3), np.uint8)
    outline(panel, share, BODY)
    assert not panel.any()


def test_the_window_runs_from_black_to_white():
    lower, upper = canvas.WINDOW_HU
    hu = np.array([[lower - 900.0, lower, (lower + upper) / 2.0, upper, 3000.0]])
    assert shaded(hu, (5, 1))[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_a_text_breaks_into_lines_that_fit_and_keeps_every_word():
    text = "expected a height loss of at most 20 %, found 34 % at the anterior wall"
    lines = wrapped(text, 150.0, size=13, lines=9)
    assert " ".join(lines) == text
    assert max(text_width(line, 13) for line in lines) <= 150.0
    assert not any(line.startswith("%") for line in lines)


def test_what_does_not_fit_ends_in_dots():
    lines = wrapped("word " * 50, 120.0, size=13, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("...")
    assert text_width(lines[1], 13) <= 120.0
    assert wrapped("", 100.0, size=13, lines=2) == []


def test_a_word_wider_than_a_line_is_cut():
    lines = wrapped("1.2.840." * 20, 100.0, size=13, lines=99)
    assert "".join(lines) == "1.2.840." * 20
    assert max(text_width(line, 13) for line in lines) <= 100.0


def test_letters_that_the_font_lacks_are_replaced():
    assert printable("40 ± 3 · µ") == "40 ± 3 · ?"


def test_the_file_keeps_colours_and_is_light(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.normal(60.0, 15.0, (400, 500)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(noise).resize((1000, 800), Image.Resampling.BICUBIC).convert("RGB")
    names = (BODY, REGION, WARNING)
    for number, name in enumerate(names):
        image.paste(ImageColor.getrgb(name), (10 * number, 0, 10 * number + 10, 10))
    save(image, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as file:
        found = np.asarray(file.convert("RGB"))
    kept = [tuple(found[5, 10 * n + 5].tolist()) for n in range(3)]
    assert kept == [ImageColor.getrgb(name) for name in names]
    # A step between greys is 7.7; Pillow looks colours up to within 4.
    assert np.abs(found.astype(int) - np.asarray(image).astype(int))[10:].max() <= 7
    assert (tmp_path / "new" / "a.png").stat().st_size < 1000 * 800 / 2


def test_a_picture_that_is_drawn_again_leaves_links_to_the_earlier_one(tmp_path):
    path, linked = tmp_path / "a.png", tmp_path / "report.png"
    save(Image.new("RGB", (8, 8), "white"), path)
    linked.hardlink_to(path)
    earlier = linked.read_bytes()
    save(Image.new("RGB", (8, 8), "black"), path)
    assert linked.read_bytes() == earlier != path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "report.png"]
