"""The quality-control picture of each study that was read; none of an earlier outcome stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, guard
from ctbone.durability import sync
from ctbone.localisation import picture
from ctbone.records import BmdEstimate, Flag, Rejection, VertebraLocalisation
from ctbone.volume import CTVolume


class Show(Protocol):
    """Draws what came of a study, and says what a reader has to know of the picture."""

    def __call__(
        self,
        study_uid: str,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation],
        estimates: Sequence[BmdEstimate],
        /,
    ) -> tuple[Flag, ...]:
        """Draw what was measured in a study."""
        ...

    def refuse(self, rejection: Rejection, volume: CTVolume | None, /) -> tuple[Flag, ...]:
        """Draw a study without a result, as far as it was read: ``None`` where it was not."""
        ...


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The pictures of a run, a file a study.

    What an earlier outcome of a study left is removed even where nothing is drawn in its place.

    Attributes:
        folder: Where they lie; made when it is needed.
        levels: Those that a rejected study is shown at, in their axial plane.
        is_drawing: Whether any are drawn.
    """

    folder: Path
    levels: tuple[VertebralLevel, ...] = ()
    is_drawing: bool = True

    def __call__(
        self,
        study_uid: str,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation],
        estimates: Sequence[BmdEstimate],
        /,
    ) -> tuple[Flag, ...]:
        """Draw what was measured in a study."""
        path = self._cleared(study_uid)
        return self._draw(path, partial(picture, volume, vertebrae, estimates, path))

    def refuse(self, rejection: Rejection, volume: CTVolume | None, /) -> tuple[Flag, ...]:
        """Draw what was located in a study, if anything, above the reason why it has no result."""
        path = self._cleared(rejection.study_uid)
        if volume is None:
            return ()
        note = f"{rejection.reason}: {rejection.detail}"
        located = rejection.vertebrae
        draw = partial(picture, volume, located, (), path, note=note, levels=self.levels)
        return self._draw(path, draw)

    def _cleared(self, study_uid: str) -> Path:
        path = self.folder / f"{study_uid}.png"
        if path.exists():
            path.unlink()
            sync(self.folder)
        return path

    def _draw(self, path: Path, draw: partial[None]) -> tuple[Flag, ...]:
        if not self.is_drawing:
            return ()

        def keep() -> None:
            draw()
            sync(path, path.parent)

        # An outcome is worth keeping even where its picture cannot be drawn.
        return (Flag.PICTURE_FAILED,) if isinstance(guard(keep), Failure) else ()
