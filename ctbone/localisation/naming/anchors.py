"""Landmarks that a row of vertebrae was counted from.

A level follows from a landmark by counting, so that one that was named without any is not known,
whatever a network says of it. A landmark lies where the looks of vertebrae change: between the
neck and the first ribs, between the last ribs and the first lumbar vertebra, at the top of the
sacrum.
"""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.localisation.naming.candidates import Candidate
from ctbone.localisation.naming.levels import Reading
from ctbone.localisation.naming.spines import Looks
from ctbone.networks.localiser import VERTEBRA_KINDS

#: Each landmark, the looks on both sides of it, and the kinds that must be seen there. Above the
#: sacrum any lumbar vertebra will do.
_LANDMARKS = (
    ("first ribs", Looks.FIRST_RIBBED, "neck", "ribbed"),
    ("last ribs", Looks.FIRST_LUMBAR, "ribbed", "lumbar"),
    ("sacrum", Looks.SACRAL, "lumbar", "sacral"),
)

#: Kinds that ribs tell apart, where their place is in view.
_BY_RIB = {"ribbed": True, "lumbar": False}

#: Least probability of a kind on either side of a landmark that counts as seen.
_SEEN = 0.5


@dataclass(frozen=True, slots=True)
class Anchor:
    """A landmark in view.

    Attributes:
        name: What was seen.
        number: Index of the first vertebra below it in the chain.
    """

    name: str
    number: int

    def __str__(self) -> str:
        """Say where it is, counted from the uppermost vertebra."""
        return f"{self.name} between vertebra {self.number} and {self.number + 1} from above"


def find_anchors(chain: list[Candidate], reading: Reading) -> tuple[Anchor, ...]:
    """Return the landmarks in view on which a reading rests, from cranial to caudal."""
    found = []
    for name, looks, above, below in _LANDMARKS:
        for number in range(1, len(chain)):
            changes = reading.looks[number] is looks is not reading.looks[number - 1]
            if changes and _is_seen(chain[number - 1], above) and _is_seen(chain[number], below):
                found.append(Anchor(name, number))
    return tuple(found)


def _is_seen(candidate: Candidate, kind: str) -> bool:
    """Say whether a vertebra is seen to be of a kind, by its body or by the ribs beside it."""
    if _looks(candidate, kind):
        return True
    by_rib = candidate.rib is not None and (candidate.rib >= _SEEN) is _BY_RIB.get(kind)
    return by_rib and _looks(candidate, *_BY_RIB)


def _looks(candidate: Candidate, *kinds: str) -> bool:
    return bool(candidate.kinds[[VERTEBRA_KINDS.index(kind) for kind in kinds]].sum() >= _SEEN)
