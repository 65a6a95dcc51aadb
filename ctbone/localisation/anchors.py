"""Landmarks that a spine can be counted from, and whether they agree with how it was read.

Class probabilities of a network are no proof of a level: they move together from one vertebra to
the next, and a network that leans on a wrong cue is wrong about all of them with confidence. So a
level counts as known only when a landmark is in view, every landmark in view agrees with the
sequence that the network read, and the vertebra next to the landmark is the usual one. Thirteen
ribs, six lumbar vertebrae and the like look alike when counted from one end; they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.decode import Candidate

_V = VertebralLevel

#: Rib evidence above which a vertebra carries ribs, and below which it carries none. Between them
#: lie a short twelfth rib and a long transverse process of L1, which look alike at 4 mm: of 60
#: simulated spines a tenth of T12 lay below 0.7, and half of L1 above 0.5.
_WITH_RIBS, _WITHOUT_RIBS = 0.7, 0.3

#: Probability of S1 above which a vertebra is the top of the sacrum.
_SACRUM = 0.4

#: Where ribs meet a vertebra, relative to the centre of its body, millimetres: to each side,
#: posteriorly and superiorly. Heads of ribs sit beside the upper half of the body and necks before
#: the transverse processes; further out the rib above hangs down beside the body.
_BESIDE_MM, _BEHIND_MM, _ABOVE_MM = (14.0, 34.0), (2.0, 30.0), (-4.0, 18.0)

#: How much of the box a rib fills before it counts, cubic millimetres: half of what the head and
#: neck of a simulated twelfth rib fill, and far more than the tip of the rib above.
_LEAST_MM3 = 768.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """A landmark at one vertebra of a chain.

    Attributes:
        name: What was seen.
        numbers: Indices of the vertebrae in the chain that it may be at.
        level: The level that it usually means.
        lumbar: Where the lumbar neighbour follows: 1 after it, -1 before it.
        usual: The level that the neighbour then usually has.
    """

    name: str
    numbers: tuple[int, ...]
    level: VertebralLevel
    lumbar: Literal[-1, 1]
    usual: VertebralLevel

    def agrees(self, levels: tuple[VertebralLevel, ...]) -> bool:
        """Say whether a sequence of levels is the usual one about this landmark."""
        return any(self._fits(levels, number) for number in self.numbers)

    def shown(self) -> str:
        """Return what was seen, counted from the uppermost vertebra."""
        places = " or ".join(str(number + 1) for number in self.numbers)
        return f"{self.name} at vertebra {places} from above"

    def _fits(self, levels: tuple[VertebralLevel, ...], number: int) -> bool:
        neighbour = number + self.lumbar
        unusual = 0 <= neighbour < len(levels) and levels[neighbour] is not self.usual
        return levels[number] is self.level and not unusual


def rib_evidence(
    ribs: NDArray[np.float32], index: NDArray[np.float64], *, spacing_mm: float
) -> float:
    """Return how surely ribs meet the vertebra about an index, from 0 to 1.

    Args:
        ribs: How much a voxel belongs to a rib, on axes left, posterior and superior.
        index: Centre of the body.
        spacing_mm: Voxel side.
    """
    best = 0.0
    least = max(round(_LEAST_MM3 / spacing_mm**3), 1)
    for side in (-1.0, 1.0):
        ends = np.sort([[side * edge for edge in _BESIDE_MM], _BEHIND_MM, _ABOVE_MM], axis=1)
        low, high = (np.rint(index + ends[:, n] / spacing_mm).astype(int) for n in (0, 1))
        box = tuple(slice(max(a, 0), max(b + 1, 0)) for a, b in zip(low, high, strict=True))
        seen = np.sort(ribs[box], axis=None)
        if len(seen) >= least:
            best = max(best, float(seen[-least]))
    return best


def find_anchors(
    chain: list[Candidate], *, levels: tuple[VertebralLevel, ...]
) -> tuple[Anchor, ...]:
    """Return the landmarks in view: the last ribs, and the sacrum.

    Args:
        chain: From cranial to caudal.
        levels: What each entry of a candidate's evidence stands for.
    """
    found = []
    if last := _last_ribs(chain):
        found.append(Anchor("last ribs", last, _V.T12, 1, _V.L1))
    if (sacrum := _sacrum(chain, levels)) is not None:
        found.append(Anchor("sacrum", (sacrum,), _V.S1, -1, _V.L5))
    return tuple(found)


def _last_ribs(chain: list[Candidate]) -> tuple[int, ...]:
    """Return the vertebra that carries the last ribs, or the two that may; none if unseen.

    One with ribs must be in view and one without, at most one doubtful one between them, and
    none out of order.
    """
    with_ribs = [i for i, candidate in enumerate(chain) if candidate.ribs >= _WITH_RIBS]
    without = [i for i, candidate in enumerate(chain) if candidate.ribs < _WITHOUT_RIBS]
    if not with_ribs:
        return ()
    first, last = with_ribs[0], with_ribs[-1]
    after = [i for i in without if i > first]
    if not after or after[0] < last or after[0] > last + 2:
        return ()
    return tuple(range(last, after[0]))


def _sacrum(chain: list[Candidate], levels: tuple[VertebralLevel, ...]) -> int | None:
    """Return the vertebra that by its own looks is the top of the sacrum."""
    if _V.S1 not in levels:
        return None
    shares = [float(np.exp(candidate.evidence[levels.index(_V.S1)])) for candidate in chain]
    best = int(np.argmax(shares))
    return best if shares[best] >= _SACRUM else None
