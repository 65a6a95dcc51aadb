"""One look for every page: records of what it says, and the one HTML file that they become."""

from __future__ import annotations

from ctbone.pages.content import (
    Block,
    Figure,
    Folded,
    Gallery,
    Link,
    Note,
    Page,
    Paragraph,
    Picture,
    Section,
)
from ctbone.pages.fragments import Fragment, Image, Piece, render_fragment
from ctbone.pages.rendering import render
from ctbone.pages.tables import NOT_GIVEN, Cell, Entry, Facts, Listing, Row, Table, Tone

__all__ = [
    "NOT_GIVEN",
    "Block",
    "Cell",
    "Entry",
    "Facts",
    "Figure",
    "Folded",
    "Fragment",
    "Gallery",
    "Image",
    "Link",
    "Listing",
    "Note",
    "Page",
    "Paragraph",
    "Picture",
    "Piece",
    "Row",
    "Section",
    "Table",
    "Tone",
    "render",
    "render_fragment",
]
