"""Reasons that the heights, the size and the place of a body give.

A height is lost against what it was, which nobody has measured. Three readings stand for that: the
body's own posterior height, which a wedge and a biconcave fracture leave; the same ratio in the
patient's other bodies, since a healthy one is itself a little lower in front or behind, by level
and by person; and the posterior heights of its neighbours, for bodies that have lost all of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.localisation.trust.configuration import TrustConfig
from ctbone.localisation.trust.doubt import Doubt
from ctbone.localisation.trust.evidence import Evidence
from ctbone.records import Morphometry, VertebraLocalisation

_V = VertebralLevel

#: Mean posterior height of each level, mm: cadaver series of Panjabi et al., Spine 1991;16:861 and
#: 1992;17:299, rounded and recalled. Only ratios of neighbours are used. Other levels are not
#: looked at: nobody measures density there.
POSTERIOR_MM: Mapping[VertebralLevel, float] = MappingProxyType(
    {
        _V.T4: 17.0, _V.T5: 17.5, _V.T6: 18.0, _V.T7: 18.5, _V.T8: 19.0, _V.T9: 20.0,
        _V.T10: 21.0, _V.T11: 22.0, _V.T12: 23.5, _V.T13: 24.0, _V.L1: 25.0, _V.L2: 26.0,
        _V.L3: 26.0, _V.L4: 26.0, _V.L5: 25.5, _V.L6: 25.0,
    }
)  # fmt: skip

#: How many neighbours on each side stand for what a height was. A design choice: two, so that one
#: that is broken too does not decide.
_NEIGHBOURS = 2

#: Neighbours compared at least, where the body's own posterior height is not what is compared.
_LEAST_NEIGHBOURS = 2


def height_loss(
    vertebra: VertebraLocalisation, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[float, str] | None:
    """Return the largest loss of height of a body as a share, and how it was read.

    Args:
        vertebra: The body; with heights, at a level from T4 to L6.
        vertebrae: All that was located, itself among them.

    Returns:
        ``None`` where its heights are not known. The share is negative where nothing is lost.
    """
    own = _heights(vertebra)
    if own is None:
        return None
    others = _neighbours(vertebra, vertebrae)
    losses = [*_against_itself(own), *_against_ratios(own, others)]
    losses += _against_heights(vertebra.level, own, others)
    return max(losses)


def dent_loss(vertebra: VertebraLocalisation, dents_mm: float) -> tuple[float, str] | None:
    """Return what the middle of a body has lost of its height by where its end plates show.

    Args:
        vertebra: The body; with heights, at a level from T4 to L6.
        dents_mm: How much lower its middle is than its outline.

    Returns:
        ``None`` where its heights are not known, or no end plate lies inside the outline.
    """
    own = _heights(vertebra)
    if own is None or dents_mm <= 0.0:
        return None
    left = (own.height_middle_mm - dents_mm) / own.height_posterior_mm
    text = f"in the middle, where its end plates show {dents_mm:.1f} mm inside its outline"
    return 1.0 - left, text


def fracture_doubt(loss: tuple[float, str] | None, *, config: TrustConfig) -> Doubt | None:
    """Return the doubt that a loss of height gives, if it is that of a fracture."""
    if loss is None or loss[0] <= config.fracture_loss:
        return None
    return Doubt(
        Reason.FRACTURE,
        f"expected at most {config.fracture_loss:.0%} of height lost, "
        f"found {loss[0]:.0%} {loss[1]}",
    )


def size_doubt(evidence: Evidence, *, config: TrustConfig) -> Doubt | None:
    """Return the doubt that the size of a body gives, if no vertebra of an adult has it."""
    if evidence.size_mm is None:
        return None
    width, depth, height = evidence.size_mm
    measured = (
        ("volume", evidence.volume_mm3 / 1000.0, config.volume_cm3, "cm3"),
        ("width", width, config.width_mm, "mm"),
        ("depth", depth, config.depth_mm, "mm"),
        ("height", height, config.height_mm, "mm"),
        ("height over width", height / width if width else 0.0, config.flatness, ""),
    )
    for name, value, limits, unit in measured:
        if not limits[0] <= value <= limits[1]:
            return _outside(f"a {name}", value, limits, unit)
    return None


def spacing_doubts(
    vertebrae: Sequence[VertebraLocalisation], *, config: TrustConfig
) -> dict[VertebralLevel, Doubt]:
    """Return the doubt of each level that lies where no neighbour of another can.

    The sacrum is left out: its segments are no bodies with discs between them.
    """
    # The centre of a body that the field cuts is that of what is left of it.
    row = [v for v in vertebrae if v.level in POSTERIOR_MM and v.is_whole]
    pairs = list(pairwise(row))
    steps = [_step_mm(upper, lower) for upper, lower in pairs]
    found: dict[VertebralLevel, Doubt] = {}
    for i, pair in enumerate(pairs):
        limits = _spacing_limits([*steps[:i], *steps[i + 1 :]], config)
        if not limits[0] <= steps[i] <= limits[1]:
            names = f"{pair[0].level.name} and {pair[1].level.name}"
            doubt = _outside(f"a distance of {names} a level", steps[i], limits, "mm")
            found |= {vertebra.level: doubt for vertebra in pair}
    return found


def _heights(vertebra: VertebraLocalisation) -> Morphometry | None:
    """Return heights that can be compared: all three of a body from T4 to L6."""
    own = vertebra.morphometry
    if own is None or vertebra.level not in POSTERIOR_MM:
        return None
    heights = (own.height_anterior_mm, own.height_middle_mm, own.height_posterior_mm)
    return own if min(heights) > 0.0 else None


def _neighbours(
    vertebra: VertebraLocalisation, vertebrae: Sequence[VertebraLocalisation]
) -> list[VertebraLocalisation]:
    """Return whole bodies with heights beside one, two on each side where there are."""
    order = vertebra.level.order
    able = [v for v in vertebrae if v.is_whole and _heights(v)]
    above = [v for v in able if v.level.order < order][-_NEIGHBOURS:]
    below = [v for v in able if v.level.order > order][:_NEIGHBOURS]
    return [*above, *below]


def _against_itself(own: Morphometry) -> list[tuple[float, str]]:
    back = own.height_posterior_mm
    return [
        (1.0 - own.height_anterior_mm / back, "in front, against its own posterior height"),
        (1.0 - own.height_middle_mm / back, "in the middle, against its own posterior height"),
    ]


def _against_ratios(
    own: Morphometry, others: Sequence[VertebraLocalisation]
) -> list[tuple[float, str]]:
    known = [v.morphometry for v in others if v.morphometry]
    if len(known) < _LEAST_NEIGHBOURS:
        return []
    front = float(np.median([m.height_anterior_mm / m.height_posterior_mm for m in known]))
    middle = float(np.median([m.height_middle_mm / m.height_posterior_mm for m in known]))
    back = own.height_posterior_mm
    return [
        (1.0 - own.height_anterior_mm / back / front, "in front, against its neighbours' shape"),
        (
            1.0 - own.height_middle_mm / back / middle,
            "in the middle, against its neighbours' shape",
        ),
    ]


def _against_heights(
    level: VertebralLevel, own: Morphometry, others: Sequence[VertebraLocalisation]
) -> list[tuple[float, str]]:
    expected = [
        v.morphometry.height_posterior_mm * POSTERIOR_MM[level] / POSTERIOR_MM[v.level]
        for v in others
        if v.morphometry
    ]
    if len(expected) < _LEAST_NEIGHBOURS:
        return []
    lost = 1.0 - own.height_posterior_mm / float(np.median(expected))
    return [(lost, "behind, against its neighbours' posterior heights")]


def _step_mm(upper: VertebraLocalisation, lower: VertebraLocalisation) -> float:
    """Return the distance between two centres for each level that they lie apart."""
    apart = float(np.linalg.norm(np.subtract(upper.centroid_mm, lower.centroid_mm)))
    # T13 lies half a level from its neighbours by number, and a whole one in the patient. Rounded
    # up by hand: ``round`` takes 2.5 to 2.
    return apart / max(math.floor(lower.level.order - upper.level.order + 0.5), 1)


def _spacing_limits(others: Sequence[float], config: TrustConfig) -> tuple[float, float]:
    low, high = config.spacing_mm
    if len(others) < _LEAST_NEIGHBOURS:
        return low, high
    usual = float(np.median(others))
    return max(low, config.spacing_ratio[0] * usual), min(high, config.spacing_ratio[1] * usual)


def _outside(what: str, value: float, limits: tuple[float, float], unit: str) -> Doubt:
    wanted = f"{limits[0]:.3g} to {limits[1]:.3g} {unit}".strip()
    return Doubt(Reason.IMPLAUSIBLE_GEOMETRY, f"expected {what} of {wanted}, found {value:.3g}")
