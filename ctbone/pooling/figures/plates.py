"""A figure before it is drawn, and why one is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plate:
    """A figure that can be drawn.

    Attributes:
        name: Start of its file names.
        title: What it is called.
        caption: What a reader has to know to read it.
        alt: What it shows, for those who do not see it.
        size_in: Width and height, inches.
        paint: Draws it.
    """

    name: str
    title: str
    caption: str
    alt: str
    size_in: tuple[float, float]
    paint: Callable[[Figure], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A figure that these data do not give.

    Attributes:
        name: Start of the names that its files would have.
        title: What it is called.
        why: Why it is not there, in one sentence.
    """

    name: str
    title: str
    why: str
