"""What a page says, apart from how it looks.

Every text is plain: whatever it holds is escaped when the page is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ctbone.pages.tables import Facts, Listing, Table
from ctbone.pages.vectors import parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing that becomes part of the page.

    Attributes:
        svg: Text of an SVG file.
        alt: What it shows, for those who do not see it.
        caption: What is said below it.

    Raises:
        ValueError: If the text is no SVG.
    """

    kind: ClassVar[str] = "figure"

    svg: str
    alt: str
    caption: str

    def __post_init__(self) -> None:
        parse(self.svg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that lies beside the page.

    Attributes:
        path: Where, from the folder of the page, with forward slashes.
        alt: What it shows, for those who do not see it.
        caption: What is said below it.
    """

    kind: ClassVar[str] = "picture"

    path: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Figures or pictures beside each other, as many as the page is wide.

    Attributes:
        items: The figures and pictures.
        title: What they show; empty for none.
    """

    kind: ClassVar[str] = "gallery"

    items: tuple[Figure | Picture, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text.

    Attributes:
        text: The text.
        quotable: Whether it is made to be quoted elsewhere; it then stands apart, ready to copy.
    """

    kind: ClassVar[str] = "paragraph"

    text: str
    quotable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to another page that lies beside this one.

    Attributes:
        path: Where, from the folder of the page, with forward slashes.
        text: What a reader finds there.
    """

    kind: ClassVar[str] = "link"

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that a reader must not miss.

    Attributes:
        text: The sentence.
    """

    kind: ClassVar[str] = "note"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What most readers pass over: one line until it is opened; printed whole.

    Attributes:
        summary: The line.
        blocks: What it hides.
    """

    kind: ClassVar[str] = "folded"

    summary: str
    blocks: tuple[Block, ...]


Block = Table | Listing | Facts | Figure | Picture | Gallery | Paragraph | Link | Note | Folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page that the list of contents names.

    Attributes:
        title: Its head.
        blocks: What it says, in order.
        aside: A word behind the head, in small.
    """

    title: str
    blocks: tuple[Block, ...]
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole page.

    Attributes:
        title: Its head.
        lead: What it is, in a sentence or two.
        sections: Its parts.
        footer: Its last line.
        ways: To the pages around it, above its head.
        is_wide: Whether it takes all the width that there is.
        data: What a script of its own reads, as JSON can hold it; ``None`` for nothing.
        language: Of its text, as HTML names it.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    footer: str = ""
    ways: tuple[Link, ...] = ()
    is_wide: bool = False
    data: Mapping[str, Any] | None = None
    language: str = "en"
