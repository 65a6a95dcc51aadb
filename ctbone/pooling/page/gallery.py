"""The figures of one target, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ctbone.pages import Block, Figure, Gallery, Paragraph
from ctbone.pooling.figures import Missing, Plate, file_name


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the figures of a target lie.

    Attributes:
        folder: Of the files; ``None`` where none were drawn.
        suffix: Of their names.
    """

    folder: Path | None
    suffix: str

    def figures(self, plates: Iterable[Plate | Missing]) -> tuple[Block, ...]:
        """Return figures below each other, and why one is not there."""
        return tuple(self._block(plate) for plate in plates) if self.folder else ()

    def gallery(self, plates: Iterable[Plate | Missing]) -> tuple[Block, ...]:
        """Return figures beside each other, then why others are not there."""
        blocks = self.figures(plates)
        drawn = tuple(block for block in blocks if isinstance(block, Figure))
        others = tuple(block for block in blocks if not isinstance(block, Figure))
        return (Gallery(items=drawn), *others) if drawn else others

    def _block(self, plate: Plate | Missing) -> Figure | Paragraph:
        if isinstance(plate, Missing) or self.folder is None:
            why = plate.why if isinstance(plate, Missing) else ""
            return Paragraph(f"{plate.title}: not drawn. {why}")
        path = self.folder / f"{file_name(plate, self.suffix)}.svg"
        return Figure(
            svg=path.read_text(encoding="utf-8"),
            alt=plate.alt,
            caption=f"{plate.title}. {plate.caption}",
        )
