"""How the vertebrae of a spine look to a network: their bodies, and the ribs beside them.

Bodies and arches are built for the place in the spine that they have, and hardly for the ribs that
they bear: a body of the chest looks like one whether or not its ribs are stubs, or missing. Ribs
are seen beside it. Two kinds of evidence that err in different vertebrae tell an unusual spine
from a mistake, which neither does alone.

Shares of T11 to L2 are of 2,200 vertebrae in fields of 103 simulated patients that no network was
trained on, a fifth of them drawn to be unusual, rounded towards doubt; those of the neck, the
chest and the sacrum are inferred.
"""

from __future__ import annotations

from typing import NamedTuple

from ctbone.anatomy import VertebralLevel
from ctbone.localisation.naming.spines import Looks, Spine

_V = VertebralLevel


class Build(NamedTuple):
    """What is seen of one vertebra.

    Attributes:
        kinds: How often its body and arch are taken for neck, ribbed, lumbar and sacral.
        rib: How often a rib shows beside it.
    """

    kinds: tuple[float, float, float, float]
    rib: float


#: Beside the neck, where the first ribs rise, and beside the sacrum ribs say nothing.
_NECK = Build((0.950, 0.040, 0.005, 0.005), 0.5)
_FIRST_THORACIC = Build((0.040, 0.950, 0.005, 0.005), 0.98)
_THORACIC = Build((0.005, 0.985, 0.005, 0.005), 0.99)
#: Stubs are missed at times.
_LAST_THORACIC = Build((0.005, 0.950, 0.040, 0.005), 0.95)
_THIRTEENTH = Build((0.005, 0.700, 0.290, 0.005), 0.50)
_RIBBED_LUMBAR = Build((0.005, 0.150, 0.840, 0.005), 0.50)
_FIRST_LUMBAR = Build((0.005, 0.100, 0.890, 0.005), 0.03)
_LUMBAR = Build((0.005, 0.005, 0.985, 0.005), 0.02)
_LAST_LUMBAR = Build((0.005, 0.005, 0.970, 0.020), 0.02)
_SACRAL = Build((0.005, 0.005, 0.020, 0.970), 0.5)

#: How often something beside a vertebra of the chest without ribs is taken for one.
_NO_RIB = 0.04


def builds_of(spine: Spine) -> tuple[Build, ...]:
    """Return how each vertebra of a spine looks, from cranial to caudal."""
    return tuple(map(_build, spine.levels, spine.looks))


def _build(level: VertebralLevel, looks: Looks) -> Build:
    ends = {Looks.NECK: _NECK, Looks.LAST_LUMBAR: _LAST_LUMBAR, Looks.SACRAL: _SACRAL}
    has_rib = looks in (Looks.FIRST_RIBBED, Looks.RIBBED, Looks.LAST_RIBBED)
    thoracic = {_V.T1: _FIRST_THORACIC, _V.T12: _LAST_THORACIC, _V.T13: _THIRTEENTH}
    if looks in ends:
        return ends[looks]
    if level.order < _V.L1.order:
        build = thoracic.get(level, _THORACIC)
        return build if has_rib else build._replace(rib=_NO_RIB)
    if has_rib:
        return _RIBBED_LUMBAR
    return _FIRST_LUMBAR if level is _V.L1 else _LUMBAR
