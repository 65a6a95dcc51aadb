from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from ctbone.drawing import new_figure, save_figure
from ctbone.pages.vectors import inline

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def made(inner, attributes='width="100pt" height="50pt" viewBox="0 0 100 50"'):
    return inline(f"{HEAD}{attributes}>{inner}</svg>", prefix="f1-", alt="A <drawing>")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    with new_figure(3.0, 2.0) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], "o-", label="line")
        axes.legend()
        return save_figure(figure, tmp_path_factory.mktemp("svg"), "one")[1].read_text()


def test_a_drawing_keeps_its_marks_and_its_text(drawn):
    found = ET.fromstring(inline(drawn, prefix="f1-", alt="A line"))  # noqa: S314
    before = ET.fromstring(drawn)  # noqa: S314
    space = "{http://www.w3.org/2000/svg}"
    for name in ("path", "use", "text", "clipPath"):
        assert len(list(found.iter(name))) == len(list(before.iter(space + name))) > 0
    assert found.get("aria-label") == "A line"
    assert found.get("viewBox") == before.get("viewBox")
    assert found.get("style") == "max-width:288px"


def test_every_reference_of_a_drawing_finds_its_id(drawn):
    page = inline(drawn, prefix="f1-", alt="") + inline(drawn, prefix="f2-", alt="")
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'href="#([^"]+)"', page) + re.findall(r"url\(#([^)]+)\)", page)
    assert wanted
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<g ONLOAD="alert(1)"/>',
        '<image HREF="https://example.org/alert(1)"/>',
        "<!-- alert(1) -->",
        "<title>alert(1)</title>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">alert(1)</body></foreignObject>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        '<use xlink:href="https://example.org/alert(1)"/>',
        '<use href="https://example.org/alert(1)"/>',
        '<image href="https://example.org/alert(1)"/>',
        '<image href="data:image/svg+xml,alert(1)"/>',
        "<style>* { fill: url(https://example.org/alert(1)) }</style>",
        '<rect style="fill: url(https://example.org/alert(1))"/>',
        '<rect style="fill: u\\72l(https://example.org/alert(1))"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        "<metadata>alert(1)</metadata>",
    ],
)
def test_nothing_runs_or_loads(inner):
    found = made(inner)
    assert "alert" not in found
    assert "example.org" not in found


def test_an_embedded_picture_stays():
    assert "data:image/png;base64,AAAA" in made('<image href="data:image/png;base64,AAAA"/>')


def test_text_stays_text():
    assert "&lt;b&gt; &amp; c" in made("<text>&lt;b&gt; &amp; c</text>")
    assert 'aria-label="A &lt;drawing&gt;"' in made("")


def test_a_drawing_without_a_width_fills_its_place():
    assert "max-width" not in made("", 'width="100%" viewBox="0 0 1 1"')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no markup", "no XML"),
        ("<html/>", "found the element html"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "<!ENTITY"),
    ],
)
def test_what_is_no_svg_is_refused(text, why):
    with pytest.raises(ValueError, match=f"expected an SVG file.*{why}"):
        inline(text, prefix="f1-", alt="")


@pytest.mark.parametrize(("width", "is_wide"), [("500pt", False), ("540pt", True), ("8in", True)])
def test_wide_drawings_are_marked(width, is_wide):
    assert ('class="wide"' in made("", f'width="{width}"')) == is_wide
