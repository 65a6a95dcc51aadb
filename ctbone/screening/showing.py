"""The quality-control picture of each screened study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.localisation import picture
from ctbone.records import BmdEstimate, Flag, VertebraLocalisation
from ctbone.screening.study import Show
from ctbone.volume import CTVolume


def draw_into(folder: Path) -> Show:
    """Return what draws pictures into a folder, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)

    def show(
        uid: str,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation],
        estimates: Sequence[BmdEstimate],
    ) -> tuple[Flag, ...]:
        # A measurement is worth keeping even where its picture cannot be drawn.
        drawn = guard(lambda: picture(volume, vertebrae, estimates, folder / f"{uid}.png"))
        return (Flag.PICTURE_FAILED,) if isinstance(drawn, Failure) else ()

    return show
