"""L1 and L2 against each other: two measurements of one patient's bone."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import TrabecularMeasurement
from ctbone.errors import Reason
from ctbone.localisation.trust.configuration import TrustConfig
from ctbone.localisation.trust.doubt import Doubt

#: Volume of bone whose noise is one independent value, mm3: noise of 30 HU leaves 5 HU in the mean
#: of 100 mm3 at a correlation length of 1.5 mm (``densitometry.measure.LEAST_MM3``).
_INDEPENDENT_MM3 = 2.8


def disagreement(
    measured: Mapping[VertebralLevel, TrabecularMeasurement], *, config: TrustConfig
) -> Doubt | None:
    """Return the doubt about both, if L1 and L2 lie too far apart; ``None`` unless both are known.

    Which of them is wrong is not known, so that neither is measured.
    """
    upper, lower = (measured.get(level) for level in (VertebralLevel.L1, VertebralLevel.L2))
    if upper is None or lower is None:
        return None
    apart = abs(upper.mean_hu - lower.mean_hu)
    limit = config.level_multiple * difference_sd(upper, lower, config=config)
    if apart <= limit:
        return None
    return Doubt(
        Reason.LEVELS_DISAGREE,
        f"expected L1 and L2 within {limit:.0f} HU, found {upper.mean_hu:.0f} and "
        f"{lower.mean_hu:.0f}",
    )


def difference_sd(
    upper: TrabecularMeasurement, lower: TrabecularMeasurement, *, config: TrustConfig
) -> float:
    """Return the standard deviation of the difference between two healthy neighbours, HU.

    Noise of each, and what levels of one patient differ by: a share of their mean, and a floor.
    """
    mean = 0.5 * (upper.mean_hu + lower.mean_hu)
    return math.hypot(
        config.level_share * mean, config.level_hu, standard_error(upper), standard_error(lower)
    )


def standard_error(measured: TrabecularMeasurement) -> float:
    """Return the standard error of the mean of a trabecular region by noise and texture, HU."""
    return measured.sd_hu * math.sqrt(min(_INDEPENDENT_MM3 / measured.volume_mm3, 1.0))
