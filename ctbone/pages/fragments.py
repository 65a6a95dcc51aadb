"""A part of a page that stands in somebody else's: what an object shows of itself in a notebook.

It holds no script, no style rule and no id, so that it can neither change what is around it nor
clash with another; figures are images of their own. Colours are those of whatever it stands in, so
that it is readable in the dark, and figures keep the white that they are drawn for.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import ClassVar, Literal

from ctbone.pages.content import Figure, Folded, Note, Paragraph
from ctbone.pages.rendering import template
from ctbone.pages.tables import Facts, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that becomes part of a fragment.

    Attributes:
        content: Of a PNG or SVG file.
        form: Which of the two.
        alt: What it shows, for those who do not see it.
    """

    kind: ClassVar[str] = "image"

    content: bytes
    form: Literal["png", "svg"]
    alt: str

    @property
    def address(self) -> str:
        """The picture itself, as an address that a browser takes."""
        name = {"png": "image/png", "svg": "image/svg+xml"}[self.form]
        return f"data:{name};base64,{b64encode(self.content).decode()}"


Piece = Table | Facts | Note | Paragraph | Figure | Folded | Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """What an object shows of itself.

    Attributes:
        title: What it is, in a few words.
        pieces: What it shows, in order.
    """

    title: str
    pieces: tuple[Piece, ...]


def render_fragment(fragment: Fragment) -> str:
    """Return a fragment as HTML; every text in it is escaped."""
    return template("fragment.html").render(fragment=fragment, as_image=_as_image)


def _as_image(figure: Figure) -> Image:
    return Image(content=figure.svg.encode(), form="svg", alt=figure.alt)
