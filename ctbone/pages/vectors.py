"""SVG made fit to stand inside a page.

A page with several drawings is one document: their ids must not clash, their style rules must not
govern each other or the page, and nothing in them may run or load. Only what draws is kept.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

#: Elements that draw, or that others draw with. Of a style element every rule would hold for the
#: whole page; scripts, foreign objects, animations and metadata have no place on it.
_KEPT = frozenset(
    {"svg", "g", "defs", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
     "text", "tspan", "clipPath", "mask", "pattern", "marker", "linearGradient", "radialGradient",
     "stop", "image"}
)  # fmt: skip

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"

_INSIDE = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")
_OUTSIDE = re.compile(r"url\(\s*(?!#)|@import|expression\(|\\", re.IGNORECASE)
_LENGTH = re.compile(r"([0-9.]+)\s*(px|pt|in|cm|mm)?")

#: CSS pixels a unit of length.
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 9.6 / 2.54}


#: Pixels beyond which a drawing cannot shrink to a telephone and stay legible.
_WIDE = 700.0


def inline(svg: str, *, prefix: str, alt: str) -> str:
    """Return an SVG file as an element of a page.

    Args:
        svg: Text of the file.
        prefix: What sets its ids apart from those of every other drawing of the page.
        alt: What it shows, for those who do not see it.

    Raises:
        ValueError: If the text is no SVG.
    """
    root = parse(svg)
    width = _width(root.get("width", ""))
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    _clean(root, prefix)
    root.set("role", "img")
    root.set("aria-label", alt)
    if width:
        root.set("style", f"max-width:{width:.0f}px")
    if width and width > _WIDE:
        root.set("class", "wide")
    return ET.tostring(root, encoding="unicode")


def parse(svg: str) -> ET.Element:
    """Read the text of an SVG file.

    Raises:
        ValueError: If it is none.
    """
    if "<!ENTITY" in svg:
        raise ValueError("expected an SVG file without entities of its own, found <!ENTITY")
    try:
        # No entity can be declared (above), and the parser loads nothing from outside.
        root = ET.fromstring(svg)  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(f"expected an SVG file, found text that is no XML: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise ValueError(f"expected an SVG file, found the element {root.tag}")
    return root


def _width(text: str) -> float | None:
    found = _LENGTH.fullmatch(text.strip())
    return float(found[1]) * _PIXELS[found[2] or ""] if found else None


def _clean(element: ET.Element, prefix: str) -> None:
    """Drop what does not draw, take the names out of their spaces and tell the ids apart."""
    element.tag = element.tag.removeprefix(_SVG)
    element.attrib = {
        "href" if name == _LINK else name: _attribute(name, value, prefix)
        for name, value in element.attrib.items()
        if _is_kept(element.tag, name, value)
    }
    for child in list(element):
        if child.tag.removeprefix(_SVG) in _KEPT:
            _clean(child, prefix)
        else:
            element.remove(child)


def _is_kept(tag: str, name: str, value: str) -> bool:
    if name == _LINK or name.lower() == "href":
        return value.startswith("#") or (tag == "image" and value.startswith("data:image/png"))
    # HTML knows no letter case: ONLOAD would run as well.
    is_plain = not name.lower().startswith(("{", "on"))
    return is_plain and not _OUTSIDE.search(_INSIDE.sub("", value))


def _attribute(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if (name == _LINK or name.lower() == "href") and value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    return _INSIDE.sub(rf"url(#{prefix}\1)", value)
