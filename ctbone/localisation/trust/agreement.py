"""The levels of a patient against each other: several measurements of one patient's bone.

L1 and L2 have to agree. Where neighbours were measured too, they say which of several is wrong: a
lesion that fills a whole body shows in nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ctbone.anatomy import VertebralLevel, to_levels
from ctbone.densitometry import TrabecularMeasurement
from ctbone.errors import Reason
from ctbone.localisation.trust.configuration import TrustConfig
from ctbone.localisation.trust.doubt import Doubt

#: What is compared: levels between which trabecular density hardly changes. Further down and up
#: it rises, and the lower lumbar end plates are worn.
COMPARED = to_levels(("T11", "T12", "T13", "L1", "L2", "L3"))

#: Volume of bone whose noise is one independent value, mm3: noise of 30 HU leaves 5 HU in the mean
#: of 100 mm3 at a correlation length of 1.5 mm (``densitometry.measure.LEAST_MM3``).
_INDEPENDENT_MM3 = 2.8

#: With fewer levels than this, which of them is wrong cannot be told.
_JURY = 3

#: What texture alone leaves, HU: of scans without noise. A design choice, below what the quietest
#: simulated ones have, 14 HU.
_LEAST_SPREAD_HU = 10.0

_Measured = Mapping[VertebralLevel, TrabecularMeasurement]


def disagreements(measured: _Measured, *, config: TrustConfig) -> dict[VertebralLevel, Doubt]:
    """Return the doubt of each level that lies too far from the others.

    Of three and more, the one furthest from the median of the others is taken out as long as it is
    too far from it. Of two, both are in doubt.
    """
    rest = {level: measured[level] for level in COMPARED if level in measured}
    found: dict[VertebralLevel, Doubt] = {}
    while len(rest) >= _JURY:
        level = max(rest, key=lambda level: _against_others(rest, level, config)[0])
        multiple, expected, sd = _against_others(rest, level, config)
        if multiple <= config.level_multiple:
            return found
        others = ", ".join(other.name for other in rest if other is not level)
        found[level] = _doubt(others, expected, config.level_multiple * sd, rest.pop(level))
    return found | _pair(rest, config)


def uneven_levels(measured: _Measured, *, config: TrustConfig) -> dict[VertebralLevel, Doubt]:
    """Return the doubt of each level whose attenuation spreads further than that of the others.

    Noise and healthy texture are much the same at all of these levels of a patient. Coarse struts,
    as a haemangioma leaves them, and patches of dense bone leave the mean nearly as it is where
    they are small, but not the spread.
    """
    rest = {level: measured[level] for level in COMPARED if level in measured}
    if len(rest) < _JURY:
        return {}
    found: dict[VertebralLevel, Doubt] = {}
    for level, own in rest.items():
        usual = float(np.median([m.sd_hu for other, m in rest.items() if other is not level]))
        if own.sd_hu > config.spread_ratio * max(usual, _LEAST_SPREAD_HU):
            others = ", ".join(other.name for other in rest if other is not level)
            found[level] = Doubt(
                Reason.FOCAL_LESION,
                f"expected a spread within {config.spread_ratio:g} times that of {others} "
                f"({usual:.0f} HU), found {own.sd_hu:.0f}",
            )
    return found


def _against_others(
    rest: _Measured, level: VertebralLevel, config: TrustConfig
) -> tuple[float, float, float]:
    """Return how far a level is from the median of the others, in SD; that median, and the SD."""
    own = rest[level]
    expected = float(np.median([m.mean_hu for other, m in rest.items() if other is not level]))
    sd = _sd(0.5 * (expected + own.mean_hu), config, standard_error(own))
    return abs(own.mean_hu - expected) / sd, expected, sd


def _pair(rest: _Measured, config: TrustConfig) -> dict[VertebralLevel, Doubt]:
    if len(rest) != 2:
        return {}
    (upper, one), (lower, other) = rest.items()
    mean = 0.5 * (one.mean_hu + other.mean_hu)
    limit = config.level_multiple * _sd(mean, config, standard_error(one), standard_error(other))
    if abs(one.mean_hu - other.mean_hu) <= limit:
        return {}
    return {
        upper: _doubt(lower.name, other.mean_hu, limit, one),
        lower: _doubt(upper.name, one.mean_hu, limit, other),
    }


def _doubt(others: str, expected: float, limit: float, own: TrabecularMeasurement) -> Doubt:
    return Doubt(
        Reason.LEVELS_DISAGREE,
        f"expected within {limit:.0f} HU of {others} ({expected:.0f} HU), found {own.mean_hu:.0f}",
    )


def _sd(mean_hu: float, config: TrustConfig, *errors: float) -> float:
    """Return the standard deviation of the difference between healthy levels of a patient, HU."""
    # In bone without mineral the mean can lie below zero.
    return math.hypot(config.level_share * max(mean_hu, 0.0), config.level_hu, *errors)


def standard_error(measured: TrabecularMeasurement) -> float:
    """Return the standard error of the mean of a trabecular region by noise and texture, HU."""
    return measured.sd_hu * math.sqrt(min(_INDEPENDENT_MM3 / measured.volume_mm3, 1.0))
