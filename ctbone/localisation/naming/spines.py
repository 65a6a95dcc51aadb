"""The spines that people have: which vertebrae in which order, and what each looks like.

Regular or not, a spine is a row of levels, and each level has looks that landmarks are made of:
the first and the last vertebra with ribs, the first and the last without, the top of the sacrum.
How often spines are unusual is of people and not of our own simulations: of 293 volunteers 4.1 %
had 23 presacral vertebrae, 3.8 % had 25 and 1.7 % eleven ribbed and six others (Yan et al., J
Orthop Surg Res 2018;13:124); of 1,340 patients 0.4 % had thirteen pairs of ribs, 0.8 % eleven and
4.0 % a rudimentary rib on the vertebra below the last thoracic one
(synapse.koreamed.org/articles/1158507).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import product

from ctbone.anatomy import VertebralLevel

_V = VertebralLevel

#: Share of each numbering: T13, L6 and four lumbar vertebrae are unusual.
_NUMBERINGS = {"regular": 0.917, "T13": 0.004, "L6": 0.038, "four_lumbar": 0.041}

#: Share without ribs on the last thoracic vertebra: half of columns of 23 (all of Yan's had eleven
#: pairs of ribs, and not all of them lack a lumbar vertebra), else 11 of 1,340.
_RIBLESS = {"four_lumbar": 0.5}
_RIBLESS_ELSE = 0.008

#: Share with ribs on the first lumbar vertebra.
_LUMBAR_RIBS = 0.04


class Looks(IntEnum):
    """What a vertebra looks like beside its neighbours; an index into tables of evidence."""

    NECK = 0
    FIRST_RIBBED = 1
    RIBBED = 2
    LAST_RIBBED = 3
    FIRST_LUMBAR = 4
    LUMBAR = 5
    LAST_LUMBAR = 6
    SACRAL = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Spine:
    """One way in which a spine can be numbered.

    Attributes:
        levels: From cranial to caudal, down to S1.
        looks: What each looks like.
        share: Share of people who have it.
    """

    levels: tuple[VertebralLevel, ...]
    looks: tuple[Looks, ...]
    share: float


@cache
def known_spines() -> tuple[Spine, ...]:
    """Return every spine that is known here; shares sum to 1."""
    found = []
    for (numbering, share), ribless, lumbar_ribs in product(
        _NUMBERINGS.items(), (False, True), (False, True)
    ):
        missing = _RIBLESS.get(numbering, _RIBLESS_ELSE)
        ribs = (missing if ribless else 1.0 - missing) * (
            _LUMBAR_RIBS if lumbar_ribs else 1.0 - _LUMBAR_RIBS
        )
        # Ribs on a lumbar vertebra below one without are not known.
        if not (ribless and lumbar_ribs):
            found.append(_spine(_levels(numbering), lumbar_ribs - ribless, share * ribs))
    total = sum(spine.share for spine in found)
    return tuple(
        Spine(levels=spine.levels, looks=spine.looks, share=spine.share / total) for spine in found
    )


def _levels(numbering: str) -> tuple[VertebralLevel, ...]:
    absent = {_V.T13, _V.L6}
    absent -= {_V.T13} if numbering == "T13" else {_V.L6} if numbering == "L6" else set()
    absent |= {_V.L5} if numbering == "four_lumbar" else set()
    known = (level for level in _V if level not in absent)
    return tuple(sorted(known, key=lambda level: level.order))


def _spine(levels: tuple[VertebralLevel, ...], more_ribs: int, share: float) -> Spine:
    """Return a spine that has ribs on one vertebra more or fewer than those of the chest."""
    first = levels.index(_V.T1)
    lumbar = levels.index(_V.L1) + more_ribs
    looks = []
    for n in range(len(levels)):
        if n < first:
            looks.append(Looks.NECK)
        elif n < lumbar:
            ends = {first: Looks.FIRST_RIBBED, lumbar - 1: Looks.LAST_RIBBED}
            looks.append(ends.get(n, Looks.RIBBED))
        elif n < len(levels) - 1:
            ends = {lumbar: Looks.FIRST_LUMBAR, len(levels) - 2: Looks.LAST_LUMBAR}
            looks.append(ends.get(n, Looks.LUMBAR))
        else:
            looks.append(Looks.SACRAL)
    return Spine(levels=levels, looks=tuple(looks), share=share)
