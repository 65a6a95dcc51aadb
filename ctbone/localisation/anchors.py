"""Landmarks that a spine can be counted from, and whether they agree with how it was read.

Class probabilities of a network are no proof of a level: they move together from one vertebra to
the next, and a network that leans on a wrong cue is wrong about all of them with confidence. So a
level counts as known only when a landmark is in view, every landmark in view agrees with the
sequence that the network read, and the vertebra next to the landmark is the usual one. Thirteen
ribs, six lumbar vertebrae and the like look alike when counted from one end; they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.decode import Candidate

_V = VertebralLevel

#: Rib evidence above which a vertebra carries ribs, and below which it carries none.
_WITH_RIBS, _WITHOUT_RIBS = 0.5, 0.25

#: Probability of S1 above which a vertebra is the top of the sacrum.
_SACRUM = 0.4

#: Where ribs meet a vertebra, relative to the centre of its body, millimetres: to each side,
#: posteriorly and superiorly. Heads of ribs sit beside the upper half of the body and necks before
#: the transverse processes; further out the rib above hangs down beside the body.
_BESIDE_MM, _BEHIND_MM, _ABOVE_MM = (14.0, 38.0), (2.0, 36.0), (-8.0, 18.0)

#: Voxels that must show a rib before it counts.
_LEAST_VOXELS = 4


@dataclass(frozen=True, slots=True)
class Anchor:
    """A landmark at one vertebra of a chain.

    Attributes:
        name: What was seen.
        number: Index of the vertebra in the chain.
        level: The level that it usually means.
        neighbour: Index of the vertebra on its lumbar side.
        usual: The level that the neighbour then usually has.
    """

    name: str
    number: int
    level: VertebralLevel
    neighbour: int
    usual: VertebralLevel

    def agrees(self, levels: tuple[VertebralLevel, ...]) -> bool:
        """Say whether a sequence of levels is the usual one about this landmark."""
        if levels[self.number] is not self.level:
            return False
        return not 0 <= self.neighbour < len(levels) or levels[self.neighbour] is self.usual

    def shown(self) -> str:
        """Return what was seen, counted from the uppermost vertebra."""
        return f"{self.name} at vertebra {self.number + 1} from above"


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
    for side in (-1.0, 1.0):
        ends = np.sort([[side * edge for edge in _BESIDE_MM], _BEHIND_MM, _ABOVE_MM], axis=1)
        low, high = (np.rint(index + ends[:, n] / spacing_mm).astype(int) for n in (0, 1))
        box = tuple(slice(max(a, 0), max(b + 1, 0)) for a, b in zip(low, high, strict=True))
        seen = np.sort(ribs[box], axis=None)
        if len(seen) >= _LEAST_VOXELS:
            best = max(best, float(seen[-_LEAST_VOXELS]))
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
    if (last := _last_ribs(chain)) is not None:
        found.append(Anchor("last ribs", last, _V.T12, last + 1, _V.L1))
    if (sacrum := _sacrum(chain, levels)) is not None:
        found.append(Anchor("sacrum", sacrum, _V.S1, sacrum - 1, _V.L5))
    return tuple(found)


def _last_ribs(chain: list[Candidate]) -> int | None:
    """Return the last vertebra with ribs, if one without follows, and none with ribs after it."""
    with_ribs = [i for i, candidate in enumerate(chain) if candidate.ribs >= _WITH_RIBS]
    if not with_ribs or with_ribs[-1] + 1 >= len(chain):
        return None
    last = with_ribs[-1]
    # Ribs begin somewhere above and do not stop in between.
    gaps = any(candidate.ribs < _WITHOUT_RIBS for candidate in chain[with_ribs[0] : last])
    return None if gaps or chain[last + 1].ribs > _WITHOUT_RIBS else last


def _sacrum(chain: list[Candidate], levels: tuple[VertebralLevel, ...]) -> int | None:
    """Return the vertebra that by its own looks is the top of the sacrum."""
    if _V.S1 not in levels:
        return None
    shares = [float(np.exp(candidate.evidence[levels.index(_V.S1)])) for candidate in chain]
    best = int(np.argmax(shares))
    return best if shares[best] >= _SACRUM else None
