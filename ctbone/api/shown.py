"""How objects show themselves: in a notebook as a fragment of HTML, in a terminal in a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ctbone.api.given import sentences, to_place
from ctbone.api.options import Location
from ctbone.pages import Folded, Fragment, Image, Note, render_fragment
from ctbone.plurals import counted

#: Rows of a table that a notebook shows; the frames hold them all.
MOST_ROWS = 8

#: Notes that it shows unfolded.
_MOST_NOTES = 3


class Shown:
    """Anything that says what it is as a fragment."""

    __slots__ = ()

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return render_fragment(self.fragment())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture(Shown):
    """A picture that a notebook shows.

    Attributes:
        content: Of a PNG or SVG file.
        form: Which of the two.
        alt: What it shows, in words.
    """

    content: bytes
    form: Literal["png", "svg"]
    alt: str

    def __repr__(self) -> str:
        return f"Picture({self.alt}, {self.form}, {len(self.content) / 1000:.0f} kB)"

    def fragment(self) -> Fragment:
        """Return what the object shows of itself."""
        return Fragment(title="", pieces=(self.image,))

    @property
    def image(self) -> Image:
        """The picture as part of what another object shows."""
        return Image(content=self.content, form=self.form, alt=self.alt)

    @sentences()
    def save(self, path: Location) -> Path:
        """Write the file and return its path.

        Raises:
            FileNotFoundError: If its folder is not there.
        """
        place = to_place(path, name="path")
        place.write_bytes(self.content)
        return place


def folded_notes(sentences: Iterable[str]) -> tuple[Note | Folded, ...]:
    """Return sentences as notes, all but the first of them folded away."""
    notes = tuple(map(Note, sentences))
    first, more = notes[:_MOST_NOTES], notes[_MOST_NOTES:]
    if not more:
        return first
    return (*first, Folded(summary=counted(len(more), "further note"), blocks=more))
