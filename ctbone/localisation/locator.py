"""The seam between what finds vertebrae and what measures them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume

if TYPE_CHECKING:
    from ctbone.localisation.network import NetworkLocator


class Locator(Protocol):
    """Anything that finds vertebrae in a CT: masks on disk, a network, another program."""

    def __call__(self, volume: CTVolume, /) -> tuple[VertebraLocalisation, ...]:
        """Return the vertebrae in the field of view, from cranial to caudal.

        Raises:
            LocalisationError: If there is no spine, no mask, or no telling which level is which.
        """
        ...


def shipped_locator(*, device: str = "cpu") -> NetworkLocator:
    """Return the network that ships with ctbone, ready to run.

    Raises:
        WeightsMismatch: If the weights on disk are not those that ship.
    """
    # Here and not above: masks on disk need no deep-learning stack, which takes seconds to load.
    from ctbone.localisation.network import shipped_locator as build

    return build(device=device)
