"""One look for every page: records of what it says, and the one HTML file that they become."""

from __future__ import annotations

from ctbone.pages.content import (
    NOT_GIVEN,
    Block,
    Cell,
    Figure,
    Folded,
    Gallery,
    Link,
    Note,
    Page,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
)
from ctbone.pages.rendering import render

__all__ = [
    "NOT_GIVEN",
    "Block",
    "Cell",
    "Figure",
    "Folded",
    "Gallery",
    "Link",
    "Note",
    "Page",
    "Paragraph",
    "Picture",
    "Row",
    "Section",
    "Table",
    "render",
]
