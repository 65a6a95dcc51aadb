"""The seam between what finds vertebrae and what measures them."""

from __future__ import annotations

from typing import Protocol

from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume


class Locator(Protocol):
    """Anything that finds vertebrae in a CT: masks on disk, a network, another program."""

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return the vertebrae in the field of view, from cranial to caudal.

        Raises:
            LocalisationError: If there is no spine, no mask, or no telling which level is which.
        """
        ...
